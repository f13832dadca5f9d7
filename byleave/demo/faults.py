"""What an evil relay can do to messages that it cannot read."""

from collections import deque
from collections.abc import Sequence
from enum import Enum
from threading import Lock
from typing import Protocol


class Choices(Protocol):
    """Where the choices come from: a seeded generator, so that a run can be had again."""

    def randrange(self, stop: int, /) -> int:
        """Return a number from 0 up to, not including, stop."""
        ...


class Fault(Enum):
    """One evil act on one message."""

    ALTER = "flip bits of one byte"
    SWAP = "exchange two bytes"
    SHORTEN = "leave bytes out"
    INSERT = "put bytes in"
    DROP = "drop the message"
    REPLAY = "send an earlier message again"
    REORDER = "send the message after the next one"


REMEMBERED = 16
"""Earlier messages of a stream that can be replayed."""


class Faults:
    """An evil hand on several streams of messages; it acts only when armed.

    Args:
        choices: decides everything.
        kinds: what it may do.
    """

    def __init__(self, choices: Choices, kinds: Sequence[Fault] = tuple(Fault)) -> None:
        self._choices, self._kinds = choices, kinds
        self._lock = Lock()
        self._armed = 0
        self._held: dict[str, bytes] = {}
        self._past: dict[str, deque[bytes]] = {}
        self.made: list[Fault] = []
        """The faults so far, in order."""

    def arm(self, count: int = 1) -> None:
        """Spoil the next so many messages of whatever stream."""
        with self._lock:
            self._armed += count

    def through(self, stream: str, message: bytes) -> list[bytes]:
        """Return what is sent on instead of a message: nothing, it, another one, or several.

        Args:
            stream: one direction of one connection.
            message: its next message.
        """
        with self._lock:
            past = self._past.setdefault(stream, deque(maxlen=REMEMBERED))
            held = self._held.pop(stream, None)
            sent = [message]
            if self._armed:
                self._armed -= 1
                sent = self._spoiled(stream, message, past)
            past.append(message)
            return sent if held is None else [*sent, held]

    def _spoiled(self, stream: str, message: bytes, past: Sequence[bytes]) -> list[bytes]:
        fault = self._kinds[self._choices.randrange(len(self._kinds))]
        if not message and fault in {Fault.ALTER, Fault.SWAP, Fault.SHORTEN}:
            fault = Fault.INSERT
        self.made.append(fault)
        match fault:
            case Fault.DROP:
                return []
            case Fault.REPLAY:
                return [message, past[self._choices.randrange(len(past))] if past else message]
            case Fault.REORDER:
                self._held[stream] = message
                return []
            case Fault.ALTER | Fault.SWAP | Fault.SHORTEN | Fault.INSERT:
                return [self._damaged(fault, message)]

    def _damaged(self, fault: Fault, message: bytes) -> bytes:
        data, pick = bytearray(message), self._choices.randrange
        place = pick(len(data)) if data else 0
        length = 1 + pick(8)
        if fault is Fault.INSERT:
            data[place:place] = bytes(pick(256) for _ in range(length))
        elif fault is Fault.SHORTEN:
            del data[place : place + length]
        else:
            # Two equal bytes swapped would be no fault at all.
            others = [other for other in range(len(data)) if data[other] != data[place]]
            if fault is Fault.SWAP and others:
                other = others[pick(len(others))]
                data[place], data[other] = data[other], data[place]
            else:
                data[place] ^= 1 + pick(255)
        return bytes(data)
