"""What a conversation about leave asks its host to do, in order; `agent.conversation` says when."""

from dataclasses import dataclass, field
from typing import TypeAlias

from agent.view import Asks
from session import messages
from session.messages import Capability, Message, Reason
from session.statements import ConsentEvent


@dataclass(frozen=True)
class Pending:
    """A question that the person has not answered.

    Attributes:
        number: names the question; never used twice.
        asks: what it is about.
        capabilities: what is asked, all that is granted if it is about time.
        minutes: what the technician asked for.
        asked_at: seconds, boot-time clock.
        deadline: likewise.
    """

    number: int
    asks: Asks
    capabilities: frozenset[Capability]
    minutes: int
    asked_at: float
    deadline: float


@dataclass(frozen=True)
class Say:
    """Send a message to the technician."""

    message: Message


@dataclass(frozen=True)
class Open:
    """Make the `open` statement; `opened` is called when it is countersigned and logged."""


@dataclass(frozen=True)
class Ask:
    """Show this question to the person."""

    pending: Pending


@dataclass(frozen=True)
class Withdraw:
    """Take the question off the screen."""


@dataclass(frozen=True)
class Record:
    """Make a consent record and its statement before anything that follows."""

    event: ConsentEvent
    asked: frozenset[Capability]
    granted: frozenset[Capability]
    minutes: int
    asked_at: float


@dataclass(frozen=True)
class Inject:
    """Pass input on to the gate."""

    message: messages.Input


@dataclass(frozen=True)
class TellFacts:
    """Collect the system facts, record and send them."""


@dataclass(frozen=True)
class Countersign:
    """The technician has signed a statement."""

    seq: int
    signature: bytes = field(repr=False)


@dataclass(frozen=True)
class Hear:
    """The technician has written a line of chat."""

    text: str = field(repr=False)


@dataclass(frozen=True)
class Finish:
    """End the session."""

    reason: Reason


Action: TypeAlias = Say | Open | Ask | Withdraw | Record | Inject | TellFacts | Countersign | Hear | Finish
