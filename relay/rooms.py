"""Rooms: where a technician and a person are brought together; PROTOCOL.md, section 1.

A machine without sockets: events and the time go in, actions come out. An end
is a number that its caller chose; it enters with one wish and goes with exactly
one `Left`, or by one `Dropped` that the caller carries out.

Laws of this file:
    1. A room is joined once, ever. Its number leads nowhere else for its 600 s.
    2. Who has not been admitted opens nothing: the caller hands in only
       technicians whose certificate it has checked.
    3. A pair ends together.
    4. Strangers never have all rooms: half of them are for who was admitted.
    5. A resumed room's name is secret, so whoever says it again is the same end
       on a new connection, and takes the place of the old one.
"""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from session.codes import LIFETIME_SECONDS
from session.rendezvous import RESUME_SECONDS

NUMBERS = 10_000
"""How many room numbers four digits make."""
_DENSITY = 2
"""At most one number in so many is in use, so that drawing a free one ends soon."""


class Role(Enum):
    """Which end of a session."""

    TECHNICIAN = "technician"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class OpenWanted:
    """An admitted technician wants a new room."""

    end: int
    technician: str


@dataclass(frozen=True, slots=True)
class JoinWanted:
    """A person has typed a code, and this is the part of it that the relay may know."""

    end: int
    room: str


@dataclass(frozen=True, slots=True)
class ResumeWanted:
    """One end of a lost session waits for the other."""

    end: int
    role: Role
    name: str


@dataclass(frozen=True, slots=True)
class Left:
    """An end's connection is gone."""

    end: int


@dataclass(frozen=True, slots=True)
class Failed:
    """An end broke a rule; the pair is over for this reason."""

    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class Ticked:
    """Time has passed."""


@dataclass(frozen=True, slots=True)
class Stopping:
    """The relay stops; whoever comes later is refused as well."""


Event: TypeAlias = OpenWanted | JoinWanted | ResumeWanted | Left | Failed | Ticked | Stopping


@dataclass(frozen=True, slots=True)
class Opened:
    """Tell a technician that the room is open; a resumed one has no number."""

    end: int
    room: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Paired:
    """Tell both ends, and forward from now on; `fresh` means that it is not a resumed session."""

    technician: int
    person: int
    fresh: bool


@dataclass(frozen=True, slots=True)
class Dropped:
    """Refuse an end for a reason of `rendezvous.REASONS`, then close."""

    end: int
    reason: str


Action: TypeAlias = Opened | Paired | Dropped


@dataclass(slots=True)
class _Room:
    """A room; `over` says why nobody can join any more, once that is so."""

    expires: float
    fresh: bool
    technician_name: str = ""
    ends: dict[Role, int] = field(default_factory=dict)
    over: str = ""

    @property
    def paired(self) -> bool:
        return len(self.ends) == len(Role)


