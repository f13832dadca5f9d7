"""When the relay looks at what it looks at every second: all of it at once, so that it is woken once."""

import asyncio
import math


class Seconds:
    """Sleeps until the event loop's clock shows a whole second; made in the loop or before it runs."""

    def __init__(self) -> None:
        self._ended = False
        self._asleep: asyncio.Future[None] | None = None

    async def next(self) -> None:
        """Sleep until the next whole second; not at all once it has ended."""
        if self._ended:
            return
        loop = asyncio.get_running_loop()
        self._asleep = loop.create_future()
        timer = loop.call_at(math.floor(loop.time()) + 1.0, self._wake)
        try:
            await self._asleep
        finally:
            timer.cancel()

    def end(self) -> None:
        """Wake whoever sleeps, and have nobody sleep any more."""
        self._ended = True
        self._wake()

    def _wake(self) -> None:
        if self._asleep is not None and not self._asleep.done():
            self._asleep.set_result(None)
