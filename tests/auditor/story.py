"""A good session with everything that can be in one, told in parts."""

import numpy as np

from session.messages import Capability
from session.picture import Copy
from tests.auditor.drawing import image
from tests.auditor.world import HEIGHT, Session, World, clock_on_the_wall

VIEW, CONTROL = Capability.VIEW, Capability.CONTROL


def whole_session(world: World, *, seconds: int = 20, strangers: int = 0) -> Session:
    """Make a session.

    Args:
        world: the organisation.
        seconds: how long it lasts, about.
        strangers: leaves of other sessions between its own.
    """
    with clock_on_the_wall(world.clock):
        session = Session(world)
        begin(session, minutes=120 if seconds > 1500 else 30)
        take_control(session)
        for turn in range(max(1, (seconds - 10) // 4)):
            for _ in range(strangers):
                world.strangers_leaf()
            work(session, turn)
        pause(session)
        end(session)
    return session


def begin(session: Session, minutes: int = 30) -> None:
    """The person allows to see, and is greeted."""
    session.open()
    session.tick(2)
    session.consent("allowed", (VIEW, CONTROL), (VIEW,), minutes)
    session.standing("viewing", [VIEW])
    session.chat("Hello, I can see your screen.")
    session.pictures(20)
    session.recorder.event("cursor", monitor=0, x=20, y=30)
    session.cut()


def take_control(session: Session) -> None:
    """The person allows to control as well."""
    session.tick(1)
    session.consent("more-allowed", (CONTROL,), (VIEW, CONTROL))
    session.standing("controlling", [VIEW, CONTROL])


def work(session: Session, turn: int) -> None:
    """Four seconds of pointing, clicking, typing and scrolling."""
    event = session.recorder.event
    event("pointer", monitor=0, x=20 + turn * 12 % 280, y=40)
    event("button", button=1, down=1)
    event("button", button=1, down=0)
    event("key", sensitive=True, keysym=0x61, down=1)
    event("key", sensitive=True, keysym=0x61, down=0)
    event("text", sensitive=True, text="line é€")
    event("scroll", dx=0, dy=2)
    if turn % 3 == 0:
        session.pictures(20)
    elif turn % 3 == 1:
        session.scroll(5)
        cover(session)
        session.play(11)
    else:
        session.play(5)
        session.pictures(14)
    session.tick(2)
    session.cut()


def cover(session: Session) -> None:
    """Something covers a part of the screen, changes, and goes again: what was there had been put aside."""
    cover = np.full((60, 100, 4), 77, np.uint8)
    session.frame((image(cover, 30, 25),), (Copy(30, HEIGHT + 25, 100, 60, 30, 25),))
    session.frame((image(cover // 2, 30, 25),))
    session.frame((), (Copy(30, 25, 100, 60, 30, HEIGHT + 25),))


def pause(session: Session) -> None:
    """The person holds the session still for some seconds."""
    session.tick(1)
    session.standing("paused", [VIEW, CONTROL], ["person"])
    session.tick(4)
    session.cut()
    session.tick(4)
    session.cut()
    session.standing("controlling", [VIEW, CONTROL])


def end(session: Session) -> None:
    """The screen changes its size, control is taken back, the person thanks and stops."""
    session.change_size()
    session.pictures(10)
    session.consent("revoked", (CONTROL,), (VIEW,))
    session.standing("viewing", [VIEW])
    session.chat("Thank you", "person")
    session.pictures(5)
    session.tick(1)
    session.close()
