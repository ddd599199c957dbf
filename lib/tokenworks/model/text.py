"""Streaming text out of tokens: what is emitted is never taken back.

Two things are held back: bytes of an unfinished UTF-8 character, and text that may turn out to be
the beginning of a stop string, which can straddle tokens.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence


class TextStream:
    """Turns tokens' bytes into text, up to the first stop string."""

    def __init__(self, stop: Sequence[str] = ()) -> None:
        self.stop = tuple(stop)
        self.stopped = False
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._held = ""

    def push(self, piece: bytes, *, final: bool = False) -> str:
        """Take one token's bytes and return the text that is now certain."""
        self._held += self._decoder.decode(piece, final)
        found = [(self._held.find(s) + len(s), -len(s)) for s in self.stop if s in self._held]
        if found:  # the one that is complete first, whatever the split into tokens
            end, length = min(found)
            self.stopped = True
            text, self._held = self._held[: end + length], ""
            return text
        certain = len(self._held) - (0 if final else self._uncertain())
        text, self._held = self._held[:certain], self._held[certain:]
        return text

    def _uncertain(self) -> int:
        longest = max(map(len, self.stop), default=1) - 1
        lengths = range(min(longest, len(self._held)), 0, -1)
        tails = ((n, self._held[-n:]) for n in lengths)
        return next((n for n, tail in tails if any(s.startswith(tail) for s in self.stop)), 0)
