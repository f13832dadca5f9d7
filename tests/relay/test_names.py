"""Names that become paths: only those of RECORDING.md, section 1."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay import names
from relay.failures import Refusal

SID = "0123456789abcdef" * 4

OBJECTS = [
    "seg/000001.screen-0-12.jsonl.age",
    "seg/000001.images-0-12.png.age",
    "seg/000001.images-0-12.webp.age",
    "seg/000001.images-0-12.vp8.age",
    "seg/000001.images-0-12.jpeg.age",
    "init/video-0-0-0.mp4.age",
    "seg/000001.video-0-12-3.m4s.age",
    "seg/000001.events.jsonl.age",
    "seg/000001.sensitive.jsonl.age",
    "seg/000001.index.jsonl.age",
    "seg/000001.terminal-1.cast.age",
    "consent/000.json.age",
]
STATEMENTS = [
    "seg/000000.json",
    "seg/000000.json.sig",
    "seg/000000.json.technician.sig",
    "seg/000000.leaf",
    "custody/000000.json",
    "custody/000000.json.sig",
    "custody/000000.leaf",
]
HOSTILE = [
    "",
    ".",
    "..",
    "../log/checkpoint",
    "seg/../../../log.key",
    "/etc/passwd",
    "seg//000001.json",
    "seg/000001.events.jsonl.age/..",
    "seg/000001.events.jsonl.age\n",
    "seg/000001.events.jsonl.age\x00",
    "seg/00001.events.jsonl.age",
    "init/screen-0-0.mp4.age",
    "seg/000001.screen-0-0.m4s.age",
    "seg/000001.video-0-0.m4s.age",
    "seg/000001.images-0-0.jsonl.age",
    "seg/000001.images-0-0.h264.age",
    "seg/000001.images-0-0.age",
    "seg/000001.images-0.png.age",
    "seg/000001.images-0-0-0.png.age",
    "seg/000001.images-0-0../png.age",
    "init/images-0-0.png.age",
    "seg/000001.video-0-0-12345678901.m4s.age",
    "seg/٠٠٠٠٠١.events.jsonl.age",
    "SEG/000001.events.jsonl.age",
    "seg/.tmp-0123456789abcdef",
    "allowed_signers\n",
    "custody/000000.json.technician.sig",
]


@pytest.mark.parametrize("name", [*OBJECTS, "allowed_signers"])
def test_what_may_be_uploaded(name: str) -> None:
    assert names.checked_upload(name) == name
    assert names.checked_file(name) == name


@pytest.mark.parametrize("name", STATEMENTS)
def test_statements_are_read_but_never_uploaded_as_files(name: str) -> None:
    assert names.checked_file(name) == name
    with pytest.raises(Refusal):
        names.checked_upload(name)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_no_names(name: str) -> None:
    for check in (names.checked_file, names.checked_upload, names.checked_key, names.checked_sid):
        with pytest.raises(Refusal):
            check(name)


@given(st.text())
def test_no_text_leads_out_of_the_folder(name: str) -> None:
    try:
        checked = names.checked_file(name)
    except Refusal:
        return
    assert ".." not in checked and not checked.startswith("/")


def test_keys_and_sessions_have_their_names() -> None:
    assert [names.checked_key(f"{each}.age") for each in names.IDENTITIES]
    assert names.checked_sid(SID) == SID
    for text in (SID[:-1], SID + "0", SID.upper(), SID[:-1] + "\n"):
        with pytest.raises(Refusal):
            names.checked_sid(text)
