"""Eight tokens through flash attention: what each tile does to m, ℓ and o, playing by itself.

The walk is kernels/walk.py on eight tokens whose numbers are small enough to follow.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from tokenworks.cost.attention_call import AttentionCall, Tiles
from tokenworks.kernels.hbm import Hbm
from tokenworks.kernels.walk import walk_flash
from tokenworks.widgets.stage import Stage, chosen, html_table

GRID: dict[str, tuple[Any, ...]] = {
    "example": ("2 × 2", "2 × 4", "4 × 2", "4 × 4"),  # rows of a tile of queries and of keys
    "causal": (True, False),
}

# Queries, keys and values of two numbers each.
Q = ((2, 0), (1, 1), (0, 2), (-1, 1), (1, -1), (2, 1), (0, 1), (1, 2))
K = ((1, 0), (0, 1), (1, 1), (2, 0), (-1, 1), (1, 2), (0, -1), (2, 2))
V = ((1, 0), (0, 1), (2, 1), (1, 3), (0, 2), (3, 1), (1, 1), (2, 2))


def one_head(tokens: int, d_head: int, **more: Any) -> AttentionCall:
    """Return the attention of one head over all its tokens."""
    return AttentionCall(queries=tokens, keys=tokens, heads=1, kv_heads=1, d_head=d_head, **more)


@cache
def walk(example: str, causal: bool) -> dict[str, Any]:
    """Return the eight tokens' scores, each row's m, ℓ and o after each tile, and the result.

    `scale` is the factor e^(m before − m after) by which a tile multiplies the old ℓ and o.
    """
    q, kv = map(int, example.split(" × "))
    call = one_head(8, 2, bytes_per_value=8, accumulator_bytes=8, causal=causal)
    rows = {
        name: np.array(of, float)[None, :, None] for name, of in zip("QKV", (Q, K, V), strict=True)
    }
    hbm, scores, steps = Hbm(**rows), np.full((8, 8), -np.inf), []
    for step in walk_flash(hbm, call, Tiles(q, kv)):
        at = slice(step.queries.start, step.queries.stop)
        scores[at, step.keys.start : step.keys.stop] = step.scores[:, 0]
        m, l, o = (part[:, 0] for part in step.after)
        steps.append(
            {
                "rows": [step.queries.start, step.queries.stop],
                "keys": [step.keys.start, step.keys.stop],
                "scale": _short(np.exp(step.before.m[:, 0] - m)),
                "m": _short(m),
                "l": _short(l),
                "o": _short(o),
            }
        )
    return {"scores": _short(scores), "steps": steps, "out": _short(hbm["O"][0, :, 0])}


def _short(array: np.ndarray) -> list[Any]:
    """Return numbers with six decimals, and None where a score is masked."""
    if array.ndim > 1:
        return [_short(row) for row in array]
    return [round(float(x), 6) + 0.0 if np.isfinite(x) else None for x in array]


@cache
def tabulated() -> dict[str, Any]:
    """Return every walk, in the order of the grid's controls."""
    walks = [[walk(example, causal) for causal in GRID["causal"]] for example in GRID["example"]]
    return {"grid": {name: list(values) for name, values in GRID.items()}, "walks": walks}


class TileWalk(Stage):
    """The live widget; `state` holds the controls by the names of the grid, and `cursor`."""

    def grid(self) -> dict[str, Any]:
        """Return the values each control may take."""
        return GRID

    def fallback(self) -> str:
        """Return what each row knows when its last tile has passed by, and its result."""
        found = walk(self.state["example"], self.state["causal"])
        known: dict[int, tuple[str, str]] = {}
        for step in found["steps"]:
            for i, (m, l) in enumerate(zip(step["m"], step["l"], strict=True)):
                known[step["rows"][0] + i] = f"{m:.3f}", f"{l:.3f}"
        rows = [
            (f"q{r}", *known[r], ", ".join(f"{x:.3f}" for x in out))
            for r, out in enumerate(found["out"])
        ]
        mask = "a causal mask" if self.state["causal"] else "no mask"
        caption = (
            f"Eight tokens in tiles of {self.state['example']}, {mask}: m, ℓ and O when all is read"
        )
        return html_table(caption, ("Row", "m", "ℓ", "O = o ÷ ℓ"), rows)


def tile_walk(example: str = "2 × 2", **controls: Any) -> TileWalk:
    """Return the walk over eight tokens; every value must be on the grid.

    `example`: rows of a tile of queries and of keys; `controls`: causal.
    """
    shown = chosen(controls, causal=True)
    return TileWalk(data=tabulated(), state={"example": example, **shown, "cursor": 0})
