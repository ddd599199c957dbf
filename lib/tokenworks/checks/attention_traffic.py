"""Question of chapter 08 about bytes through HBM: naive attention and flash attention."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from tokenworks.checks.attention_tiles import full_attention
from tokenworks.checks.metrics_request import list_apart
from tokenworks.checks.picture import named_bars
from tokenworks.checks.plain import Number
from tokenworks.checks.question import Case, Misconception, Question
from tokenworks.cost.attention import flash_traffic, naive_traffic
from tokenworks.cost.attention_call import Tiles


def _moved(
    case: Case,
    *,
    passes: Number = 4,
    heads: Callable[[int], int] = lambda heads: heads,
    loads: Callable[[int, int], Number] = lambda tokens, rows: -(-tokens // rows),
    caches: int = 2,
    naive_rows: int = 4,
    bits: int = 8,
) -> list[Number]:
    """Count the bytes of naive and of flash attention with a switch for each known mistake."""
    tokens, d_head, n_heads, bits_per_value, q_tile = case
    each, array = heads(n_heads) * bits_per_value / bits, tokens * d_head
    naive = naive_rows * array + passes * tokens**2
    flash = 2 * array + caches * array * loads(tokens, q_tile)
    return [each * naive, each * flash]


def _bytes(*case: Any) -> list[Number]:
    tokens, d_head, heads, bits, q_tile = case
    call = full_attention(tokens, d_head, heads=heads, value_bytes=bits / 8)
    both = (naive_traffic(call), flash_traffic(call, Tiles(q_tile, q_tile)))
    return [int(traffic.bytes) for traffic in both]


def _traffic_case(rng: random.Random) -> Case:
    q_tile, rest = rng.choice([64, 100, 128, 192, 256]), rng.choice([0, 0, 1, 17, 50])
    tokens = q_tile * rng.randrange(3, 40) + rest
    return (
        tokens,
        rng.choice([64, 96, 128]),
        rng.choice([8, 32, 40, 64]),
        rng.choice([8, 16]),
        q_tile,
    )


TRAFFIC = Question(
    id="08.3",
    title="Bytes through HBM: naive and flash",
    size_hint="about 5 lines",
    oracle=_bytes,
    cases=(
        (4096, 128, 64, 16, 128),
        (1000, 64, 8, 16, 128),
        (16384, 128, 32, 8, 256),
        (129, 64, 12, 16, 128),
        (2048, 96, 16, 32, 64),
    ),
    fresh_case=_traffic_case,
    misconceptions=(
        Misconception(
            "three passes for four",
            lambda *case: _moved(case, passes=3),
            "S is written and read, P is written and read: count both matrices both ways.",
        ),
        Misconception(
            "two passes for four",
            lambda *case: _moved(case, passes=2),
            "S is written and read, P is written and read: count both matrices both ways.",
        ),
        Misconception(
            "one head only",
            lambda *case: _moved(case, heads=lambda heads: 1),
            "Every head has queries, keys, values and scores of its own.",
        ),
        Misconception(
            "keys and values read once",
            lambda *case: _moved(case, loads=lambda tokens, rows: 1),
            "The chip holds one tile of keys at a time: they pass by again for each query tile.",
        ),
        Misconception(
            "keys without values",
            lambda *case: _moved(case, caches=1),
            "Each query tile needs all keys and all values.",
        ),
        Misconception(
            "keys and values for every query",
            lambda *case: _moved(case, loads=lambda tokens, rows: tokens),
            "All rows of a query tile share one reading: divide by the rows of a tile.",
        ),
        Misconception(
            "a last tile is lost",
            lambda *case: _moved(case, loads=lambda tokens, rows: tokens // rows),
            "A last query tile that is not full reads all keys and values too.",
        ),
        Misconception(
            "a tile too many",
            lambda *case: _moved(case, loads=lambda tokens, rows: tokens // rows + 1),
            "Where the tiles come out even, nothing is left over: round up, do not add one.",
        ),
        Misconception(
            "a part of a tile",
            lambda *case: _moved(case, loads=lambda tokens, rows: tokens / rows),
            "A last query tile that is not full reads all keys and values too: round up.",
        ),
        Misconception(
            "only the scores",
            lambda *case: _moved(case, naive_rows=0),
            "Naive attention also reads Q, K and V and writes O, once each.",
        ),
        Misconception(
            "bits for bytes",
            lambda *case: _moved(case, bits=1),
            "The width is in bits and the answer in bytes.",
        ),
        Misconception(
            "flash before naive",
            lambda *case: _bytes(*case)[::-1],
            "First the bytes of naive attention, then those of flash attention.",
        ),
    ),
    distance=list_apart,
    unit="bytes",
    tolerance=1e-9,
    picture=named_bars(("naive", "flash"), "bytes"),
)

QUESTIONS = (TRAFFIC,)
