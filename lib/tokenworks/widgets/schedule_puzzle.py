"""The scheduling puzzle: who starts when, by hand, scored against the true optimum."""

from __future__ import annotations

from functools import cache
from typing import Any

from tokenworks.widgets.hand_schedule import Job, Trace, best, scheduled
from tokenworks.widgets.kit import count_text, ratio
from tokenworks.widgets.stage import Stage, html_table


def _jobs(*rows: tuple[int, int, int]) -> tuple[Job, ...]:
    return tuple(Job(*row) for row in rows)


TRACES = {
    "short-and-long": Trace(
        "Short and long",
        2,
        12,
        _jobs((0, 8, 3), (0, 6, 3), (0, 2, 2), (0, 1, 2), (0, 3, 2), (0, 2, 2)),
    ),
    "big-prompt": Trace(
        "One needs much memory",
        3,
        8,
        _jobs((0, 3, 3), (0, 4, 7), (0, 2, 2), (0, 5, 3), (1, 1, 2), (2, 2, 3)),
    ),
    "more-to-come": Trace(
        "More are on their way",
        2,
        8,
        _jobs((0, 7, 4), (0, 9, 4), (1, 1, 2), (2, 2, 4), (3, 1, 3), (4, 1, 2)),
    ),
}


@cache
def tabulated() -> dict[str, Any]:
    """Return all that the browser looks up: the traces, and what others make of them."""
    return {
        "names": "ABCDEF",
        "grid": {"puzzle": list(TRACES)},
        "puzzles": {name: _puzzle_table(trace) for name, trace in TRACES.items()},
    }


def _puzzle_table(trace: Trace) -> dict[str, Any]:
    total, moves = best(trace)
    rivals = {name: scheduled(trace, name)[0] for name in ("static", "continuous")}
    return {
        "label": trace.label,
        "slots": trace.slots,
        "blocks": trace.blocks,
        "jobs": [list(job) for job in trace.jobs],
        "totals": rivals | {"optimum": total},
        "moves": list(moves),
    }


class SchedulePuzzle(Stage):
    """The live widget; `state` holds the puzzle's name and the moves made so far."""

    def grid(self) -> dict[str, Any]:
        """Return the puzzles."""
        return {"puzzle": tuple(TRACES)}

    def fallback(self) -> str:
        """Return the requests of the puzzle, and the scores to beat."""
        name = self.state["puzzle"]
        trace, totals = TRACES[name], tabulated()["puzzles"][name]["totals"]
        means = {rival: count_text(ratio(n, len(trace.jobs))) for rival, n in totals.items()}
        caption = (
            f"{trace.label}: {trace.slots} slots, {trace.blocks} blocks. Mean steps from arrival "
            f"to last token: static {means['static']}, continuous (first come, first served) "
            f"{means['continuous']}, optimum {means['optimum']}"
        )
        names = tabulated()["names"]
        rows = [(names[i], *map(count_text, job)) for i, job in enumerate(trace.jobs)]
        return html_table(caption, ("Request", "Arrives after step", "Tokens", "Blocks"), rows)


def schedule_puzzle(puzzle: str = "short-and-long") -> SchedulePuzzle:
    """Return the puzzle "schedule a trace by hand"; its name must be one of the recorded ones."""
    return SchedulePuzzle(data=tabulated(), state={"puzzle": puzzle, "moves": []})
