"""Every word that the person reads: one catalogue, two languages, no Qt.

English and German hold the same keys with the same places for values; a test
compares them. Values that come from elsewhere go through `foreign` first.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from agent.view import Trouble
from agent.words import english, german

LANGUAGES = {"en": english.TEXTS, "de": german.TEXTS}


def choose(names: Iterable[str | None]) -> str:
    """Return the first language we have among locale names such as `de_CH.UTF-8`; else English."""
    for name in names:
        language = (name or "").replace("-", "_").partition("_")[0].lower()
        if language in LANGUAGES:
            return language
    return "en"


class Words:
    """The catalogue in one language.

    Args:
        language: a key of `LANGUAGES`.

    Raises:
        KeyError: there is no such language.
    """

    def __init__(self, language: str = "en") -> None:
        self.language = language
        self._texts = LANGUAGES[language]

    def say(self, key: str, **values: Any) -> str:
        """Return a text with its values filled in.

        Raises:
            KeyError: there is no such text, or a value is missing.
        """
        return self._texts[key].format(**values) if values else self._texts[key]

    def has(self, key: str) -> bool:
        """Tell whether there is such a text."""
        return key in self._texts

    def count(self, key: str, number: int) -> str:
        """Return a text with a number, in the singular if the number is one."""
        return self.say(f"{key}.one") if number == 1 else self.say(key, number=number)

    def listed(self, parts: Sequence[str]) -> str:
        """Return `a, b and c`."""
        if len(parts) < 2:
            return "".join(parts)
        first = self.say("list.comma").join(parts[:-1])
        return self.say("list.and", first=first, last=parts[-1])

    def duration(self, minutes: int, short: bool = False) -> str:
        """Return a length such as `30 minutes` or `2 hours`."""
        stem = "time.short" if short else "time"
        if minutes == 60:
            return self.say(f"{stem}.hour")
        if minutes % 60 == 0:
            return self.say(f"{stem}.hours", number=minutes // 60)
        return self.say(f"{stem}.minutes", number=minutes)

    def date(self, when: datetime, with_time: bool = False) -> str:
        """Return a date, with the time of day if wanted, in the time zone that it carries."""
        return self.say(
            "date.time" if with_time else "date",
            day=when.day,
            month=self._texts["months"].split()[when.month - 1],
            year=when.year,
            hour=when.hour,
            minute=when.minute,
        )

    def trouble(self, trouble: Trouble) -> str:
        """Return the sentence for what went wrong."""
        return self._most_exact(
            f"error.{trouble.code}:{trouble.reason}", f"error.{trouble.code}", otherwise="error"
        )

    def advice(self, trouble: Trouble) -> str:
        """Return what the person can do about it."""
        return self._most_exact(f"advice.{trouble.code}", otherwise="advice")

    def _most_exact(self, *keys: str, otherwise: str) -> str:
        return self._texts[next((key for key in keys if key in self._texts), otherwise)]
