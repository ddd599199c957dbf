"""The tiling puzzle: tiles that fit a given SRAM and move the fewest bytes, against the optimum."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from tokenworks.cost.attention import ORDERS, flash_traffic, naive_traffic
from tokenworks.cost.attention_call import AttentionCall, Tiles
from tokenworks.cost.tiles import (
    ON_TPU,
    PLAIN,
    Layout,
    best_tiles,
    tile_sram_bytes,
    tiles_that_fit,
)
from tokenworks.number import Number
from tokenworks.widgets.kit import bytes_text, count_text
from tokenworks.widgets.stage import Stage, html_table

ORDER_LABELS = {"fa2": "queries stay", "fa1": "keys stay"}


@dataclass(frozen=True)
class Level:
    """A puzzle: an attention of one KV head, an SRAM, and the step between tile sizes."""

    label: str
    call: AttentionCall
    sram_bytes: int
    multiple: int
    layout: Layout = PLAIN


def _one_head(queries: int, keys: int, d_head: int, *, causal: bool = False) -> AttentionCall:
    return AttentionCall(
        queries=queries, keys=keys, heads=1, kv_heads=1, d_head=d_head, causal=causal
    )


LEVELS = {
    "long-prompt": Level("A long prompt", _one_head(4096, 4096, 128), 163 * 1024, 32),
    "causal": Level("A causal prompt", _one_head(768, 768, 64, causal=True), 64 * 1024, 32),
    "few-keys": Level("Many queries, few keys", _one_head(8192, 256, 64), 128 * 1024, 32),
    "two-buffers": Level(
        "A TPU’s two buffers", _one_head(16_384, 16_384, 128), 4 * 2**20, 128, ON_TPU
    ),
}


def sizes_of(level: Level) -> tuple[list[int], list[int]]:
    """Return the query and key tiles to choose from: all that fit, and the next larger ones."""
    fitting = tiles_that_fit(
        level.call, level.sram_bytes, multiple=level.multiple, layout=level.layout
    )
    step = level.multiple
    ends = (max(tiles.q for tiles in fitting), max(tiles.kv for tiles in fitting))
    queries, keys = (list(range(step, end + step + 1, step)) for end in ends)
    return queries, keys


def attempt(level: Level, order: Any, tiles: Tiles) -> dict[str, Number]:
    """Return what a choice needs on the chip and moves through HBM."""
    return {
        "sram": tile_sram_bytes(level.call, tiles, layout=level.layout),
        "bytes": flash_traffic(level.call, tiles, order=order).bytes,
    }


def optimum(level: Level) -> tuple[Number, str, Tiles]:
    """Return the fewest bytes that any order and tiles move, and one such choice."""
    found = []
    for order in ORDERS[::-1]:
        tiles = best_tiles(
            level.call,
            level.sram_bytes,
            order=order,
            multiple=level.multiple,
            layout=level.layout,
        )
        found.append((attempt(level, order, tiles)["bytes"], order, tiles))
    return min(found, key=lambda one: one[0])


@cache
def tabulated() -> dict[str, Any]:
    """Return all that the browser looks up: every choice of every level."""
    return {
        "grid": {"puzzle": list(LEVELS), "order": list(ORDER_LABELS)},
        "orders": ORDER_LABELS,
        "puzzles": {name: _puzzle_table(level) for name, level in LEVELS.items()},
    }


def _puzzle_table(level: Level) -> dict[str, Any]:
    queries, keys = sizes_of(level)
    least, order, tiles = optimum(level)

    def over(wanted: Any) -> list[list[Number]]:
        return [[wanted(Tiles(q, kv)) for kv in keys] for q in queries]

    return {
        "label": level.label,
        "says": describe(level),
        "limit": level.sram_bytes,
        "queries": queries,
        "keys": keys,
        "naive": naive_traffic(level.call).bytes,
        "sram": over(lambda tiles: attempt(level, "fa2", tiles)["sram"]),
        "bytes": {
            order: over(lambda tiles, order=order: attempt(level, order, tiles)["bytes"])
            for order in ORDER_LABELS
        },
        "best": {"bytes": least, "order": order, "q": tiles.q, "kv": tiles.kv},
    }


def describe(level: Level) -> str:
    """Return the puzzle in a sentence."""
    call = level.call
    layout = (
        "two buffers for what moves, rows padded to 128 values"
        if level.layout.buffers > 1
        else "one of each tile, O and the scores in it too"
    )
    return (
        f"{count_text(call.queries)} {'causal ' if call.causal else ''}queries, "
        f"{count_text(call.keys)} keys, head dimension {call.d_head}, bf16; "
        f"{bytes_text(level.sram_bytes)} of SRAM for {layout}."
    )


class TilePuzzle(Stage):
    """The live widget; `state` holds the puzzle, the order, the tiles, and the tries so far."""

    def grid(self) -> dict[str, Any]:
        """Return the puzzles and the orders."""
        return {"puzzle": tuple(LEVELS), "order": tuple(ORDER_LABELS)}

    def shown(self) -> dict[str, Any]:
        """Return what the repr says."""
        return {"puzzle": self.state["puzzle"]}

    def fallback(self) -> str:
        """Return the puzzles, and the bytes to beat."""
        puzzles = tabulated()["puzzles"]
        rows = [
            (one["label"], one["says"], bytes_text(one["naive"]), bytes_text(one["best"]["bytes"]))
            for one in puzzles.values()
        ]
        caption = "Choose the order and the tiles that fit and move the fewest bytes through HBM"
        return html_table(caption, ("Puzzle", "Given", "Naive moves", "Optimum"), rows)


def tile_puzzle(puzzle: str = "long-prompt") -> TilePuzzle:
    """Return the puzzle "tile an attention"; its name must be one of the recorded ones."""
    state = {"puzzle": puzzle, "order": "fa2", "q": 0, "kv": 0, "tries": []}
    return TilePuzzle(data=tabulated(), state=state)
