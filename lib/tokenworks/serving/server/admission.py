"""The door of the server: how many requests are inside, and whether it still lets anyone in."""

from __future__ import annotations

import asyncio

from tokenworks.number import Number
from tokenworks.serving.server.errors import overloaded, shutting_down


class Admission:
    """`with admission:` around each request; it refuses beyond `max_open` and once it is closing.

    That bounds memory whatever clients do: a body or an unread answer each has one owner inside.
    """

    def __init__(self, max_open: int) -> None:
        self.max_open = max_open
        self.open = 0
        self.closing = False
        self._empty = asyncio.Event()
        self._empty.set()

    def __enter__(self) -> None:
        if self.closing:
            raise shutting_down()
        if self.open >= self.max_open:
            raise overloaded(f"{self.max_open} connections are being answered")
        self.open += 1
        self._empty.clear()

    def __exit__(self, *error: object) -> None:
        self.open -= 1
        if not self.open:
            self._empty.set()

    async def close(self, seconds: Number) -> bool:
        """Let nobody in, and wait for those inside; return whether all of them got out in time."""
        self.closing = True
        try:
            async with asyncio.timeout(seconds):
                await self._empty.wait()
        except TimeoutError:
            return False
        return True