class Rooms:
    """All rooms of one relay.

    Args:
        draw: returns a number from 0 to below its argument, unpredictable to
            strangers; `secrets.randbelow`.
        capacity: how many rooms may be open or joined at a time.
        per_technician: how many of them one technician may have.
    """

    def __init__(self, draw: Callable[[int], int], *, capacity: int, per_technician: int) -> None:
        self._draw = draw
        self._capacity = min(capacity, NUMBERS // _DENSITY)
        self._per_technician = per_technician
        self._rooms: dict[str, _Room] = {}
        self._places: dict[int, str] = {}
        self._held: Counter[str] = Counter()
        self._next_expiry = math.inf
        self._stopping = False

    def count(self) -> dict[str, int]:
        """Return how many rooms wait for their second end, and how many have both."""
        paired = sum(room.paired for room in self._rooms.values())
        waiting = sum(bool(room.ends) for room in self._rooms.values()) - paired
        return {"waiting": waiting, "paired": paired}

    def handle(self, event: Event, now: float) -> list[Action]:
        """Take an event and return what is to be done, in order.

        Args:
            event: what happened.
            now: seconds on a clock that only goes forward.
        """
        match event:
            case OpenWanted() | JoinWanted() | ResumeWanted():
                return self._enter(event, now)
            case Left(end):
                return self._end(end, None, "peer-left")
            case Failed(end, reason):
                return self._end(end, reason, reason)
            case Ticked():
                return self._tick(now)
            case Stopping():
                self._stopping = True
                return [Dropped(end, "closing") for end in self._forget_all()]

    def _enter(self, event: OpenWanted | JoinWanted | ResumeWanted, now: float) -> list[Action]:
        if self._stopping:
            return [Dropped(event.end, "closing")]
        if event.end in self._places:
            return self._end(event.end, "protocol", "protocol")
        # A room may be too old though nobody has noticed yet.
        late = self._tick(now)
        match event:
            case OpenWanted():
                return late + self._open(event, now)
            case JoinWanted():
                return late + self._join(event)
            case ResumeWanted():
                return late + self._resume(event, now)

    def _open(self, wanted: OpenWanted, now: float) -> list[Action]:
        if self._held[wanted.technician] >= self._per_technician:
            return [Dropped(wanted.end, "too-many")]
        if self._full():
            return [Dropped(wanted.end, "busy")]
        number = f"{self._draw(NUMBERS):04}"
        while number in self._rooms:
            number = f"{self._draw(NUMBERS):04}"
        room = _Room(now + LIFETIME_SECONDS, fresh=True, technician_name=wanted.technician)
        self._keep(number, room)
        self._held[wanted.technician] += 1
        self._seat(room, number, Role.TECHNICIAN, wanted.end)
        return [Opened(wanted.end, number, LIFETIME_SECONDS)]

    def _join(self, wanted: JoinWanted) -> list[Action]:
        room = self._rooms.get(wanted.room)
        if room is None or not room.fresh:
            return [Dropped(wanted.end, "no-room")]
        if room.over:
            return [Dropped(wanted.end, room.over)]
        room.over = "room-taken"
        self._seat(room, wanted.room, Role.PERSON, wanted.end)
        return [Paired(room.ends[Role.TECHNICIAN], wanted.end, fresh=True)]

    def _resume(self, wanted: ResumeWanted, now: float) -> list[Action]:
        room = self._rooms.get(wanted.name)
        actions: list[Action] = []
        if room is not None and (room.paired or wanted.role in room.ends):
            actions = [Dropped(end, "room-taken") for end in self._empty(wanted.name)]
            room = None
        if room is None:
            if self._full() or (wanted.role is Role.PERSON and self._crowded()):
                return [*actions, Dropped(wanted.end, "busy")]
            room = _Room(now + RESUME_SECONDS, fresh=False)
            self._keep(wanted.name, room)
        self._seat(room, wanted.name, wanted.role, wanted.end)
        if wanted.role is Role.TECHNICIAN:
            actions.append(Opened(wanted.end, "", RESUME_SECONDS))
        if room.paired:
            actions.append(Paired(room.ends[Role.TECHNICIAN], room.ends[Role.PERSON], fresh=False))
        return actions

    def _end(self, end: int, own_reason: str | None, other_reason: str) -> list[Action]:
        """Take an end and whoever shares its room out; `own_reason` None means that it has gone already."""
        name = self._places.get(end)
        if name is None:
            return [] if own_reason is None else [Dropped(end, own_reason)]
        actions: list[Action] = []
        for other in self._empty(name):
            reason = own_reason if other == end else other_reason
            if reason is not None:
                actions.append(Dropped(other, reason))
        return actions

    def _tick(self, now: float) -> list[Action]:
        if now < self._next_expiry:
            return []
        actions: list[Action] = []
        for name, room in list(self._rooms.items()):
            if now < room.expires or room.paired:
                continue
            if room.ends:
                actions += [Dropped(end, "expired") for end in self._empty(name)]
                if room.fresh:
                    # Whoever types it late is told so, for as long again.
                    room.over, room.expires = "expired", now + LIFETIME_SECONDS
            else:
                del self._rooms[name]
        later = (room.expires for room in self._rooms.values() if room.expires > now)
        self._next_expiry = min(later, default=math.inf)
        return actions

    def _keep(self, name: str, room: _Room) -> None:
        self._rooms[name] = room
        self._next_expiry = min(self._next_expiry, room.expires)

    def _seat(self, room: _Room, name: str, role: Role, end: int) -> None:
        room.ends[role] = end
        self._places[end] = name

    def _empty(self, name: str) -> list[int]:
        """Send everybody out of a room; a fresh one keeps its number until its time is over."""
        room = self._rooms[name]
        ends = list(room.ends.values())
        for end in ends:
            del self._places[end]
        room.ends.clear()
        if room.fresh:
            room.over = room.over or "peer-left"
            self._next_expiry = min(self._next_expiry, room.expires)
            self._held[room.technician_name] -= 1
            if not self._held[room.technician_name]:
                del self._held[room.technician_name]
        else:
            del self._rooms[name]
        return ends

    def _forget_all(self) -> list[int]:
        ends = list(self._places)
        for name in set(self._places.values()):
            self._empty(name)
        return ends

    def _crowded(self) -> bool:
        """Tell whether people who wait alone, of whom nothing is known, have half of all rooms."""
        alone = sum(room.ends.keys() == {Role.PERSON} for room in self._rooms.values())
        return alone >= self._capacity // 2

    def _full(self) -> bool:
        return len(set(self._places.values())) >= self._capacity or len(self._rooms) >= NUMBERS // _DENSITY
