"""Question of chapter 08 about online softmax: a row's state after one more tile."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

import numpy as np

from tokenworks.checks.picture import named_bars
from tokenworks.checks.question import Case, Misconception, Question

NONE = -math.inf  # a masked score, and the maximum of a row that has seen nothing else
Factor = Callable[[float, float], float]  # of the old and the new maximum


def _rescale(old: float, new: float) -> float:
    return math.exp(old - new)


def _kept(old: float, new: float) -> float:
    return 1.0


def update(
    case: Case,
    *,
    of_l: Factor = _rescale,
    of_o: Factor = _rescale,
    top: Callable[[float, Sequence[float]], float] = lambda m, scores: max(m, *scores),
    shift: Callable[[float, float], float] = lambda old, new: new,
    weigh: Callable[[float], float] = lambda weight: weight,
    finish: Callable[[float, float, list[float]], list[float]] = lambda l, l_new, o: o,
) -> list[Any]:
    """Take one tile into a row's state, with a switch for each known mistake."""
    m, l, o, scores, values = case
    m_new = top(m, scores)
    if m_new == NONE:
        return [m, l, o]
    weights = [math.exp(score - shift(m, m_new)) for score in scores]
    l_new = of_l(m, m_new) * l + sum(weights)
    o_new = [
        of_o(m, m_new) * old
        + sum(weigh(w) * row[at] for w, row in zip(weights, values, strict=True))
        for at, old in enumerate(o)
    ]
    return [m_new, l_new, finish(l, l_new, o_new)]


def _update(*case: Any) -> list[Any]:
    return update(case)


def _unguarded(*case: Any) -> list[Any]:
    """Do what code without a guard does where all is masked: -inf - -inf, which is NaN."""
    m, l, o, scores, values = (np.array(part, dtype=float) for part in case)
    top = np.maximum(m, scores.max())
    with np.errstate(all="ignore"):
        weights, scale = np.exp(scores - top), np.exp(m - top)
        return [
            float(top),
            float(scale * l + weights.sum()),
            (scale * o + weights @ values).tolist(),
        ]


def _normalised(*case: Any) -> list[Any]:
    """Keep the finished output instead, as the first FlashAttention does."""
    m, l, o, scores, values = case
    m_new, l_new, o_new = update((m, l, [l * part for part in o], scores, values))
    return [m_new, l_new, [part / l_new if l_new else 0.0 for part in o_new]]


def _worst(expected: Sequence[Any], got: Sequence[Any]) -> float:
    """Return the largest difference between two states."""
    pairs = zip(chain(expected[:2], expected[2]), chain(got[:2], got[2]), strict=True)
    return max(0.0 if e == g else abs(e - g) for e, g in pairs)


def _scores(rng: random.Random, level: float, size: int) -> list[float]:
    return [round(level + rng.uniform(-3, 3), 2) for _ in range(size)]


def _case(rng: random.Random) -> Case:
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
    shift = {"rises": 4.5, "falls": -4.5}.get(kind, 0.0)
    scores = _scores(rng, level + shift, size)
    if size > 1 and rng.random() < 0.5:
        scores[rng.randrange(size)] = NONE
    return (m, l, o, [NONE] * size if kind == "later masked" else scores, values)


_OLD = "What was added up so far was measured from the old maximum. Multiply it by exp(m - m_new) "
_OVERFLOW = (
    "exp overflows for large scores, and vanishes for small ones: subtract the new maximum first."
)
ONLINE = Question(
    id="08.1",
    title="One tile of online softmax",
    size_hint="about 8 lines",
    oracle=_update,
    cases=(
        (NONE, 0.0, [0.0, 0.0], [-2.5, -0.5, -3.0], [[1.0, 0.0], [2.0, 1.0], [3.0, 4.0]]),
        (1.0, 1.5, [2.0, 1.0], [3.0, 0.0], [[1.0, 2.0], [5.0, 2.0]]),
        (4.0, 2.25, [3.0], [1.0, 2.5, 0.5], [[2.0], [4.0], [1.0]]),
        (999.0, 1.25, [0.5, 2.0], [1001.0, 998.0], [[1.0, 1.0], [3.0, 0.0]]),
        (2.0, 1.75, [1.0], [NONE, 3.5], [[6.0], [2.0]]),
        (2.0, 1.5, [4.0], [NONE, NONE], [[6.0], [2.0]]),
        (NONE, 0.0, [0.0], [NONE, NONE], [[5.0], [7.0]]),
    ),
    fresh_case=_case,
    misconceptions=(
        Misconception(
            "the old sum is not rescaled",
            lambda *case: update(case, of_l=_kept),
            f"{_OLD}before the new exponentials are added: the sum l as well as o.",
        ),
        Misconception(
            "the old output is not rescaled",
            lambda *case: update(case, of_o=_kept),
            f"{_OLD}before the new values are added: o as well as the sum l.",
        ),
        Misconception(
            "nothing old is rescaled",
            lambda *case: update(case, of_l=_kept, of_o=_kept),
            f"{_OLD}before anything new is added.",
        ),
        Misconception(
            "the rescaling has the wrong sign",
            lambda *case: update(
                case, of_l=lambda old, new: _rescale(new, old), of_o=lambda a, b: _rescale(b, a)
            ),
            "The maximum only grows, so old parts only shrink: the factor is exp(m - m_new).",
        ),
        Misconception(
            "the output is divided in every tile",
            lambda *case: update(case, finish=lambda l, l_new, o: [part / l_new for part in o]),
            "o stays a plain weighted sum until the last tile; only then it is divided by l.",
        ),
        Misconception(
            "the output is divided in every tile",
            _normalised,
            "o stays a plain weighted sum until the last tile; only then it is divided by l.",
        ),
        Misconception(
            "the maximum of this tile alone",
            lambda *case: update(case, top=lambda m, scores: max(scores)),
            "m is the largest score so far: compare the tile's largest with the old m.",
        ),
        Misconception(
            "the old maximum is kept",
            lambda *case: update(case, top=lambda m, scores: m),
            "m is the largest score so far: a larger one in this tile takes its place.",
        ),
        Misconception(
            "the new scores from the old maximum",
            lambda *case: update(case, shift=lambda old, new: old),
            "Subtract the new maximum from the tile's scores, so that none is above 0.",
        ),
        Misconception(
            "no maximum is subtracted",
            lambda *case: update(case, shift=lambda old, new: 0.0),
            _OVERFLOW,
        ),
        Misconception(
            "no maximum is subtracted",
            lambda *case: update(case, of_l=_kept, of_o=_kept, shift=lambda old, new: 0.0),
            _OVERFLOW,
        ),
        Misconception(
            "the values are not weighted",
            lambda *case: update(case, weigh=lambda weight: 1.0),
            "Each row of values counts with the exponential of its own score.",
        ),
        Misconception(
            "a masked tile wipes the state out",
            lambda *case: (
                [NONE, 0.0, [0.0] * len(case[2])] if max(case[3]) == NONE else update(case)
            ),
            "A tile that is all masked adds nothing: what was seen before it stays.",
        ),
        Misconception(
            "NaN where all is masked",
            _unguarded,
            "Minus infinity minus minus infinity is no number. Where the new maximum is still "
            "minus infinity, nothing has been seen: return the state as it is.",
        ),
    ),
    distance=_worst,
    unit="",
    picture=named_bars(("m", "l", "o"), ""),
)

QUESTIONS = (ONLINE,)
