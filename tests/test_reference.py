"""The reference says what the programs are: pages of `docs/reference/` against the code."""

import re

from msgspec import Struct

from agent.capture.painter import RESTED
from agent.capture.prices import EXACT_SECONDS, WHOLE_SECONDS
from agent.capture.video import KEY_PICTURES, LINE_SHARE, QUALITIES, STEPS
from agent.config import Settings as AgentSettings
from agent.conversation import PAUSE_BETWEEN_QUESTIONS
from agent.flow import LEAST_IN_FLIGHT, MOST_IN_FLIGHT, QUEUE_SECONDS
from agent.gate import WAITING_LIMIT
from agent.plane import FINISH_SECONDS
from agent.upkeep import END_SECONDS, FREEZE_SECONDS, REVOCATION_SECONDS
from agent.view import ANSWER_SECONDS, ARMING_SECONDS
from agent.windows.banners import STEADY_SECONDS
from agent.windows.questioning import BANNER_SECONDS
from auditor.config import Settings as AuditorSettings
from byleave.organisation.command import LONGEST_INTERVAL
from relay.config import Allowance, Config, Limits
from relay.failures import REFUSALS
from relay.metrics import COUNTERS, GAUGES
from relay.server import HEAD_SECONDS
from relay.sign_in import CHALLENGE_SECONDS, READER_SECONDS
from session import codes
from session.link.ssh import KEEPALIVE_COUNT, KEEPALIVE_SECONDS, LOGIN_SECONDS, PICTURE_WINDOW, WINDOW
from session.profile import Profile
from session.rendezvous import REASONS, RESUME_SECONDS
from session.revocation import FRESH_SECONDS
from session.statements import LEAF_LIMIT, SEGMENT_MS, STATEMENT_LIMIT
from technician_console.config import Settings as ConsoleSettings
from tests import reference
from tests.session.specification import Page
from tests.tree import ROOT, texts

SETTINGS = (Config, Limits, AgentSettings, ConsoleSettings, AuditorSettings)


KIB = 1024
FIGURES = {
    "a code lives": f"{codes.LIFETIME_SECONDS // 60} min",
    "a resumed room waits": f"{RESUME_SECONDS} s",
    "a connection's first request, a room's first message": f"within {HEAD_SECONDS} s",
    "a question unanswered": f"denied after {ANSWER_SECONDS:g} s",
    "Allow arms": f"after {ARMING_SECONDS} s without a change",
    "the banner must be in sight": (
        f"for {STEADY_SECONDS} s, within {BANNER_SECONDS:g} s, or the answer is no"
    ),
    "between two questions of a technician": f"{PAUSE_BETWEEN_QUESTIONS:g} s from the last answer",
    "SSH login, keepalive": f"{LOGIN_SECONDS} s; {KEEPALIVE_SECONDS} s, {KEEPALIVE_COUNT} times",
    "SSH window of a channel": (
        f"{WINDOW // KIB} KiB to the person, {PICTURE_WINDOW // KIB} KiB to the technician"
    ),
    "pictures on their way": f"{LEAST_IN_FLIGHT} to {MOST_IN_FLIGHT}, by the round trip",
    "bytes of pictures on their way": (
        f"what the line carries in one round trip and {QUEUE_SECONDS * 1000:g} ms; "
        f"what is new goes whole if it takes {EXACT_SECONDS * 1000:g} ms exactly "
        f"or {WHOLE_SECONDS * 1000:g} ms roughly"
    ),
    "a film's quantiser (x264's rate factor)": (
        f"{', '.join(f'{quality} up to {most:g} bytes a second and pixel' for quality, most in STEPS[:-1])}, "
        f"else {STEPS[-1][0]}; "
        f"on a line that is not fast {QUALITIES[0][1]}, below {QUALITIES[0][0] / 1e6:g} MB/s "
        f"{QUALITIES[1][1]}, and at most {LINE_SHARE * 100:g} % of the line"
    ),
    "pictures from a film's key picture to the next": f"{KEY_PICTURES}",
    "a place rests after": (
        f"{RESTED * 1000:g} ms without a change; then exact tiles of it, until all of the screen is exact"
    ),
    "inputs that wait for the gate": f"{WAITING_LIMIT}",
    "unacknowledged evidence freezes, ends": (
        f"{FREEZE_SECONDS:g} s, {END_SECONDS:g} s, while the link is up"
    ),
    "revocations are looked at in a session": f"every {REVOCATION_SECONDS / 60:g} min",
    "a segment, at most": f"{SEGMENT_MS // 1000} s",
    "a statement, a leaf": f"{STATEMENT_LIMIT // KIB} KiB, {LEAF_LIMIT // KIB} KiB",
    "after the end, the agent uploads for": f"{FINISH_SECONDS:g} s; the rest in the background",
    "an auditor's challenge, sign-in": f"{CHALLENGE_SECONDS} s, {READER_SECONDS // 60} min",
    "age of a revocation list, error of a clock": f"{FRESH_SECONDS // 60} min",
    "longest --every of publish": f"{LONGEST_INTERVAL // 60} min",
}


