"""Two ends and a code: what an introduction costs, which a flood of rooms would multiply."""

from benchmarks.clock import milliseconds
from session.codes import Code
from session.introduction import Introduction, Side


def introduce() -> None:
    """Run one introduction from the first message to the last, both ends."""
    code = Code("4821", "19355")
    technician, person = Introduction(Side.TECHNICIAN, code), Introduction(Side.PERSON, code)
    technician.take_share(person.share())
    person.take_share(technician.share())
    person.confirm(technician.confirmation())
    technician.confirm(person.confirmation())
    person.take_digest(technician.announce(bytes(32)))
    technician.take_digest(person.announce(bytes(32)))


def measure() -> dict[str, float]:
    """Return the time of a whole introduction, both ends together."""
    return {"both ends, ms": milliseconds(introduce, rounds=20)}
