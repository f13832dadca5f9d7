"""The commands, as a person and a script use them."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from auditor.findings import Failure
from byleave.command import main
from session import keys, sealing
from tests.auditor.conftest import Evidence, evidence_of
from tests.auditor.story import whole_session
from tests.auditor.test_online import frames
from tests.auditor.world import Session, World, clock_on_the_wall


def run(*arguments: object, answers: str = "") -> Result:
    return CliRunner().invoke(main, ["audit", *map(str, arguments)], input=answers)


@pytest.fixture
def identity(good: Evidence, tmp_path: Path) -> Path:
    path = tmp_path / "identity.txt"
    path.write_text(f"# made by age-keygen\n{good.auditor}\n")
    return path


def test_verify_names_every_step_and_ends_with_the_verdict(
    good: Evidence, identity: Path, tmp_path: Path
) -> None:
    done = run("verify", good.folder, "--root", good.root, "--identity", identity, "--state", tmp_path)
    assert done.exit_code == 0
    assert "✓ completeness" in done.stdout
    assert "Maya Ortiz (technician:1001) · Example Support" in done.stdout
    assert done.stdout.rstrip().endswith("Verified: this is what happened, and nothing is missing.")


def test_a_failure_has_its_words_its_file_and_its_code(copy: Evidence, tmp_path: Path) -> None:
    (copy.session / "seg" / "000004.sensitive.jsonl.age").write_bytes(b"")
    done = run("verify", copy.folder, "--root", copy.root, "--state", tmp_path)
    assert done.exit_code == Failure.OBJECT.code
    assert "seg/000004.sensitive.jsonl.age: it has 0 bytes, not" in done.stdout
    assert "NOT verified" in done.stdout


def test_json_says_the_same(copy: Evidence, tmp_path: Path) -> None:
    (copy.session / "seg" / "000004.sensitive.jsonl.age").unlink()
    done = run("verify", copy.folder, "--root", copy.root, "--state", tmp_path, "--json")
    report = json.loads(done.stdout)
    assert (report["verdict"], report["verified"], report["exit_code"]) == ("failed", False, done.exit_code)
    [step] = [step for step in report["steps"] if step["findings"]]
    assert step["findings"][0]["failure"] == "object"
    assert step["findings"][0]["where"].endswith("000004.sensitive.jsonl.age")


def test_an_organisation_is_adopted_after_its_fingerprint_was_compared(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "world")
    session = whole_session(world)
    adoption, state = world.layout.adoption("Example Support"), tmp_path / "state"
    assert run("adopt", adoption, "--state", state, answers="n\n").exit_code == 1
    assert not state.exists()
    assert run("adopt", adoption, "--state", state, "--fingerprint", "SHA256:" + "A" * 43).exit_code == 3
    done = run("adopt", adoption, "--state", state, answers="y\n")
    assert done.exit_code == 0
    assert world.root.fingerprint in done.stdout
    assert (state / "organisation.byleave").stat().st_mode & 0o777 == 0o600
    assert run("verify", world.folder, "--state", state).exit_code == 0
    assert session.sid in run("verify", world.folder, "--state", state).stdout


@pytest.mark.parametrize("form", ["fingerprint", "key", "adoption"])
def test_the_root_can_be_named_in_three_ways(form: str, tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    whole_session(world)
    named = {
        "fingerprint": world.root.fingerprint,
        "key": world.layout.root_public,
        "adoption": world.layout.adoption("Example Support"),
    }[form]
    assert run("verify", world.folder, "--root", named, "--state", tmp_path).exit_code == 0


def test_a_bundle_with_two_sessions_is_checked_whole_or_by_choice(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    first, second = whole_session(world), whole_session(world)
    options = ["--root", world.root.fingerprint, "--state", tmp_path, "--json"]
    both = json.loads(run("verify", world.folder, *options).stdout)
    assert {report["session"] for report in both} == {first.sid, second.sid}
    one = json.loads(run("verify", world.folder, "--session", second.sid[:10], *options).stdout)
    assert one["session"] == second.sid
    assert run("export", world.folder, "--mp4", tmp_path / "x.mp4", *options).exit_code == 3
    assert run("verify", world.folder, "--session", "zz", *options).exit_code == 3


def test_an_identity_with_a_passphrase_opens_with_it(good: Evidence, tmp_path: Path) -> None:
    identity, passphrase = tmp_path / "identity.txt", tmp_path / "passphrase"
    identity.write_bytes(sealing.seal_with_passphrase(f"{good.auditor}\n".encode(), "correct horse"))
    passphrase.write_text("correct horse\n")
    options = ["verify", good.folder, "--root", good.root, "--identity", identity, "--state", tmp_path]
    assert run(*options, "--passphrase-file", passphrase).exit_code == 0
    assert run(*options, answers="correct horse\n").exit_code == 0
    passphrase.write_text("wrong\n")
    done = run(*options, "--passphrase-file", passphrase)
    assert (done.exit_code, "passphrase is wrong" in done.stderr) == (3, True)


def test_somebody_elses_identity_opens_nothing(good: Evidence, tmp_path: Path) -> None:
    stranger = tmp_path / "identity.txt"
    stranger.write_text(f"{sealing.new_identity()[0]}\n")
    options = ["--root", good.root, "--identity", stranger, "--state", tmp_path]
    assert run("verify", good.folder, *options).exit_code == Failure.KEYS.code
    done = run("export", good.folder, "--mp4", tmp_path / "film.mp4", *options)
    assert done.exit_code == 6
    assert not (tmp_path / "film.mp4").exists()


def test_a_film_and_a_bundle_are_exported(good: Evidence, identity: Path, tmp_path: Path) -> None:
    film, bundle = tmp_path / "film.mp4", tmp_path / "bundle"
    options = ["--root", good.root, "--identity", identity, "--state", tmp_path]
    done = run("export", good.folder, "--mp4", film, "--bundle", bundle, *options)
    assert done.exit_code == 0, done.output
    assert frames(film) == 60
    assert str(bundle) in done.stdout
    again = run("export", good.folder, "--bundle", bundle, *options)
    assert (again.exit_code, "nothing in it is overwritten" in again.stderr) == (3, True)
    exported = Evidence(bundle, good.sid, good.root, good.auditor)
    assert exported.report().exit_code == 0
    assert sorted(path.name for path in bundle.iterdir()) == [
        "VERIFY.md",
        "keys",
        "log",
        "sessions",
        "trust",
        "verify.sh",
    ]


def test_evidence_that_was_changed_is_not_made_a_film(copy: Evidence, identity: Path, tmp_path: Path) -> None:
    path = copy.session / "seg" / "000002.screen-0-0.jsonl.age"
    path.write_bytes(path.read_bytes()[::-1])
    options = ["--root", copy.root, "--identity", identity, "--state", tmp_path]
    done = run("export", copy.folder, "--mp4", tmp_path / "film.mp4", *options)
    assert done.exit_code == 6
    assert "it was changed" in done.stderr


def test_a_session_without_pictures_makes_no_film(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    with clock_on_the_wall(world.clock):
        session = Session(world)
        session.open()
        session.consent("refused", granted=())
        session.close("refused")
    evidence = evidence_of(session)
    identity = tmp_path / "identity.txt"
    identity.write_text(f"{evidence.auditor}\n")
    options = ["--root", evidence.root, "--identity", identity, "--state", tmp_path]
    done = run("export", evidence.folder, "--mp4", tmp_path / "film.mp4", *options)
    assert (done.exit_code, "no pictures" in done.stderr) == (3, True)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("colour = 'red'\n", "unknown field"),
        ("relay = 'ftp://x'\n", "https"),
        ("key = 7\n", "Expected `str`"),
    ],
)
def test_a_wrong_setting_is_an_error(settings: str, words: str, good: Evidence, tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(settings)
    done = run("verify", good.folder, "--state", tmp_path)
    assert done.exit_code == 3
    assert words in done.stderr


def test_a_technicians_certificate_is_not_an_auditors(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    holder = world.certify()
    key = tmp_path / "id_ed25519"
    key.write_bytes(keys.export_private(holder.key))
    (tmp_path / "id_ed25519-cert.pub").write_text(holder.certificate.text + "\n")
    done = run("list", "--relay", "http://127.0.0.1:9", "--key", key, "--state", tmp_path)
    assert done.exit_code == 4
    assert "not an auditor's" in done.stderr


def test_what_is_neither_bundle_nor_session_is_refused(tmp_path: Path) -> None:
    done = run("verify", tmp_path, "--state", tmp_path)
    assert (done.exit_code, "not a bundle" in done.stderr) == (3, True)


def test_neither_qt_nor_the_codec_is_loaded_to_verify(good: Evidence, tmp_path: Path) -> None:
    shutil.copytree(good.folder, tmp_path / "bundle")
    program = (
        "import sys; from byleave.command import main\n"
        "try: main(['audit', 'verify', sys.argv[1], '--root', sys.argv[2]])\n"
        "except SystemExit as end: assert end.code == 0, end.code\n"
        "loaded = {'PySide6', 'av', 'numpy'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "bundle"), good.root]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
