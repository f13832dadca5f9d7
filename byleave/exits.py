"""What the `byleave` command's exit codes mean; docs/reference/exit-codes.md shows this table.

0 is success, 1 an error that nobody foresaw, 2 a wrong command line (click's
own). 20 to 39 belong to `byleave audit verify`, which tells failures apart.
"""

from session.errors import (
    ByleaveError,
    ClockWrong,
    ConfigurationError,
    EffectFailed,
    EvidenceError,
    IdentityRefused,
    IntroductionFailed,
    LedgerError,
    LimitExceeded,
    LinkLost,
    ProtocolViolation,
    RecorderFailed,
    RecordingFull,
    RoomRefused,
)

SUCCESS = 0
UNFORESEEN = 1
USAGE = 2
PROBLEMS_FOUND = 15

EXITS: dict[type[ByleaveError], int] = {
    ConfigurationError: 3,
    IdentityRefused: 4,
    LinkLost: 5,
    EvidenceError: 6,
    LedgerError: 7,
    RoomRefused: 8,
    IntroductionFailed: 9,
    ProtocolViolation: 10,
    LimitExceeded: 11,
    RecorderFailed: 12,
    EffectFailed: 13,
    ClockWrong: 14,
    RecordingFull: 16,
}


def exit_code(error: ByleaveError) -> int:
    """Return the exit code of an error: its own, or that of the nearest class above it."""
    return next((EXITS[kind] for kind in type(error).__mro__ if kind in EXITS), UNFORESEEN)
