"""The index: tokens, quotas and places, and a disk that does not obey."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from relay.failures import StorageFailed
from relay.index import TOKEN_SECONDS, Index, Quota
from tests.relay.bench import refused

SID, OTHER = "0" * 64, "1" * 64


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    made = Index(tmp_path / "index.sqlite")
    yield made
    made.close()


def test_a_token_is_stored_as_its_digest_only(index: Index, tmp_path: Path) -> None:
    index.add_token("canary-token", "c" * 64, 100.0)
    index.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"canary-token" not in stored
    assert b"c" * 64 in stored
    assert (tmp_path / "index.sqlite").stat().st_mode & 0o777 == 0o600


def test_a_token_that_was_never_used_is_forgotten_in_time(index: Index) -> None:
    index.add_token("used", "c", 100.0)
    index.bind("used", SID)
    index.add_token("unused", "c", 100.0)
    index.add_token("new", "c", 101.0 + TOKEN_SECONDS)
    assert index.token("unused") is None
    assert index.token("used") is not None


def test_a_token_has_one_session_and_a_session_one_token(index: Index) -> None:
    for token in ("one", "two"):
        index.add_token(token, "c", 100.0)
    index.bind("one", SID)
    index.bind("one", SID)
    with refused("wrong-token"):
        index.bind("one", OTHER)
    with refused("wrong-token"):
        index.bind("two", SID)
    with refused("wrong-token"):
        index.bind("three", OTHER)


def test_a_quota_counts_bytes_and_files(index: Index) -> None:
    index.add_token("one", "c", 100.0)
    index.bind("one", SID)
    quota = Quota(size=600, statements=0, reserve=400)
    index.reserve(SID, 600, quota)
    with refused("quota"):
        index.reserve(SID, 401, quota)
    index.give_back(SID, 600)
    for _ in range(quota.most_files):
        index.reserve(SID, 1, quota)
    with refused("quota"):
        index.reserve(SID, 0, quota)


def test_an_index_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    (tmp_path / "index.sqlite").write_bytes(b"this is not a database at all" * 100)
    with pytest.raises(StorageFailed):
        Index(tmp_path / "index.sqlite")
    with pytest.raises(StorageFailed):
        Index(tmp_path / "nowhere" / "index.sqlite")


def test_a_disk_that_does_not_obey_is_a_storage_failure(index: Index) -> None:
    index._database.execute("PRAGMA query_only = ON")
    with pytest.raises(StorageFailed):
        index.add_token("one", "c", 100.0)
    index._database.execute("PRAGMA query_only = OFF")
    index.add_token("one", "c", 100.0)
    index._database.close()
    with pytest.raises(StorageFailed):
        index.token("one")
    with pytest.raises(StorageFailed):
        index.add_token("two", "c", 100.0)
    index._database = sqlite3.connect(":memory:")


def test_what_fails_halfway_leaves_nothing(index: Index) -> None:
    index.add_token("one", "c", 100.0)
    with pytest.raises(RuntimeError), index._writing() as database:
        database.execute("DELETE FROM tokens")
        raise RuntimeError
    assert index.token("one") is not None
