"""The code that is read out on the telephone: PROTOCOL.md, section 2.

Ten digits: four name the room, five are secret, the last is a check digit
(Damm) over the other nine, so that a slip of the finger is caught before it
burns the code. The relay ever sees the room only.
"""

import secrets
from typing import NamedTuple

from session.errors import ConfigurationError

ROOM_DIGITS = 4
SECRET_DIGITS = 5
LENGTH = ROOM_DIGITS + SECRET_DIGITS + 1
LIFETIME_SECONDS = 600

# The quasigroup of order 10 of H. Michael Damm's thesis (2004): it catches every
# single wrong digit and every swap of two neighbours.
_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


class Code(NamedTuple):
    """The two halves of a code; `secret` never leaves the two ends."""

    room: str
    secret: str

    def __repr__(self) -> str:
        """Show the room only."""
        return f"Code(room={self.room!r})"

    @property
    def digits(self) -> str:
        """All ten digits."""
        nine = self.room + self.secret
        return nine + check_digit(nine)

    @property
    def grouped(self) -> str:
        """The digits as they are read out: `4821 193 552`."""
        digits = self.digits
        return f"{digits[:4]} {digits[4:7]} {digits[7:]}"


def check_digit(digits: str) -> str:
    """Return the Damm check digit of a string of decimal digits."""
    interim = 0
    for digit in digits:
        interim = int(_DAMM[interim][int(digit)])
    return str(interim)


def draw_secret() -> str:
    """Draw the five secret digits from the system's randomness."""
    return f"{secrets.randbelow(10**SECRET_DIGITS):0{SECRET_DIGITS}d}"


def digits_of(text: str) -> str:
    """Return the ASCII digits of what was typed or pasted, without blanks, dots and dashes."""
    return "".join(character for character in text if character in "0123456789")


def parse(text: str) -> Code:
    """Read a typed code.

    Raises:
        ConfigurationError: it has not ten digits, holds anything but digits and
            separators, or the check digit is wrong.
    """
    if text.strip(" \t\r\n0123456789-.\u00a0\u202f"):
        raise ConfigurationError("a code has digits only")
    digits = digits_of(text)
    if len(digits) != LENGTH:
        raise ConfigurationError(f"a code has {LENGTH} digits, not {len(digits)}")
    if check_digit(digits[:-1]) != digits[-1]:
        raise ConfigurationError("the last digit does not fit: one digit is wrong")
    return Code(digits[:ROOM_DIGITS], digits[ROOM_DIGITS:-1])
