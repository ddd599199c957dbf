"""Question of chapter 08 about the chip's own memory: the largest tile that fits into it."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import count
from typing import Any

from tokenworks.checks.picture import named_bars
from tokenworks.checks.plain import Number, apart
from tokenworks.checks.question import Case, Misconception, Question
from tokenworks.cost.attention_call import AttentionCall, Tiles
from tokenworks.cost.tiles import tile_sram
from tokenworks.units import BINARY

KIB = BINARY["Ki"]


def full_attention(
    tokens: int, d_head: int, *, heads: int = 1, value_bytes: Number = 2
) -> AttentionCall:
    """Return an attention of all tokens to all, with keys and values for every head."""
    return AttentionCall(
        queries=tokens,
        keys=tokens,
        heads=heads,
        kv_heads=heads,
        d_head=d_head,
        bytes_per_value=value_bytes,
        causal=False,
    )


def _parts(case: Case, rows: int) -> dict[str, Number]:
    """Return the bytes of each array of a square tile, by the library's count."""
    d_head, value_bytes, _ = case
    return tile_sram(full_attention(rows, d_head, value_bytes=value_bytes), Tiles(rows, rows))


def _tile(
    case: Case,
    *,
    times: Callable[[str], Number] = lambda name: 1,
    unit: Number = KIB,
    fits: Callable[[Number, Number], bool] = lambda needed, sram: needed <= sram,
    sizes: Callable[[int], int] = lambda step: 1 << step,
    back: int = 1,
) -> list[Number]:
    """Find the largest tile that fits, with each array counted `times` its bytes."""
    one = {name: size * times(name) for name, size in _parts(case, 1).items()}

    def needed(rows: int) -> Number:
        return sum(size * rows ** (1 + (name == "S")) for name, size in one.items())

    over = next(step for step in count() if not fits(needed(sizes(step)), case[2] * unit))
    rows = sizes(over - back)
    return [rows, needed(rows)]


def _largest(*case: Any) -> list[Number]:
    return _tile(case)


def _without(*names: str) -> Callable[..., list[Number]]:
    return lambda *case: _tile(case, times=lambda name: name not in names)


def _narrow(*names: str) -> Callable[..., list[Number]]:
    """Make an answer that counts accumulators at the width of the values."""
    return lambda *case: _tile(case, times=lambda name: case[1] / 4 if name in names else 1)


def _tile_case(rng: random.Random) -> Case:
    d_head, value_bytes = rng.choice([40, 64, 72, 80, 96, 128, 192, 256]), rng.choice([1, 2])
    needed = sum(_parts((d_head, value_bytes, 0), rng.choice([8, 64, 128, 256])).values())
    exact = -(-int(needed) // int(KIB))
    return (d_head, value_bytes, exact + rng.choice([-1, 0, 0, 0, rng.randrange(exact)]))


_FLOAT32 = "o, the scores, and both m and l are added up in float32: 4 bytes a number."
TILE = Question(
    id="08.2",
    title="The largest tile that fits",
    size_hint="about 4 lines",
    oracle=_largest,
    cases=(
        (128, 2, 163),
        (64, 2, 320),
        (128, 2, 225),
        (256, 1, 128),
        (512, 2, 24),
        (96, 2, 500),
    ),
    fresh_case=_tile_case,
    misconceptions=(
        Misconception(
            "the tile of scores is forgotten",
            _without("S"),
            "The scores of the tile have to be somewhere too: B rows of B scores.",
        ),
        Misconception(
            "accumulators as narrow as the values",
            _narrow("O", "S", "m", "l"),
            _FLOAT32,
        ),
        Misconception(
            "accumulators as narrow as the values",
            _narrow("O"),
            _FLOAT32,
        ),
        Misconception(
            "accumulators as narrow as the values",
            _narrow("m", "l"),
            _FLOAT32,
        ),
        Misconception(
            "accumulators as narrow as the values",
            _narrow("S"),
            _FLOAT32,
        ),
        Misconception(
            "one of Q, K and V is forgotten",
            _without("V"),
            "B queries, B keys and B values are on the chip, each a row of d_head numbers.",
        ),
        Misconception(
            "the output is forgotten",
            _without("O"),
            "The output of the tile's queries is added up on the chip: B rows of d_head numbers.",
        ),
        Misconception(
            "m and l are forgotten",
            _without("m", "l"),
            "Each row carries its maximum and its sum: two numbers of 4 bytes.",
        ),
        Misconception(
            "KB for KiB",
            lambda *case: _tile(case, unit=1000),
            "A KiB is 1024 bytes.",
        ),
        Misconception(
            "exactly full does not count",
            lambda *case: _tile(case, fits=lambda needed, sram: needed < sram),
            "A tile that fills the memory to the last byte fits.",
        ),
        Misconception(
            "the first that does not fit",
            lambda *case: _tile(case, back=0),
            "When a size no longer fits, the one before it is the answer.",
        ),
        Misconception(
            "not a power of two",
            lambda *case: _tile(case, sizes=lambda step: step + 1),
            "Double the rows until they do not fit: 1, 2, 4, 8 and so on.",
        ),
        Misconception(
            "scores and probabilities side by side",
            lambda *case: _tile(case, times=lambda name: 1 + (name == "S")),
            "The probabilities overwrite the scores: there is one such tile.",
        ),
    ),
    distance=lambda expected, got: apart(expected[1], got[1]),
    unit="bytes",
    tolerance=0.0,
    answer_unit="",
    picture=named_bars(("rows", "bytes"), ""),
)

QUESTIONS = (TILE,)
