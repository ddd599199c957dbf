"""A call of a tool, read out of an answer while it comes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tokenworks.serving.server.tools import CALL, calls_text

HEAD, _, TAIL = calls_text([("\0", "\0")]).split("\0")
BEGUN = re.compile(re.escape(calls_text([("\0", "\1")]).split("\1")[0]).replace("\0", r"([\w-]+)"))


@dataclass
class Said:
    """What came: text, the name of a call that begins, and more of its arguments."""

    content: str = ""
    name: str | None = None
    arguments: str = ""


class CallReader:
    """Reads one answer: text that is no call passes through, and of a call what is in it.

    What may still become a call is held back, and so is what may be its end.
    """

    def __init__(self) -> None:
        self.name: str | None = None
        self._held, self._plain = "", False

    def read(self, text: str, *, final: bool) -> Said:
        """Return what is certain now; `final` says that nothing more will come."""
        self._held += text
        said = Said()
        if self.name is None and not self._plain:
            if begun := BEGUN.match(self._held):
                self.name = said.name = begun[1]
                self._held = self._held[begun.end() :]
            elif final or not (self._held.startswith(CALL) or CALL.startswith(self._held)):
                self._plain = True
        if self._plain:
            said.content, self._held = self._held, ""
        elif self.name is not None:
            whole = self._held.removesuffix(TAIL) if final else self._held[: -len(TAIL)]
            said.arguments, self._held = whole, self._held[len(whole) :]
        return said
