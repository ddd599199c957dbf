"""A trace placed in memory by hand: the rules, the optimum by a full search, what first fit does.

Requests are decided on in order of arrival, for good: each gets cells for its whole stay or is
turned away. In one piece the cells must be neighbours; in pages any free ones will do, but whole
pages only, and each page needs an entry in a table that holds so many.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

Move = int | None  # first cell of the piece (0 in pages); None: turned away
Held = tuple[tuple[int, int], ...]  # request and first cell


class Stay(NamedTuple):
    """A request of a puzzle: the step at which it comes, its steps in memory, its tokens."""

    arrival: int
    steps: int
    tokens: int

    @property
    def end(self) -> int:
        """The step at which its cells are free again."""
        return self.arrival + self.steps


@dataclass(frozen=True)
class Trace:
    """A puzzle: requests in order of arrival, cells of a token each, entries of all tables."""

    label: str
    cells: int
    entries: int
    stays: tuple[Stay, ...]


@dataclass(frozen=True)
class Play:
    """Where a play stands: the moves so far, in one piece (page None) or in pages of that size."""

    trace: Trace
    page: int | None
    moves: tuple[Move, ...] = ()

    @property
    def done(self) -> bool:
        """Whether every request has been decided on."""
        return len(self.moves) == len(self.trace.stays)

    @property
    def total(self) -> int:
        """Tokens times steps of all that were placed."""
        return sum(
            stay.tokens * stay.steps
            for stay, move in zip(self.trace.stays, self.moves, strict=False)
            if move is not None
        )

    @property
    def held(self) -> Held:
        """Who is in memory when the next request comes, and from which cell on."""
        now = self.trace.stays[len(self.moves)].arrival
        placed = enumerate(self.moves)
        return tuple((i, m) for i, m in placed if m is not None and self.trace.stays[i].end > now)

    def refusal(self, move: Move) -> str:
        """Return why the next request cannot go there, or nothing."""
        return refusal(self.trace, self.page, len(self.moves), held=self.held, move=move)

    def after(self, move: Move) -> Play:
        """Return the play after a move; a refused one raises ValueError."""
        if reason := self.refusal(move):
            raise ValueError(f"request {len(self.moves)} cannot go to cell {move}: {reason}")
        return Play(self.trace, self.page, (*self.moves, move))


def pages_for(tokens: int, page: int) -> int:
    """Return the pages that hold this many tokens."""
    return -(-tokens // page)


def refusal(trace: Trace, page: int | None, request: int, *, held: Held, move: Move) -> str:
    """Return why a request cannot be placed beside those in memory, or nothing."""
    if move is None:
        return ""
    tokens = trace.stays[request].tokens
    if page is not None:
        needs = pages_for(tokens, page)
        taken = sum(pages_for(trace.stays[i].tokens, page) for i, _ in held)
        free, entries = trace.cells // page - taken, trace.entries - taken
        if needs > free:
            return f"needs {needs} blocks, {free} free"
        return f"needs {needs} entries, {entries} left" if needs > entries else ""
    if move + tokens > trace.cells:
        return "beyond the last cell"
    for i, start in held:
        if start < move + tokens and move < start + trace.stays[i].tokens:
            return f"in the way of {'ABCDEFGH'[i]}"
    return ""


def best(trace: Trace, page: int | None) -> tuple[int, tuple[Move, ...]]:
    """Return the most token-steps that any play holds, and the moves of one that does.

    A full search over every first cell and turning away, remembered by who is in memory where.
    """
    return _search(trace, page, 0, held=())


@cache
def _search(
    trace: Trace, page: int | None, request: int, *, held: Held
) -> tuple[int, tuple[Move, ...]]:
    if request == len(trace.stays):
        return 0, ()
    stay = trace.stays[request]
    now = tuple((i, start) for i, start in held if trace.stays[i].end > stay.arrival)
    found: list[tuple[int, tuple[Move, ...]]] = []
    for move in (*_places(trace, page, request, held=now), None):
        after = now if move is None else (*now, (request, move))
        total, moves = _search(trace, page, request + 1, held=after)
        gain = 0 if move is None else stay.tokens * stay.steps
        found.append((total + gain, (move, *moves)))
    return max(found, key=lambda pair: pair[0])


def _places(trace: Trace, page: int | None, request: int, *, held: Held) -> list[int]:
    """Return every first cell where a request can go beside those in memory."""
    if page is not None:
        return [] if refusal(trace, page, request, held=held, move=0) else [0]
    tokens = trace.stays[request].tokens
    spans = [(start, start + trace.stays[i].tokens) for i, start in held]
    return [
        first
        for first in range(trace.cells - tokens + 1)
        if all(stop <= first or first + tokens <= start for start, stop in spans)
    ]


def as_they_come(trace: Trace, page: int | None) -> Play:
    """Return the play that places each request in the first place where it fits, if any."""
    play = Play(trace, page)
    while not play.done:
        places = _places(trace, page, len(play.moves), held=play.held)
        play = play.after(places[0] if places else None)
    return play
