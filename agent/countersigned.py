"""How far the person's leave counts: what widens it, only once the technician has signed for it.

The relay takes no pictures after a leave that nobody has countersigned, so
they must not exist: otherwise a technician who withholds the signature would
see and act for the seconds until the missing evidence is noticed. What narrows
counts at once.
"""

from dataclasses import dataclass, replace

from agent.actions import Action
from session.consent import Consent


@dataclass
class _Waiting:
    consent: Consent
    then: list[Action]
    signed: bool = False


class Countersigned:
    """Follows the `consent` statements that widen, in their order."""

    def __init__(self) -> None:
        self._signed = Consent()
        self._waiting: dict[int, _Waiting] = {}

    def expect(self, seq: int, consent: Consent, then: list[Action]) -> None:
        """Statement `seq` widens the leave to `consent`; `then` follows once it is signed."""
        self._waiting[seq] = _Waiting(consent, then)

    def signed(self, seq: int) -> list[Action]:
        """The technician has signed this statement; return what follows now.

        One that waits for an earlier one goes on waiting.
        """
        if seq in self._waiting:
            self._waiting[seq].signed = True
        follows: list[Action] = []
        while self._waiting and (first := next(iter(self._waiting.items())))[1].signed:
            self._signed = first[1].consent
            follows += first[1].then
            del self._waiting[first[0]]
        return follows

    def counting(self, consent: Consent) -> Consent:
        """Return what of a consent counts now."""
        return replace(
            consent,
            granted=consent.granted & self._signed.granted,
            lease_end=min(consent.lease_end, self._signed.lease_end),
        )
