"""Who may do what, and when: PROTOCOL.md, section 7, as one table.

Everything that changes consent lives in this file. A pair that the table does
not hold is a violation, so forgetting a row refuses; it never permits.

Laws:
    1. Nothing is granted but by an answer of the person: `Allowed`, `MoreAllowed`.
    2. An answer grants at most what was asked.
    3. Nothing is allowed while a hold stands, after the lease's end, or after `Ended`.
    4. Input is not allowed while a question is open.
    5. `ENDED` is final.
    6. Who controls sees, so that what they do is in the recording: nothing is asked, granted or kept
       without what it needs.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from session.errors import ProtocolViolation
from session.messages import Answer, Capability, Hold, Reason, Standing

NEEDS = {Capability.CONTROL: Capability.VIEW}
"""What a capability is worth nothing without."""


def lasting(granted: frozenset[Capability]) -> frozenset[Capability]:
    """Return those of some capabilities that have what they need."""
    return frozenset(each for each in granted if NEEDS.get(each, each) in granted)


class State(StrEnum):
    """Where the conversation about consent stands."""

    IDLE = "idle"
    OPENING = "opening"
    ASKING = "asking"
    ACTIVE = "active"
    ASKING_MORE = "asking-more"
    ENDED = "ended"


@dataclass(frozen=True)
class Requested:
    """An authenticated request has arrived."""

    capabilities: frozenset[Capability]

    def carried_into(self, consent: "Consent") -> "Consent":
        """Return the consent with what this event carries, in the old state."""
        if lasting(self.capabilities) != self.capabilities:
            raise ProtocolViolation("asked for something without what it needs")
        return replace(consent, asked=self.capabilities)


@dataclass(frozen=True)
class Opened:
    """The `open` statement is countersigned and in the log."""

    def carried_into(self, consent: "Consent") -> "Consent":
        """Return the consent with what this event carries, in the old state."""
        return consent


@dataclass(frozen=True)
class Allowed:
    """The person allows some of what was requested, until `lease_end` (seconds, boot-time clock)."""

    granted: frozenset[Capability]
    lease_end: float

    def carried_into(self, consent: "Consent") -> "Consent":
        """Return the consent with what this event carries, in the old state."""
        if not self.granted or not self.granted <= consent.asked:
            raise ProtocolViolation("an answer must grant something, and nothing that was not asked")
        if lasting(self.granted) != self.granted:
            raise ProtocolViolation("an answer grants something without what it needs")
        return replace(consent, granted=self.granted, lease_end=self.lease_end, asked=frozenset())


@dataclass(frozen=True)
class Denied:
    """The first question ended without leave."""

    answer: Answer

    def carried_into(self, consent: "Consent") -> "Consent":
        """Return the consent with what this event carries, in the old state."""
        return replace(consent, asked=frozenset(), reason=Reason(self.answer))


@dataclass(frozen=True)
class MoreRequested:
    """The technician asks for one more capability."""

    capability: Capability

    def carried_into(self, consent: "Consent") -> "Consent":
        """Return the consent with what this event carries, in the old state."""
        if self.capability in consent.granted:
            raise ProtocolViolation("asked for what is granted already")
        if self.capability not in lasting(consent.granted | {self.capability}):
            raise ProtocolViolation("asked for something without what it needs")
        return replace(consent, asked=frozenset({self.capability}))


@dataclass(frozen=True)
class LeaseEnded:
    """The lease is over; the person is asked whether to go on."""

    def carried_into(self, consent: "Consent") -> "Consent":
        """Return the consent with what this event carries, in the old state."""
        return replace(consent, asked=frozenset(), holds=consent.holds | {Hold.LEASE})


@dataclass(frozen=True)
class MoreAllowed:
    """The person allows the one more thing that was asked."""

    def carried_into(self, consent: "Consent") -> "Consent":
        """Return the consent with what this event carries, in the old state."""
        if not consent.asked:
            raise ProtocolViolation("nothing more was asked, or it was withdrawn")
        return replace(consent, granted=consent.granted | consent.asked, asked=frozenset())


@dataclass(frozen=True)
class Renewed:
    """The person goes on until `lease_end`."""

    lease_end: float

    def carried_into(self, consent: "Consent") -> "Consent":
        """Return the consent with what this event carries, in the old state."""
        if Hold.LEASE not in consent.holds:
            raise ProtocolViolation("the lease has not ended")
        return replace(consent, lease_end=self.lease_end, holds=consent.holds - {Hold.LEASE})


@dataclass(frozen=True)
class MoreDenied:
    """The later question ended without leave; what was granted stays."""

    answer: Answer

    def carried_into(self, consent: "Consent") -> "Consent":
        """Return the consent with what this event carries, in the old state."""
        return replace(consent, asked=frozenset())


@dataclass(frozen=True)
class Revoked:
    """One capability is withdrawn by the person or given back by the technician; what needs it goes along."""

    capability: Capability

    def carried_into(self, consent: "Consent") -> "Consent":
        """Return the consent with what this event carries, in the old state."""
        left = lasting(consent.granted - {self.capability})
        asked = lasting(left | (consent.asked - {self.capability})) & consent.asked
        return replace(consent, granted=left, asked=asked)


@dataclass(frozen=True)
class Held:
    """Something holds the session still."""

    hold: Hold

    def carried_into(self, consent: "Consent") -> "Consent":
        """Return the consent with what this event carries, in the old state."""
        return replace(consent, holds=consent.holds | {self.hold})


@dataclass(frozen=True)
class Freed:
    """That hold is lifted."""

    hold: Hold

    def carried_into(self, consent: "Consent") -> "Consent":
        """Return the consent with what this event carries, in the old state."""
        return replace(consent, holds=consent.holds - {self.hold})


@dataclass(frozen=True)
class Ended:
    """The session is over."""

    reason: Reason

    def carried_into(self, consent: "Consent") -> "Consent":
        """Return the consent with what this event carries, in the old state."""
        return replace(consent, asked=frozenset(), granted=frozenset(), lease_end=0.0, reason=self.reason)


Event: TypeAlias = (
    Requested
    | Opened
    | Allowed
    | Denied
    | MoreRequested
    | LeaseEnded
    | MoreAllowed
    | Renewed
    | MoreDenied
    | Revoked
    | Held
    | Freed
    | Ended
)

TRANSITIONS: dict[tuple[State, type[Event]], State] = {
    (State.IDLE, Requested): State.OPENING,
    (State.IDLE, Ended): State.ENDED,
    (State.OPENING, Opened): State.ASKING,
    (State.OPENING, Ended): State.ENDED,
    (State.ASKING, Allowed): State.ACTIVE,
    (State.ASKING, Denied): State.ENDED,
    (State.ASKING, Ended): State.ENDED,
    (State.ACTIVE, MoreRequested): State.ASKING_MORE,
    (State.ACTIVE, LeaseEnded): State.ASKING_MORE,
    (State.ACTIVE, Revoked): State.ACTIVE,
    (State.ACTIVE, Held): State.ACTIVE,
    (State.ACTIVE, Freed): State.ACTIVE,
    (State.ACTIVE, Ended): State.ENDED,
    (State.ASKING_MORE, MoreAllowed): State.ACTIVE,
    (State.ASKING_MORE, Renewed): State.ACTIVE,
    (State.ASKING_MORE, MoreDenied): State.ACTIVE,
    (State.ASKING_MORE, Revoked): State.ASKING_MORE,
    (State.ASKING_MORE, Held): State.ASKING_MORE,
    (State.ASKING_MORE, Freed): State.ASKING_MORE,
    (State.ASKING_MORE, Ended): State.ENDED,
}

INPUT = frozenset({Capability.CONTROL, Capability.CLIPBOARD_IN, Capability.FILES_IN, Capability.TERMINAL})


@dataclass(frozen=True)
class Consent:
    """What the person allowed, and what stands in its way."""

    state: State = State.IDLE
    asked: frozenset[Capability] = frozenset()
    granted: frozenset[Capability] = frozenset()
    lease_end: float = 0.0
    holds: frozenset[Hold] = frozenset()
    reason: Reason | None = None

    def has(self, capability: Capability) -> bool:
        """Tell whether this capability is granted, and what it needs as well."""
        return capability in lasting(self.granted)

    def may(self, capability: Capability, now: float) -> bool:
        """Tell whether this capability may have an effect at `now` (seconds, boot-time clock)."""
        if self.holds or not self.has(capability) or now >= self.lease_end:
            return False
        if self.state is State.ASKING_MORE:
            return capability not in INPUT
        return self.state is State.ACTIVE

    def standing(self) -> Standing:
        """Return the banner's word for this."""
        match self.state:
            case State.IDLE | State.OPENING:
                return Standing.WAITING
            case State.ASKING:
                return Standing.ASKING
            case State.ENDED:
                return Standing.ENDED
            case State.ACTIVE | State.ASKING_MORE:
                if self.holds:
                    return Standing.PAUSED
                controls = Capability.CONTROL in self.granted
                return Standing.CONTROLLING if controls else Standing.VIEWING


def after(consent: Consent, event: Event) -> Consent:
    """Return the consent that follows, or refuse.

    Raises:
        ProtocolViolation: the event is not allowed in this state, or grants more than was asked.
    """
    try:
        state = TRANSITIONS[consent.state, type(event)]
    except KeyError:
        message = f"{type(event).__name__} is not allowed when {consent.state}"
        raise ProtocolViolation(message) from None
    return replace(event.carried_into(consent), state=state)
