"""What whoever keeps evidence could do to it without anybody's keys, and what that is called."""

import shutil
from collections.abc import Callable
from pathlib import Path

from auditor.findings import Failure
from auditor.proofs import Place, read_proofs, write_proofs
from session.ledger import decode_bundle, encode_bundle, leaf_hash
from tests.auditor.conftest import Evidence

Spoil = Callable[[Evidence, Evidence], None]


def _swap(one: Path, two: Path) -> None:
    content = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(content)


def _flip(path: Path, at: int = 40) -> None:
    data = bytearray(path.read_bytes())
    data[at % len(data)] ^= 1
    path.write_bytes(data)


def swap_two_statements(copy: Evidence, other: Evidence) -> None:
    for ending in ("json", "json.sig", "leaf"):
        _swap(copy.seg(f"000004.{ending}"), copy.seg(f"000005.{ending}"))


def drop_a_statement(copy: Evidence, other: Evidence) -> None:
    for ending in ("json", "json.sig", "leaf"):
        copy.seg(f"000005.{ending}").unlink()


def drop_a_statement_and_close_the_gap(copy: Evidence, other: Evidence) -> None:
    for seq in range(5, len(list((copy.session / "seg").glob("*.leaf"))) - 1):
        for ending in ("json", "json.sig", "leaf"):
            shutil.copy(copy.seg(f"{seq + 1:06d}.{ending}"), copy.seg(f"{seq:06d}.{ending}"))


def take_a_statement_twice(copy: Evidence, other: Evidence) -> None:
    last = len(list((copy.session / "seg").glob("*.leaf")))
    for ending in ("json", "json.sig", "leaf"):
        shutil.copy(copy.seg(f"000004.{ending}"), copy.seg(f"{last:06d}.{ending}"))


def cut_the_tail(copy: Evidence, other: Evidence) -> None:
    for path in (copy.session / "seg").iterdir():
        if int(path.name[:6]) >= 6:
            path.unlink()


def change_a_statement(copy: Evidence, other: Evidence) -> None:
    path = copy.seg("000004.json")
    path.write_bytes(path.read_bytes().replace(b'"size":', b'"size":1', 1))


def write_a_statement_differently(copy: Evidence, other: Evidence) -> None:
    path = copy.seg("000004.json")
    path.write_bytes(path.read_bytes().replace(b",", b", ", 1))


def drop_a_signature(copy: Evidence, other: Evidence) -> None:
    copy.seg("000004.json.sig").unlink()


def take_a_signature_of_another_statement(copy: Evidence, other: Evidence) -> None:
    shutil.copy(copy.seg("000005.json.sig"), copy.seg("000004.json.sig"))


def drop_the_countersignature_of_open(copy: Evidence, other: Evidence) -> None:
    copy.seg("000000.json.technician.sig").unlink()


def drop_the_countersignature_of_consent(copy: Evidence, other: Evidence) -> None:
    copy.seg("000001.json.technician.sig").unlink()


def take_the_countersignature_of_another_statement(copy: Evidence, other: Evidence) -> None:
    shutil.copy(copy.seg("000000.json.technician.sig"), copy.seg("000001.json.technician.sig"))


def take_another_technicians_countersignature(copy: Evidence, other: Evidence) -> None:
    shutil.copy(other.seg("000001.json.technician.sig"), copy.seg("000001.json.technician.sig"))


def take_another_technicians_word_for_open(copy: Evidence, other: Evidence) -> None:
    shutil.copy(other.seg("000000.json.technician.sig"), copy.seg("000000.json.technician.sig"))


def drop_a_leaf(copy: Evidence, other: Evidence) -> None:
    copy.seg("000003.leaf").unlink()


def take_another_leaf(copy: Evidence, other: Evidence) -> None:
    shutil.copy(copy.seg("000002.leaf"), copy.seg("000003.leaf"))


def change_an_object(copy: Evidence, other: Evidence) -> None:
    _flip(copy.seg("000002.screen-0-0.jsonl.age"), 1000)


def truncate_an_object(copy: Evidence, other: Evidence) -> None:
    path = copy.seg("000002.screen-0-0.jsonl.age")
    path.write_bytes(path.read_bytes()[:-500])


def change_the_images(copy: Evidence, other: Evidence) -> None:
    _flip(copy.seg("000002.images-0-0.png.age"), 3000)


def truncate_the_images(copy: Evidence, other: Evidence) -> None:
    path = copy.seg("000002.images-0-0.png.age")
    path.write_bytes(path.read_bytes()[:-500])


def drop_the_images(copy: Evidence, other: Evidence) -> None:
    copy.seg("000002.images-0-0.png.age").unlink()


def swap_the_images_of_two_segments(copy: Evidence, other: Evidence) -> None:
    one, two = sorted((copy.session / "seg").glob("*.images-0-0.png.age"))[:2]
    _swap(one, two)


