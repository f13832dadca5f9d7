"""The machinery of the controls: what counts as noticed, and what does not."""

import subprocess
from pathlib import Path

import pytest

from tests.controls.patches import Control, apply, read
from tests.controls.run import SUMMARY, judge

PATCH = """\
diff --git a/door.py b/door.py
--- a/door.py
+++ b/door.py
@@ -1 +1 @@
-locked = True
+locked = False
"""


@pytest.mark.parametrize(
    ("code", "summary", "verdict"),
    [
        (0, "PASSED tests/test_door.py::test_it_is_locked", "passed"),
        (0, "SKIPPED [1] tests/test_door.py:3: no key", "was skipped"),
        (1, "FAILED tests/test_door.py::test_it_is_locked[back door] - assert False", "failed"),
        (1, "PASSED t.py::test[a]\nFAILED t.py::test[b] - Failed: DID NOT RAISE", "failed"),
        (
            1,
            "FAILED t.py::test - NameError: name 'lock' is not defined",
            "broke: NameError: name 'lock' is not defined",
        ),
        (1, "ERROR t.py::test - fixture 'door' not found", "could not run"),
        (1, "FAILED t.py::test - assert False\nERROR t.py::test - left something open", "could not run"),
        (2, "ERROR t.py - SyntaxError: invalid syntax", "could not run"),
        (4, "", "could not run"),
    ],
)
def test_only_a_real_failure_counts_as_noticed(code: int, summary: str, verdict: str) -> None:
    assert judge(code, SUMMARY.findall(summary)) == verdict


@pytest.mark.parametrize(
    "header",
    [
        "",
        "# defence: it is locked\n",
        "# test: t.py::test\n",
        "# defence: a\n# defence: b\n# test: t.py::test\n",
    ],
    ids=["no header", "no test", "no defence", "two defences"],
)
def test_a_patch_without_its_header_is_refused(tmp_path: Path, header: str) -> None:
    path = tmp_path / "door.patch"
    path.write_text(header + PATCH)
    with pytest.raises(ValueError, match=r"door\.patch must begin"):
        read(path)


def test_a_header_names_its_defence_and_every_test(tmp_path: Path) -> None:
    path = tmp_path / "door.patch"
    path.write_text("# defence: it is locked\n# test: t.py::front\n# test: t.py::back\n\n" + PATCH)
    assert read(path) == Control(path, "it is locked", ("t.py::front", "t.py::back"))


def test_a_patch_changes_the_copy_alone_even_inside_another_repository(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    copy = tmp_path / "copy"
    copy.mkdir()
    for folder in (tmp_path, copy):
        (folder / "door.py").write_text("locked = True\n")
    path = tmp_path / "door.patch"
    path.write_text("# defence: it is locked\n# test: t.py::test\n\n" + PATCH)

    assert apply(read(path), copy, only_check=True) == ""
    assert (copy / "door.py").read_text() == "locked = True\n"
    assert apply(read(path), copy) == ""
    assert (copy / "door.py").read_text() == "locked = False\n"
    assert (tmp_path / "door.py").read_text() == "locked = True\n"
    assert "does not apply" in apply(read(path), copy)
