"""A causal mask: which tiles it leaves out, and which it cuts."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.picture import named_bars
from tokenworks.checks.plain import Case, list_apart


def _tiled(rng: Random) -> Case:
    q_tile, kv_tile = rng.choice([2, 3, 4, 8, 16]), rng.choice([2, 4, 5, 8, 16])
    queries = q_tile * rng.randrange(2, 6) + rng.choice([0, 0, 1, -1])
    before = rng.choice([0, 0, kv_tile, rng.randrange(1, 40)])
    return (queries, queries + before, q_tile, kv_tile)


ROWS, COLUMNS = "range(keys - queries, keys, q_tile)", "range(0, keys, kv_tile)"
SKIPPED, WHOLE = "k > last_query", "last_key <= q"


@exercise(
    4,
    examples=(
        Example(
            (4, 4, 2, 2),
            "[1, 2, 1]",
            shows=(("Of 4 tiles", lambda q, k, *_: f"Of {q * k // 4} tiles"),),
        ),
    ),
    cases=(
        (16, 16, 4, 4),
        (12, 12, 4, 2),
        (12, 12, 3, 6),
        (6, 14, 2, 4),
        (10, 10, 4, 4),
        (7, 21, 3, 5),
        (9, 9, 3, 2),
        (1, 9, 1, 4),
    ),
    draw=_tiled,
    mistakes=(
        Mistake(
            "the queries stand at the first keys",
            ((ROWS, "range(0, queries, q_tile)"), ("q_tile, keys)", "q_tile, queries)")),
            "The queries are the last of the keys: query i stands at position keys - queries + i.",
        ),
        Mistake(
            "the numbers of tiles are compared",
            (
                (
                    "counts[0 if",
                    "i, j = (q - keys + queries) // q_tile, k // kv_tile\n            counts[0 if",
                ),
                (SKIPPED, "j > i"),
                (WHOLE, "j < i"),
            ),
            "Tiles of queries and of keys may differ in size: compare positions, not tile numbers.",
        ),
        Mistake(
            "judged by the first query",
            (SKIPPED, "k > q"),
            "The last query of a tile sees the most: a tile is skipped when even it sees nothing.",
        ),
        Mistake(
            "a corner that is seen is skipped",
            (SKIPPED, "k >= last_query"),
            "A query sees the key at its own position: one such score keeps a tile.",
        ),
        Mistake(
            "skipped unless it is whole",
            (SKIPPED, "last_key > last_query"),
            "A tile with a single score to see has to be computed.",
        ),
        Mistake(
            "whole by its last query",
            (WHOLE, "last_key <= last_query"),
            "The first query of a tile sees the least: a tile is whole when even it sees all.",
        ),
        Mistake(
            "a corner on the diagonal is masked",
            (WHOLE, "last_key < q"),
            "A query sees the key at its own position, so nothing has to be masked there.",
        ),
        Mistake(
            "keys that do not exist",
            ("min(k + kv_tile, keys)", "k + kv_tile"),
            "A last tile may be smaller: only keys below `keys` count.",
        ),
        Mistake(
            "a last tile is lost",
            (
                (ROWS, "range(keys - queries, keys - q_tile + 1, q_tile)"),
                (COLUMNS, "range(0, keys - kv_tile + 1, kv_tile)"),
            ),
            "Where the length is no multiple of the tile, a smaller tile follows: round up.",
        ),
        Mistake(
            "scores for tiles",
            ("counts = ", "q_tile = kv_tile = 1\n    counts = "),
            "Count tiles, not single scores.",
        ),
        Mistake(
            "masked and whole swapped",
            (f"2 if {WHOLE} else 1", f"1 if {WHOLE} else 2"),
            "First the skipped, then those that need the mask, then those that do not.",
        ),
    ),
    unit="tiles",
    distance=list_apart,
    length=3,
    tolerance=0.0,
    picture=named_bars(("skipped", "masked", "whole"), "tiles"),
)
def causal_tiles(queries, keys, q_tile, kv_tile):
    """Tiles under a causal mask.

    The `queries` are the last of the `keys` positions, and each sees the keys up to its own
    position, its own included. Tiles have `q_tile` queries and `kv_tile` keys, counted from the
    first query and the first key; the last ones may be smaller. Some tiles of scores are all
    masked: the kernel skips them. Some are cut by the mask. In the others every score is seen, so
    the mask need not even be looked at. Return the number of each, a list of three: skipped,
    masked, whole.

    Example: 4 queries, 4 keys, tiles of 2 by 2. Of 4 tiles one is skipped, two are cut by the
    diagonal, one is whole: `[1, 2, 1]`.
    """
    counts = [0, 0, 0]
    for q in range(keys - queries, keys, q_tile):
        last_query = min(q + q_tile, keys) - 1
        for k in range(0, keys, kv_tile):
            last_key = min(k + kv_tile, keys) - 1
            counts[0 if k > last_query else 2 if last_key <= q else 1] += 1
    return counts
