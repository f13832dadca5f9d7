"""What the technician can do is readable when it changes on a narrow screen."""

import json
import subprocess
import sys


def test_what_was_just_allowed_is_not_cut_off() -> None:
    command = ["env", "QT_QPA_PLATFORM=offscreen", sys.executable, "-m", "tests.agent.windows.narrow"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    told = json.loads(done.stdout)
    assert told["text"] == "can see your screen and use your mouse and keyboard"
    width, height = told["place"]
    assert told["height"] <= height if told["wraps"] else told["wanted"] <= width
