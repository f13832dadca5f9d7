"""A chat with many long lines never keeps the person's windows from their work."""

import json
import re
import subprocess
import sys

from agent.windows.lines import MOST_LINES
from agent.words import Words
from tests.agent.windows.talker import BURST, BURSTS

STANDSTILL_SECONDS = 0.5


def test_five_hundred_long_lines_do_not_stop_the_windows() -> None:
    command = ["env", "QT_QPA_PLATFORM=offscreen", sys.executable, "-m", "tests.agent.windows.talker"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    told = json.loads(done.stdout)
    shown = [label.split()[0] for label in told["labels"] if re.match(r"\d+-\d+ ", label)]
    newest = [f"{number // BURST}-{number % BURST}" for number in range(BURSTS * BURST)][-MOST_LINES:]
    assert shown == newest
    assert Words("en").say("session.chat.earlier") in told["labels"]
    assert told["longest"] < STANDSTILL_SECONDS