def page(name: str) -> Page:
    return Page(str(ROOT / "docs" / "reference" / name))


def keys(kind: type[Struct]) -> list[str]:
    return [name for name in kind.__struct_fields__ if name != "limits"]


def test_the_page_of_commands_is_what_help_says() -> None:
    assert reference.PAGE.read_text("utf-8") == reference.page()


def test_every_key_of_the_configuration_is_explained() -> None:
    found = [table.column("key") for table in page("configuration.md").tables if table.columns[0] == "key"]
    assert found == [keys(kind) for kind in (*SETTINGS, Profile)]


def test_the_defaults_are_those_of_the_code() -> None:
    tables = [table for table in page("configuration.md").tables if "default" in table.columns]
    for table, kind in zip(tables, SETTINGS, strict=True):
        made = kind()
        for name, said in table.pairs("key", "default"):
            default = getattr(made, name)
            if isinstance(default, Allowance):
                assert said == f"burst {default.burst:g}, then {default.per_second:g} a second", name
            else:
                assert said == (str(default) or "empty"), name


def test_every_metric_is_explained_in_its_own_words() -> None:
    explained = page("metrics.md")
    counters = explained.table("Counters", "name").pairs("name", "meaning")
    assert counters == [(f"byleave_{name}_total", words) for name, words in COUNTERS.items()]
    gauges = explained.table("Gauges", "name").pairs("name", "meaning")
    assert gauges == [(f"byleave_{name}", words) for name, words in GAUGES.items()]


def test_every_refusal_of_the_relay_is_explained_in_its_own_words() -> None:
    explained = page("metrics.md")
    assert explained.table("Why a room", "reason").pairs("reason", "sentence") == list(REASONS.items())
    refusals = explained.table("Why an HTTP request", "word").pairs("word", "status", "sentence")
    assert refusals == [(word, str(int(status)), words) for word, (status, words) in REFUSALS.items()]


def test_the_figures_are_those_of_the_code() -> None:
    tables = [table for table in page("limits.md").tables if table.columns[0] == "figure"]
    said = {figure: value for table in tables for figure, value in table.pairs("figure", "value")}
    assert {figure: said.get(figure) for figure in FIGURES} == FIGURES


def test_every_test_and_control_that_a_page_names_exists() -> None:
    missing = []
    for path, text in texts(".md").items():
        for module, name in re.findall(r"`(tests/[\w/]+\.py)::(?:\w+::)?(test_\w+)", text):
            if path.parts[0] == "docs" and f"def {name}(" not in (ROOT / module).read_text("utf-8"):
                missing.append(f"{path}: {module}::{name}")
    promised = (ROOT / "docs" / "explanation" / "promises.md").read_text("utf-8")
    for test, words in re.findall(r"^- `([^`]+)` \(controls? ([^)]*)\)", promised.replace("\n  ", " "), re.M):
        for name in re.findall(r"`([a-z-]+)`", words):
            control = ROOT / "tests" / "controls" / f"{name}.patch"
            if not control.is_file() or f"# test: {test}" not in control.read_text("utf-8"):
                missing.append(f"promises.md: control {name} of {test}")
    assert missing == []


def test_every_place_in_the_tree_that_a_page_names_exists() -> None:
    folders = r"(?:agent|relay|technician_console|auditor|session|byleave|tests)"
    missing = [
        f"{path}: {name}"
        for path, text in texts(".md").items()
        if path.parts[0] == "docs"
        for name in re.findall(rf"`({folders}/[\w/.-]*)`", text)
        if not (ROOT / name).exists()
    ]
    assert missing == []
