"""SIM-10: the same requests in a small memory, in blocks or in one piece each, step by step.

memory_steps.py runs the real scheduler, block pool and contiguous allocator; here their moments
are written down as changes, which the browser plays back.
"""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

from tokenworks.number import Number, whole
from tokenworks.widgets.kit import count_text, probability_text, ratio, significant
from tokenworks.widgets.memory_steps import (
    CELLS,
    TRACES,
    Moment,
    account,
    prompt_number,
    run,
    sequences,
)
from tokenworks.widgets.stage import Stage, chosen, html_table

GRID: dict[str, tuple[Any, ...]] = {
    "memory": ("paged", "exact", "power", "most"),
    "block_size": (2, 4, 8, 16),
    "lengths": tuple(TRACES),
    "arrivals": ("in turn", "at once"),
    "answers": (1, 4),
    "shared_prefix": (False, True),
}
SETTING = ("lengths", "arrivals", "answers", "shared_prefix")
LABELS = {
    "paged": "blocks",
    "exact": "length known",
    "power": "a good guess",
    "most": "the longest",
}
COUNTS = ("used", "reserved", "internal", "external", "saved")


@cache
def recorded(memory: str, block_size: int, setting: tuple[Any, ...]) -> list[Moment]:
    """Return the moments of a run; in one piece there are no blocks, and nothing is shared."""
    lengths, arrivals, answers, shared_prefix = setting
    return run(
        memory,
        block_size,
        lengths,
        arrivals=arrivals,
        answers=answers,
        shared_prefix=shared_prefix and memory == "paged",
    )


def run_of(state: dict[str, Any]) -> list[Moment]:
    """Return the moments of a state."""
    setting = tuple(state[name] for name in SETTING)
    return recorded(state["memory"], _size(state), setting)


def _size(state: dict[str, Any]) -> int:
    return state["block_size"] if state["memory"] == "paged" else 1


def _asked(state: dict[str, Any]) -> list[Any]:
    return sequences(
        state["lengths"],
        arrivals=state["arrivals"],
        answers=state["answers"],
        shared_prefix=state["shared_prefix"],
    )


def shown_at(cursor: int, **state: Any) -> dict[str, Any]:
    """Return what the widget shows at a step: the counters, and each sequence's tokens, blocks."""
    moments = run_of(state)
    moment = moments[min(cursor, len(moments) - 1)]
    return account(moment, _asked(state), _size(state)) | {
        "running": len(moment.seats),
        "waiting": len(moment.waiting),
        "tables": {seat.sequence: (seat.tokens, list(seat.blocks)) for seat in moment.seats},
    }


def summary(state: dict[str, Any]) -> dict[str, Number]:
    """Return steps until all is done, most sequences at once, and the mean share of cells used."""
    moments, asked = run_of(state), _asked(state)
    used = sum(account(moment, asked, _size(state))["used"] for moment in moments)
    return {
        "steps": len(moments),
        "most": max(len(moment.seats) for moment in moments),
        "share": significant(ratio(used, len(moments) * CELLS), 6),
    }


def changes(moments: list[Moment], asked: list[Any], block_size: int) -> list[list[Any]]:
    """Write moments down as changes: who left, table changes, copies, who waits, counts.

    A change of a block table lists the sequence, its tokens if it is new (else 0), the first index
    that differs, and the blocks from there on; a piece is given by its first cell and its length.
    Every sequence that was in memory before gains one token without being listed.
    """
    steps, before = [], {}
    for moment in moments:
        now = {seat.sequence: seat for seat in moment.seats}
        tables = []
        for sequence, (_, tokens, blocks) in now.items():
            old = before.get(sequence)
            same = _common(old.blocks if old else (), blocks)
            if old and same == len(blocks):
                continue
            piece = block_size == 1
            told = [blocks[0], len(blocks)] if piece else list(blocks[same:])
            tables.append([sequence, 0 if old else tokens, same, *told])
        counts = account(moment, asked, block_size)
        left = [sequence for sequence in before if sequence not in now]
        copies = [list(copy) for copy in moment.copies]
        told = [counts[name] for name in COUNTS]
        steps.append([left, tables, copies, list(moment.waiting), told])
        before = now
    return steps


def _common(old: tuple[int, ...], new: tuple[int, ...]) -> int:
    return next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), len(old))


@cache
def tabulated() -> dict[str, Any]:
    """Return all that the browser looks up; a run is named by its controls."""
    runs: dict[str, Any] = {}
    for values in product(*GRID.values()):
        _record(runs, dict(zip(GRID, values, strict=True)))
    return {
        "grid": {name: list(values) for name, values in GRID.items()},
        "labels": LABELS,
        "cells": CELLS,
        "sequences": {
            f"{lengths}-{answers}": [
                [one.id, one.prompt_tokens, one.max_tokens, prompt_number(one)]
                for one in sequences(lengths, answers=answers, shared_prefix=False)
            ]
            for lengths in GRID["lengths"]
            for answers in GRID["answers"]
        },
        "runs": runs,
    }


def _record(runs: dict[str, Any], state: dict[str, Any]) -> None:
    key = run_name(state)
    if key not in runs:
        steps = changes(run_of(state), _asked(state), _size(state))
        runs[key] = {"steps": steps, "summary": list(summary(state).values())}


def run_name(state: dict[str, Any]) -> str:
    """Return the name of a run: what makes no difference to it stands at its first value."""
    paged = state["memory"] == "paged"
    size, shared = (state["block_size"], int(state["shared_prefix"])) if paged else (1, 0)
    asked = "-".join(str(state[name]) for name in ("lengths", "arrivals", "answers"))
    return f"{asked}-{state['memory']}-{size}-{shared}"


class BlockTable(Stage):
    """The live widget; `state` holds the controls by name, `cursor`, and the chosen `sequence`."""

    def grid(self) -> dict[str, Any]:
        """Return the values each control may take."""
        return GRID

    def fallback(self) -> str:
        """Return how each kind of memory serves the requests of the state."""
        state = {name: self.state[name] for name in GRID}
        answers = "one answer" if state["answers"] == 1 else f"{state['answers']} answers"
        caption = (
            f"{len(_asked(state))} sequences ({state['lengths']} lengths, {answers} to a prompt, "
            f"all {state['arrivals']}"
            f"{', prompts begin alike' if state['shared_prefix'] else ''}) in {CELLS} cells, "
            f"blocks of {state['block_size']}"
        )
        rows = []
        for memory, label in LABELS.items():
            found = summary(state | {"memory": memory})
            counts = (count_text(found["steps"]), count_text(found["most"]))
            rows.append((label, *counts, probability_text(found["share"])))
        head = ("Memory", "Steps until all are done", "Most at once", "Cells with tokens")
        return html_table(caption, head, rows)


def block_table(
    memory: str = "paged", block_size: int = 4, *, step: int = 1, **controls: Any
) -> BlockTable:
    """Return SIM-10, blocks and pieces, opened on a step; every value must be on the grid.

    It shows the table of the first sequence that is in memory at that step.
    `controls`: lengths, arrivals, answers, shared_prefix. A step that no run has raises ValueError.
    """
    setting = chosen(controls, lengths="mixed", arrivals="in turn", answers=1, shared_prefix=False)
    state = {"memory": memory, "block_size": block_size, **setting, "cursor": 0, "sequence": 0}
    widget = BlockTable(data=tabulated(), state=state)
    cursor = whole(step, "step", most=len(run_of(state))) - 1
    here = [seat.sequence for seat in run_of(state)[cursor].seats]
    widget.state = {**state, "cursor": cursor, "sequence": min(here, default=0)}
    return widget
