"""Online softmax: the state of one query after one more tile."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from math import inf
from random import Random
from typing import Any

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.picture import named_bars
from tokenworks.checks.plain import Case

NONE = -inf  # a masked score, and the maximum of a query that has seen nothing else


def _worst(expected: Sequence[Any], got: Sequence[Any]) -> float:
    """Return the largest difference between two states."""
    pairs = zip(chain(expected[:2], expected[2]), chain(got[:2], got[2]), strict=True)
    return max(0.0 if e == g else abs(e - g) for e, g in pairs)


def _tile(rng: Random) -> Case:
    size, width = rng.randrange(1, 5), rng.randrange(1, 4)
    values = [[round(rng.uniform(-4, 4), 2) for _ in range(width)] for _ in range(size)]
    level = rng.choice([0, 0, 400, -900])
    kind = rng.choice(["first", "rises", "rises", "falls", "later masked", "masked"])
    if kind == "masked":
        return (NONE, 0.0, [0.0] * width, [NONE] * size, values)
    m, l, o = NONE, 0.0, [0.0] * width
    if kind != "first":
        m, l = round(level + rng.uniform(-1, 1), 2), round(rng.uniform(1, 6), 2)
        o = [round(rng.uniform(-5, 5), 2) for _ in range(width)]
    level += {"rises": 4.5, "falls": -4.5}.get(kind, 0.0)
    scores = [round(level + rng.uniform(-3, 3), 2) for _ in range(size)]
    if size > 1 and rng.random() < 0.5:
        scores[rng.randrange(size)] = NONE
    return (m, l, o, [NONE] * size if kind == "later masked" else scores, values)


OLD_L, OLD_O = "exp(m - top) * l", "exp(m - top) * part"
GUARD = "    if top == -inf:\n        return [m, l, o]\n"
RESCALE = (
    "What was added up so far was measured from the old maximum. Multiply it by exp(m - m_new) "
)
UNDIVIDED = "o stays a plain weighted sum until the last tile; only then it is divided by l."
OVERFLOW = (
    "exp overflows for large scores, and vanishes for small ones: subtract the new maximum first."
)
DIVIDED = (
    f"return [top, {OLD_L} + sum(weights), o]",
    f"l_new = {OLD_L} + sum(weights)\n    return [top, l_new, [part / l_new for part in o]]",
)


@exercise(
    1,
    examples=(
        Example(
            (0, 1, [4], [0.6931471805599453], [[1]]),
            "[0.6931, 1.5, [3]]",
            shows=(
                ("log 2", lambda m, l, o, scores, values: f"log {2.71828182846 ** scores[0]:.0f}"),
            ),
        ),
    ),
    cases=(
        (NONE, 0.0, [0.0, 0.0], [-2.5, -0.5, -3.0], [[1.0, 0.0], [2.0, 1.0], [3.0, 4.0]]),
        (1.0, 1.5, [2.0, 1.0], [3.0, 0.0], [[1.0, 2.0], [5.0, 2.0]]),
        (4.0, 2.25, [3.0], [1.0, 2.5, 0.5], [[2.0], [4.0], [1.0]]),
        (999.0, 1.25, [0.5, 2.0], [1001.0, 998.0], [[1.0, 1.0], [3.0, 0.0]]),
        (2.0, 1.75, [1.0], [NONE, 3.5], [[6.0], [2.0]]),
        (2.0, 1.5, [4.0], [NONE, NONE], [[6.0], [2.0]]),
        (NONE, 0.0, [0.0], [NONE, NONE], [[5.0], [7.0]]),
    ),
    draw=_tile,
    mistakes=(
        Mistake(
            "the old sum is not rescaled",
            (OLD_L, "l"),
            f"{RESCALE}before the new exponentials are added: the sum l as well as o.",
        ),
        Mistake(
            "the old output is not rescaled",
            (OLD_O, "part"),
            f"{RESCALE}before the new values are added: o as well as the sum l.",
        ),
        Mistake(
            "nothing old is rescaled",
            ((OLD_L, "l"), (OLD_O, "part")),
            f"{RESCALE}before anything new is added.",
        ),
        Mistake(
            "the rescaling has the wrong sign",
            ((OLD_L, "exp(top - m) * l"), (OLD_O, "exp(top - m) * part")),
            "The maximum only grows, so old parts only shrink: the factor is exp(m - m_new).",
        ),
        Mistake("the output is divided in every tile", DIVIDED, UNDIVIDED),
        Mistake(  # and multiplied again in the next, as the first FlashAttention does
            "the output is divided in every tile",
            (DIVIDED, (OLD_O, "exp(m - top) * l * part")),
            UNDIVIDED,
        ),
        Mistake(
            "the maximum of this tile alone",
            ("max(m, *scores)", "max(scores)"),
            "m is the largest score so far: compare the tile's largest with the old m.",
        ),
        Mistake(
            "the old maximum is kept",
            ("max(m, *scores)", "m"),
            "m is the largest score so far: a larger one in this tile takes its place.",
        ),
        Mistake(
            "the new scores from the old maximum",
            ("exp(score - top)", "exp(score - m)"),
            "Subtract the new maximum from the tile's scores, so that none is above 0.",
        ),
        Mistake("no maximum is subtracted", ("exp(score - top)", "exp(score)"), OVERFLOW),
        Mistake(
            "no maximum is subtracted",
            (("exp(score - top)", "exp(score)"), (OLD_L, "l"), (OLD_O, "part")),
            OVERFLOW,
        ),
        Mistake(
            "the values are not weighted",
            ("weight * value", "value"),
            "Each row of values counts with the exponential of its own score.",
        ),
        Mistake(
            "a masked tile wipes the state out",
            (
                GUARD,
                "    if max(scores) == -inf:\n        return [-inf, 0.0, [0.0] * len(o)]\n",
            ),
            "A tile that is all masked adds nothing: what was seen before it stays.",
        ),
        Mistake(
            "NaN where all is masked",
            (GUARD, ""),
            "Minus infinity minus minus infinity is no number. Where the new maximum is still "
            "minus infinity, nothing has been seen: return the state as it is.",
        ),
    ),
    unit="",
    distance=_worst,
    length=3,
    picture=named_bars(("m", "l", "o"), ""),
)
def update(m, l, o, scores, values):
    """One tile of online softmax.

    One query has looked at some tiles of keys. Its state is `m`, the largest score so far; `l`, the
    sum of `exp(score - m)` over all scores so far; and `o`, a list: the sum of the value rows, each
    times its `exp(score - m)`. Nothing is divided yet: `o / l` is the output after the last tile.
    Now comes one more tile, a list of `scores` and as many rows of `values`. Return the new state,
    a list `[m, l, o]`.

    Before the first tile `m` is `-inf`, `l` is 0 and `o` is all 0. A masked score is `-inf`, and a
    tile may hold nothing else. While a query has seen only masked scores, its state stays as it
    was. Python has `exp` and `inf` in the module `math`.

    Example: `m = 0`, `l = 1`, `o = [4]`, one score of log 2 = 0.6931 with the values `[1]`. The new
    maximum is log 2, so the old sums count half: `[0.6931, 1.5, [3]]`.
    """
    from math import exp, inf

    top = max(m, *scores)
    if top == -inf:
        return [m, l, o]
    weights = [exp(score - top) for score in scores]
    o = [exp(m - top) * part for part in o]
    for weight, row in zip(weights, values, strict=True):
        o = [part + weight * value for part, value in zip(o, row, strict=True)]
    return [top, exp(m - top) * l + sum(weights), o]
