"""A program that holds what it is told to until it is killed, for `test_release.py`."""

import sys
import time

from agent.effects.x11 import X11Effects


def main() -> None:
    name, beats = sys.argv[1:]
    effects = X11Effects(name)
    effects.move(0, 900, 500)
    effects.key(0xFFE3, True)
    effects.key(ord("x"), True)
    effects.button(1, True)
    effects._keyboard._spare.lend(0x1006F22, effects._keyboard._map().empty)
    effects._connection.sync()
    sys.stdout.write(f"{effects._watchdog.process}\n")
    sys.stdout.flush()
    while True:
        if beats == "beat":
            effects.beat()
        time.sleep(0.05)


if __name__ == "__main__":
    main()
