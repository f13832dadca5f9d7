"""One subsystem on a channel: messages in order, the first fault ends it, and it is lost once."""

import asyncio
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session import codec, messages
from session.errors import LimitExceeded, PeerError, ProtocolViolation
from session.framing import pack
from session.link.channel import WAITING_LIMIT, Subsystem


@dataclass
class Line:
    """The part of an SSH channel that a subsystem uses."""

    written: bytearray = field(default_factory=bytearray)
    waiting: int = 0
    closed: bool = False

    def write(self, data: bytes) -> None:
        self.written += data

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


class End:
    """A person's end of the control subsystem on such a line."""

    def __init__(self, *, refuses: str = "") -> None:
        self.got: list[messages.FromTechnician] = []
        self.lost: list[PeerError | None] = []
        self.opened = 0
        self.refuses = refuses
        self.line = Line()
        self.subsystem = Subsystem(
            "control",
            messages.CONTROL_LIMIT,
            codec.from_technician,
            self._take,
            self._open,
            self.lost.append,
        )

    def _open(self) -> None:
        self.opened += 1

    def _take(self, message: messages.FromTechnician) -> None:
        self.got.append(message)
        if isinstance(message, messages.Chat) and message.text == self.refuses:
            raise ProtocolViolation("by the test")

    def open(self) -> "End":
        self.subsystem.connection_made(self.line)
        return self

    async def sent(self) -> None:
        """Wait until nothing is put off any more."""
        async with asyncio.timeout(10):
            for _ in iter(self.subsystem.waiting, 0):
                await asyncio.sleep(0.002)


def chat(text: str) -> bytes:
    return pack(codec.encode(messages.Chat(text)))


@given(texts=st.lists(st.text(min_size=1, max_size=20), max_size=8), size=st.integers(1, 50))
def test_messages_come_in_order_however_they_are_cut(texts: list[str], size: int) -> None:
    end = End().open()
    stream = b"".join(chat(text) for text in texts)
    for start in range(0, len(stream), size):
        end.subsystem.data_received(stream[start : start + size])
    assert end.got == [messages.Chat(text) for text in texts]
    assert end.lost == []


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (pack(b"\xc0"), ProtocolViolation),
        (pack(b""), ProtocolViolation),
        (pack(codec.encode(messages.FrameAck(1))), ProtocolViolation),
        ((messages.CONTROL_LIMIT + 1).to_bytes(4, "big"), LimitExceeded),
        (chat("refused by who receives it"), ProtocolViolation),
    ],
    ids=["no message", "nothing", "another subsystem's", "too long", "refused"],
)
def test_the_first_fault_ends_it(data: bytes, fault: type[PeerError]) -> None:
    end = End(refuses="refused by who receives it").open()
    end.subsystem.data_received(chat("before") + data + chat("after"))
    end.subsystem.data_received(chat("later"))
    end.subsystem.connection_lost(None)
    assert messages.Chat("after") not in end.got
    assert messages.Chat("later") not in end.got
    assert end.got[0] == messages.Chat("before")
    assert [type(error) for error in end.lost] == [fault]
    assert end.line.closed
    assert not end.subsystem.send(messages.Chat("nobody hears"))


def test_it_is_lost_once() -> None:
    end = End().open()
    end.subsystem.connection_lost(OSError())
    end.subsystem.connection_lost(None)
    end.subsystem.data_received(chat("late"))
    assert (end.lost, end.got) == ([None], [])


def test_nothing_is_sent_before_it_is_open_or_after_it_closes() -> None:
    end = End()
    assert not end.subsystem.send(messages.Ping(1))
    assert end.subsystem.waiting() == 0
    end.subsystem.close()
    end.open()
    assert end.opened == 1
    assert end.subsystem.send(messages.Ping(1))
    end.subsystem.close()
    end.subsystem.close()
    assert not end.subsystem.send(messages.Ping(2))
    assert bytes(end.line.written) == pack(codec.encode(messages.Ping(1)))


def test_an_end_that_does_not_read_is_given_up() -> None:
    end = End().open()
    end.line.waiting = WAITING_LIMIT
    assert end.subsystem.send(messages.Ping(1))
    end.line.waiting += 1
    assert end.subsystem.waiting() == WAITING_LIMIT + 1
    assert not end.subsystem.send(messages.Ping(2))
    assert [type(error) for error in end.lost] == [LimitExceeded]
    assert end.line.closed


def test_content_is_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    end = End().open()
    with caplog.at_level("DEBUG", "byleave.channel"):
        end.subsystem.data_received(chat("canary") + pack(codec.encode(messages.Text("canary"))))
        end.subsystem.send(messages.Chat("canary"))
        end.subsystem.data_received(pack(b"\x81\xa6canary\xa6canary"))
    assert len(caplog.records) == 4
    assert "canary" not in caplog.text


# paced


async def test_what_is_paced_leaves_bit_by_bit_and_in_order() -> None:
    end = End().open()
    loop = asyncio.get_running_loop()
    end.subsystem.pace(400_000.0)
    texts = [letter * 4000 for letter in "abcdefghijkl"]
    begun = loop.time()
    for text in texts:
        end.subsystem.send(messages.Chat(text))
    whole = b"".join(chat(text) for text in texts)
    early = len(end.line.written)
    assert 0.03 * 400_000 <= early < 0.6 * len(whole)
    assert end.subsystem.waiting() == len(whole) - early
    await end.sent()
    # By the pace and a quarter, less what may go ahead.
    assert loop.time() - begun > len(whole) / 500_000 - 0.06
    assert bytes(end.line.written) == whole
    assert end.subsystem.waiting() == 0


async def test_what_is_short_is_not_put_off_by_a_pace() -> None:
    end = End().open()
    end.subsystem.pace(37_500.0)
    for number in range(5):
        end.subsystem.send(messages.Chat(f"keystroke {number} " + 200 * "."))
    assert end.subsystem.waiting() == 0


async def test_what_was_put_off_keeps_its_place_when_the_line_gets_fast() -> None:
    end = End().open()
    end.subsystem.pace(37_500.0)
    end.subsystem.send(messages.Chat("a" * 4000))
    assert end.subsystem.waiting() > 0
    end.subsystem.pace(None)
    end.subsystem.send(messages.Chat("b"))
    await end.sent()
    assert bytes(end.line.written) == chat("a" * 4000) + chat("b")


async def test_nothing_that_was_put_off_leaves_after_the_end() -> None:
    end = End().open()
    end.subsystem.pace(37_500.0)
    end.subsystem.send(messages.Chat("a" * 4000))
    written = len(end.line.written)
    end.subsystem.connection_lost(None)
    assert end.subsystem.waiting() == 0
    await asyncio.sleep(0.1)
    assert len(end.line.written) == written
