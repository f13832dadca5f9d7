"""What evidence has yet to be brought, and how fast it must be brought to be there in time.

Each statement is due so many seconds after it was made. They are brought in
order, so for each one all that comes before it counts as well; the rate that is
needed is what the hardest of them needs. As in earliest-deadline-first
scheduling, whoever always keeps to it is never late, if the line can do it.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

from session.statements import Consented, Segment, Statement

DUE_SECONDS = 6.5
"""When a statement shall be in the log; at 10 s the session freezes."""

URGENT_SECONDS = 9.0
"""What is later than that goes as fast as the line takes it: what the line was taken for was wrong."""

LEAST_SECONDS = 0.5
"""What is later than that is brought as if there were so much time left: the last bytes need no more."""

STATEMENT_BYTES = 4096
"""Of a statement with its signatures and its answer, about."""


class Debt(NamedTuple):
    """A statement that the log does not hold yet.

    Attributes:
        bytes: that have yet to be sent for it.
        waited: seconds since it was made.
    """

    bytes: float
    waited: float


def needed(debts: Iterable[Debt]) -> float:
    """Return the bytes a second at which all of them are there in time; infinite if one is about to be late.

    Args:
        debts: in the order in which they are brought.
    """
    before = rate = 0.0
    for debt in debts:
        if debt.waited > URGENT_SECONDS:
            return math.inf
        before += debt.bytes
        rate = max(rate, before / max(DUE_SECONDS - debt.waited, LEAST_SECONDS))
    return rate


def size(statement: Statement) -> int:
    """Return how many bytes have to be sent for a statement, about."""
    match statement:
        case Segment(objects=objects):
            return STATEMENT_BYTES + sum(each.size for each in objects)
        case Consented(object=each):
            return STATEMENT_BYTES + each.size
        case _:
            return STATEMENT_BYTES