def change_a_video(copy: Evidence, other: Evidence) -> None:
    _flip(next(copy.session.glob("seg/*.video-0-0-0.m4s.age")), 2000)


def drop_a_video(copy: Evidence, other: Evidence) -> None:
    next(copy.session.glob("seg/*.video-0-0-0.m4s.age")).unlink()


def drop_an_object(copy: Evidence, other: Evidence) -> None:
    copy.seg("000004.sensitive.jsonl.age").unlink()


def drop_the_start_of_a_stream(copy: Evidence, other: Evidence) -> None:
    (copy.session / "init" / "video-0-0-0.mp4.age").unlink()


def swap_two_objects(copy: Evidence, other: Evidence) -> None:
    _swap(copy.seg("000004.events.jsonl.age"), copy.seg("000005.events.jsonl.age"))


def drop_the_keys(copy: Evidence, other: Evidence) -> None:
    (copy.folder / "keys" / copy.sid / "main.age").unlink()


def take_another_sessions_keys(copy: Evidence, other: Evidence) -> None:
    for name in ("main", "sensitive", "consent"):
        source = other.folder / "keys" / other.sid / f"{name}.age"
        shutil.copy(source, copy.folder / "keys" / copy.sid / f"{name}.age")


def drop_the_consent_record(copy: Evidence, other: Evidence) -> None:
    (copy.session / "consent" / "000.json.age").unlink()


def swap_two_consent_records(copy: Evidence, other: Evidence) -> None:
    _swap(copy.session / "consent" / "000.json.age", copy.session / "consent" / "001.json.age")


def drop_a_proof(copy: Evidence, other: Evidence) -> None:
    path = copy.folder / "log" / "proofs.json"
    places = read_proofs(path.read_bytes())
    del places[f"sessions/{copy.sid}/seg/000003.json"]
    path.write_bytes(write_proofs(places))


def claim_another_place_in_the_log(copy: Evidence, other: Evidence) -> None:
    path = copy.folder / "log" / "proofs.json"
    places = read_proofs(path.read_bytes())
    name = f"sessions/{copy.sid}/seg/000003.json"
    places[name] = Place(places[name].index + 1, places[name].proof)
    path.write_bytes(write_proofs(places))


def take_another_log(copy: Evidence, other: Evidence) -> None:
    shutil.rmtree(copy.folder / "log")
    shutil.copytree(other.folder / "log", copy.folder / "log")


def change_the_checkpoint(copy: Evidence, other: Evidence) -> None:
    path = copy.folder / "log" / "checkpoint"
    lines = path.read_text().split("\n")
    lines[1] = str(int(lines[1]) + 1)
    path.write_text("\n".join(lines))


def change_a_tile(copy: Evidence, other: Evidence) -> None:
    _flip(next((copy.folder / "log" / "tile" / "0").rglob("*.p/*")))


def change_the_logs_entries(copy: Evidence, other: Evidence) -> None:
    _flip(next((copy.folder / "log" / "tile" / "entries").rglob("*.p/*")))


def rewrite_an_entry_and_its_tile(copy: Evidence, other: Evidence) -> None:
    """Another history that agrees with itself, but not with the signed root."""
    entries = max((copy.folder / "log" / "tile" / "entries").rglob("*.p/*"), key=lambda path: int(path.name))
    tile = copy.folder / "log" / "tile" / "0" / entries.relative_to(copy.folder / "log" / "tile" / "entries")
    found = decode_bundle(entries.read_bytes(), int(entries.name))
    mine = f'"s":"{copy.sid}"'.encode()
    number = next(number for number, entry in enumerate(found) if mine not in entry)
    found[number] = b"something else"
    for path in (*entries.parent.iterdir(), *tile.parent.iterdir()):
        path.unlink()
    entries.write_bytes(encode_bundle(found))
    tile.write_bytes(b"".join(map(leaf_hash, found)))


def drop_the_logs_entries(copy: Evidence, other: Evidence) -> None:
    shutil.rmtree(copy.folder / "log" / "tile" / "entries")


def take_another_log_key(copy: Evidence, other: Evidence) -> None:
    shutil.copy(other.folder / "trust" / "log.vkey", copy.folder / "trust" / "log.vkey")


def take_another_log_key_for_openssl(copy: Evidence, other: Evidence) -> None:
    shutil.copy(other.folder / "trust" / "log.pem", copy.folder / "trust" / "log.pem")


def change_the_profile(copy: Evidence, other: Evidence) -> None:
    path = copy.folder / "trust" / "profile.toml"
    path.write_text(path.read_text().replace("Example", "Another"))


