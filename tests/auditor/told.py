"""Stories of sessions, played on the world's own clock, and what the check says of them."""

from collections.abc import Callable
from typing import TypeAlias

from auditor.findings import Report
from tests.auditor.conftest import evidence_of
from tests.auditor.world import Session, World, clock_on_the_wall

Make: TypeAlias = Callable[[], World]


def report_of(session: Session) -> Report:
    session.world.prove()
    return evidence_of(session).report()


def told(world: World, story: Callable[[Session], None], session: Session | None = None) -> Session:
    """Play a story on the world's clock."""
    with clock_on_the_wall(world.clock):
        session = session or Session(world)
        story(session)
    return session
