"""Question of chapter 08 about a causal mask: which tiles it leaves out, and which it cuts."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from tokenworks.checks.metrics_request import list_apart
from tokenworks.checks.picture import named_bars
from tokenworks.checks.question import Case, Misconception, Question

Ends = tuple[int, int]  # the first and the last position of a tile


def _up(length: int, tile: int) -> int:
    return -(-length // tile)


def sort_tiles(
    case: Case,
    *,
    aligned: bool = True,
    sides: Callable[[int, int], int] = _up,
    cut: bool = True,
    skip: Callable[[Ends, Ends], bool] = lambda q, k: k[0] > q[1],
    whole: Callable[[Ends, Ends], bool] = lambda q, k: k[1] <= q[0],
) -> list[int]:
    """Count skipped, masked and whole tiles with a switch for each known mistake."""
    queries, keys, q_tile, kv_tile = case
    before, counts = (keys - queries if aligned else 0), [0, 0, 0]
    for i in range(sides(queries, q_tile)):
        q = (before + i * q_tile, before + min((i + 1) * q_tile, queries) - 1)
        for j in range(sides(keys, kv_tile)):
            end = (j + 1) * kv_tile
            k = (j * kv_tile, (min(end, keys) if cut else end) - 1)
            counts[0 if skip(q, k) else 2 if whole(q, k) else 1] += 1
    return counts


def _sorted(*case: Any) -> list[int]:
    return sort_tiles(case)


def _by_number(*case: Any) -> list[int]:
    """Compare the numbers of tiles, as if both were of one size."""
    queries, keys, q_tile, kv_tile = case
    pairs = [(i, j) for i in range(_up(queries, q_tile)) for j in range(_up(keys, kv_tile))]
    skipped, masked = sum(j > i for i, j in pairs), sum(i == j for i, j in pairs)
    return [skipped, masked, len(pairs) - skipped - masked]


def _scores(*case: Any) -> list[int]:
    """Count scores instead of tiles."""
    queries, keys, _, _ = case
    return sort_tiles((queries, keys, 1, 1))


def _case(rng: random.Random) -> Case:
    q_tile, kv_tile = rng.choice([2, 3, 4, 8, 16]), rng.choice([2, 4, 5, 8, 16])
    queries = q_tile * rng.randrange(2, 6) + rng.choice([0, 0, 1, -1])
    before = rng.choice([0, 0, kv_tile, rng.randrange(1, 40)])
    return (queries, queries + before, q_tile, kv_tile)


CAUSAL = Question(
    id="08.4",
    title="Tiles under a causal mask",
    size_hint="about 8 lines",
    oracle=_sorted,
    cases=(
        (16, 16, 4, 4),
        (12, 12, 4, 2),
        (12, 12, 3, 6),
        (6, 14, 2, 4),
        (10, 10, 4, 4),
        (7, 21, 3, 5),
        (1, 9, 1, 4),
    ),
    fresh_case=_case,
    misconceptions=(
        Misconception(
            "the queries stand at the first keys",
            lambda *case: sort_tiles(case, aligned=False),
            "The queries are the last of the keys: query i stands at position keys - queries + i.",
        ),
        Misconception(
            "the numbers of tiles are compared",
            _by_number,
            "Tiles of queries and of keys may differ in size: compare positions, not tile numbers.",
        ),
        Misconception(
            "judged by the first query",
            lambda *case: sort_tiles(case, skip=lambda q, k: k[0] > q[0]),
            "The last query of a tile sees the most: a tile is skipped when even it sees nothing.",
        ),
        Misconception(
            "a corner that is seen is skipped",
            lambda *case: sort_tiles(case, skip=lambda q, k: k[0] >= q[1]),
            "A query sees the key at its own position: one such score keeps a tile.",
        ),
        Misconception(
            "skipped unless it is whole",
            lambda *case: sort_tiles(case, skip=lambda q, k: k[1] > q[1]),
            "A tile with a single score to see has to be computed.",
        ),
        Misconception(
            "whole by its last query",
            lambda *case: sort_tiles(case, whole=lambda q, k: k[1] <= q[1]),
            "The first query of a tile sees the least: a tile is whole when even it sees all.",
        ),
        Misconception(
            "a corner on the diagonal is masked",
            lambda *case: sort_tiles(case, whole=lambda q, k: k[1] < q[0]),
            "A query sees the key at its own position, so nothing has to be masked there.",
        ),
        Misconception(
            "keys that do not exist",
            lambda *case: sort_tiles(case, cut=False),
            "A last tile may be smaller: only keys below `keys` count.",
        ),
        Misconception(
            "a last tile is lost",
            lambda *case: sort_tiles(case, sides=lambda length, tile: length // tile),
            "Where the length is no multiple of the tile, a smaller tile follows: round up.",
        ),
        Misconception(
            "scores for tiles",
            _scores,
            "Count tiles, not single scores.",
        ),
        Misconception(
            "masked and whole swapped",
            lambda *case: [sort_tiles(case)[at] for at in (0, 2, 1)],
            "First the skipped, then those that need the mask, then those that do not.",
        ),
    ),
    distance=list_apart,
    unit="tiles",
    tolerance=0.0,
    picture=named_bars(("skipped", "masked", "whole"), "tiles"),
)

QUESTIONS = (CAUSAL,)
