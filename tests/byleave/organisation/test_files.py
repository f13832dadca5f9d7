"""Files of the office: never half, never for others, never over a key."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from byleave.organisation import files, register
from session.errors import ConfigurationError


@pytest.fixture(params=[0o000, 0o022, 0o277])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.usefixtures("umask")
def test_modes_do_not_depend_on_the_umask(tmp_path: Path) -> None:
    files.make_folder(tmp_path / "a" / "b")
    files.write_private(tmp_path / "a" / "b" / "private", b"x")
    files.write_public(tmp_path / "a" / "b" / "public", b"x")
    found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "a").rglob("*")}
    assert found == {"b": 0o700, "private": 0o600, "public": 0o644}
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700


def test_an_existing_folder_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o755)
    files.make_folder(tmp_path / "shared")
    assert stat.S_IMODE((tmp_path / "shared").stat().st_mode) == 0o755


def test_a_private_file_is_never_replaced_nor_written_through_a_link(tmp_path: Path) -> None:
    files.write_private(tmp_path / "key", b"first")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("key", "link"):
        with pytest.raises(ConfigurationError, match="not overwritten"):
            files.write_private(tmp_path / name, b"second")
    assert (tmp_path / "key").read_bytes() == b"first"
    assert not (tmp_path / "elsewhere").exists()


def test_a_public_file_is_replaced_at_once(tmp_path: Path) -> None:
    for content in (b"first", b"second"):
        files.write_public(tmp_path / "it", content)
        assert [path.name for path in tmp_path.iterdir()] == ["it"]
        assert files.read(tmp_path / "it") == content


def test_what_cannot_be_done_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "taken").mkdir()
    for fails in (
        lambda: files.make_folder(tmp_path / "file" / "below"),
        lambda: files.write_private(tmp_path / "none" / "it", b""),
        lambda: files.write_public(tmp_path / "none" / "it", b""),
        lambda: files.write_public(tmp_path / "taken", b""),
        lambda: files.read(tmp_path / "none"),
        lambda: register.add(tmp_path / "none" / "it", register.Revoked(1, "")),
    ):
        with pytest.raises(ConfigurationError, match="cannot be"):
            fails()
    assert {path.name for path in tmp_path.iterdir()} == {"file", "taken"}
