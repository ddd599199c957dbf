"""The paging puzzle: who goes where in memory, by hand, scored against the true optimum."""

from __future__ import annotations

from functools import cache
from typing import Any

from tokenworks.widgets.hand_placement import Stay, Trace, as_they_come, best
from tokenworks.widgets.kit import count_text
from tokenworks.widgets.stage import Stage, html_table

PAGES = (None, 1, 2, 4, 8)
NAMES = "ABCDEF"


def _stays(*rows: tuple[int, int, int]) -> tuple[Stay, ...]:
    return tuple(Stay(*row) for row in rows)


TRACES = {
    "room-for-all": Trace(
        "Room for all",
        16,
        10,
        _stays((0, 5, 2), (2, 5, 2), (3, 3, 5), (4, 5, 2), (6, 7, 6), (7, 4, 4)),
    ),
    "short-table": Trace(
        "A short table",
        16,
        6,
        _stays((0, 2, 2), (1, 5, 2), (2, 3, 6), (3, 4, 4), (5, 3, 4), (6, 7, 6)),
    ),
    "too-much": Trace(
        "More than fits",
        16,
        9,
        _stays((0, 2, 5), (1, 2, 3), (1, 7, 3), (2, 3, 7), (2, 2, 3), (3, 7, 7)),
    ),
}


@cache
def tabulated() -> dict[str, Any]:
    """Return all that the browser looks up: the traces, and what others make of them."""
    return {
        "names": NAMES,
        "grid": {"puzzle": list(TRACES), "page": list(PAGES)},
        "puzzles": {name: _puzzle_table(trace) for name, trace in TRACES.items()},
    }


def _puzzle_table(trace: Trace) -> dict[str, Any]:
    found = [best(trace, page) for page in PAGES]
    return {
        "label": trace.label,
        "cells": trace.cells,
        "entries": trace.entries,
        "stays": [list(stay) for stay in trace.stays],
        "wanted": sum(stay.steps * stay.tokens for stay in trace.stays),
        "first": [as_they_come(trace, page).total for page in PAGES],
        "best": [total for total, _ in found],
        "moves": [list(moves) for _, moves in found],
    }


class PagePuzzle(Stage):
    """The live widget; `state` holds the puzzle, the page size (None: one piece) and the moves."""

    def grid(self) -> dict[str, Any]:
        """Return the puzzles and the page sizes."""
        return {"puzzle": tuple(TRACES), "page": PAGES}

    def fallback(self) -> str:
        """Return the requests of the puzzle, and the scores to beat."""
        name = self.state["puzzle"]
        trace, table = TRACES[name], tabulated()["puzzles"][name]
        scores = ", ".join(
            f"{page_text(page)} {first} and {most}"
            for page, first, most in zip(PAGES, table["first"], table["best"], strict=True)
        )
        caption = (
            f"{trace.label}: {trace.cells} cells, {trace.entries} table entries. Token-steps held, "
            f"each request in the first place that fits, and at the optimum: {scores}; wanted: "
            f"{table['wanted']}"
        )
        rows = [(NAMES[i], *map(count_text, stay)) for i, stay in enumerate(trace.stays)]
        return html_table(caption, ("Request", "Comes at step", "Steps", "Tokens"), rows)


def page_text(page: int | None) -> str:
    """Return how a kind of memory is called."""
    if page is None:
        return "one piece"
    return "blocks of 1 cell" if page == 1 else f"blocks of {page} cells"


def page_puzzle(puzzle: str = "room-for-all", page: int | None = None) -> PagePuzzle:
    """Return the puzzle "fill the memory"; page: cells of a block, or None for one piece each."""
    state = {"puzzle": puzzle, "page": page, "moves": []}
    return PagePuzzle(data=tabulated(), state=state)