def take_another_profile(copy: Evidence, other: Evidence) -> None:
    for name in ("profile.toml", "profile.toml.sig"):
        shutil.copy(other.folder / "trust" / name, copy.folder / "trust" / name)


def take_another_organisation(copy: Evidence, other: Evidence) -> None:
    shutil.rmtree(copy.folder / "trust")
    shutil.copytree(other.folder / "trust", copy.folder / "trust")


def add_a_key_to_the_allowed_signers(copy: Evidence, other: Evidence) -> None:
    foreign = (other.folder / "trust" / "allowed_signers").read_text().splitlines()[0]
    with (copy.folder / "trust" / "allowed_signers").open("a") as file:
        file.write(foreign + "\n")


def name_another_auditor(copy: Evidence, other: Evidence) -> None:
    shutil.copy(other.folder / "trust" / "auditors.txt", copy.folder / "trust" / "auditors.txt")


def take_another_revocation_list(copy: Evidence, other: Evidence) -> None:
    for name in ("krl", "krl.sig"):
        shutil.copy(other.folder / "trust" / name, copy.folder / "trust" / name)


def drop_the_revocation_list(copy: Evidence, other: Evidence) -> None:
    (copy.folder / "trust" / "krl").unlink()


def take_another_sessions_statements(copy: Evidence, other: Evidence) -> None:
    shutil.rmtree(copy.session)
    shutil.copytree(other.session, copy.session)


def splice_another_sessions_segment(copy: Evidence, other: Evidence) -> None:
    for ending in ("json", "json.sig", "leaf"):
        shutil.copy(other.seg(f"000004.{ending}"), copy.seg(f"000004.{ending}"))


def take_another_session_key(copy: Evidence, other: Evidence) -> None:
    shutil.copy(other.session / "allowed_signers", copy.session / "allowed_signers")


SPOILS: dict[Spoil, Failure] = {
    swap_two_statements: Failure.CHAIN,
    drop_a_statement: Failure.CHAIN,
    drop_a_statement_and_close_the_gap: Failure.CHAIN,
    take_a_statement_twice: Failure.CHAIN,
    cut_the_tail: Failure.COMPLETENESS,
    change_a_statement: Failure.STATEMENT,
    write_a_statement_differently: Failure.STATEMENT,
    drop_a_signature: Failure.STATEMENT,
    take_a_signature_of_another_statement: Failure.STATEMENT,
    drop_the_countersignature_of_open: Failure.COUNTERSIGNATURE,
    drop_the_countersignature_of_consent: Failure.COUNTERSIGNATURE,
    take_the_countersignature_of_another_statement: Failure.COUNTERSIGNATURE,
    take_another_technicians_countersignature: Failure.COUNTERSIGNATURE,
    take_another_technicians_word_for_open: Failure.CERTIFICATE,
    drop_a_leaf: Failure.LEAF,
    take_another_leaf: Failure.LEAF,
    change_an_object: Failure.OBJECT,
    truncate_an_object: Failure.OBJECT,
    change_the_images: Failure.OBJECT,
    truncate_the_images: Failure.OBJECT,
    drop_the_images: Failure.OBJECT,
    swap_the_images_of_two_segments: Failure.OBJECT,
    change_a_video: Failure.OBJECT,
    drop_a_video: Failure.OBJECT,
    drop_an_object: Failure.OBJECT,
    drop_the_start_of_a_stream: Failure.OBJECT,
    swap_two_objects: Failure.OBJECT,
    drop_the_keys: Failure.KEYS,
    take_another_sessions_keys: Failure.KEYS,
    drop_the_consent_record: Failure.OBJECT,
    swap_two_consent_records: Failure.OBJECT,
    drop_a_proof: Failure.INCLUSION,
    claim_another_place_in_the_log: Failure.INCLUSION,
    take_another_log: Failure.CHECKPOINT,
    change_the_checkpoint: Failure.CHECKPOINT,
    change_a_tile: Failure.CHECKPOINT,
    change_the_logs_entries: Failure.CHECKPOINT,
    rewrite_an_entry_and_its_tile: Failure.CHECKPOINT,
    drop_the_logs_entries: Failure.COMPLETENESS,
    take_another_log_key: Failure.PROFILE,
    take_another_log_key_for_openssl: Failure.PROFILE,
    change_the_profile: Failure.PROFILE,
    take_another_profile: Failure.PROFILE,
    take_another_organisation: Failure.ROOT,
    add_a_key_to_the_allowed_signers: Failure.PROFILE,
    name_another_auditor: Failure.PROFILE,
    take_another_revocation_list: Failure.REVOCATIONS,
    drop_the_revocation_list: Failure.REVOCATIONS,
    take_another_sessions_statements: Failure.STATEMENT,
    splice_another_sessions_segment: Failure.STATEMENT,
    take_another_session_key: Failure.STATEMENT,
}
