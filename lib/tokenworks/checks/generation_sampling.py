"""Questions of chapter 02 about sampling: sharpen, filter, draw."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from tokenworks.checks.mistakes import (
    draw_step,
    nucleus_step,
    softmax_divided,
    softmax_overflow,
    softmax_step,
)
from tokenworks.checks.picture import stack
from tokenworks.checks.plain import Number
from tokenworks.checks.question import Case, Misconception, Question
from tokenworks.model.sampling import Sampling, draw, probabilities


def _misplaced(expected: list[Any], got: list[Any]) -> float:
    return sum(abs(e - g) for e, g in zip(expected, got, strict=True)) / 2


def _softmax(logits: Sequence[Number], temperature: Number) -> np.ndarray:
    return probabilities(np.array(logits), Sampling(temperature=float(temperature)))


def _softmax_case(rng: random.Random) -> Case:
    size = rng.choice([1.0, 5.0, 3000.0])
    logits = [round(rng.uniform(-size, size), 2) for _ in range(rng.randrange(3, 8))]
    return (logits, rng.choice([0, 0.5, 0.7, 1.3, 2.0]))


SOFTMAX = Question(
    id="02.2",
    title="Softmax with temperature",
    size_hint="about 5 lines",
    oracle=_softmax,
    cases=(
        ([2.0, 1.0, 0.1], 1.0),
        ([2.0, 1.0, 0.1], 0.5),
        ([8.2, 7.1, 6.9, 6.5, 6.3], 2.0),
        ([1000.0, 999.0, 998.0], 1.0),
        ([0.3, 2.5, 2.5, 1.0], 0),
    ),
    fresh_case=_softmax_case,
    misconceptions=(
        Misconception(
            "multiplied by the temperature",
            lambda logits, t: softmax_step(logits, t, scale=lambda logit, t: logit * t),
            "A high temperature flattens: the logits are divided by it.",
        ),
        Misconception(
            "the temperature has no effect",
            lambda logits, t: softmax_step(logits, t, scale=lambda logit, t: logit),
            "Divide the logits before the exponential; a factor after it cancels in the ratio.",
        ),
        Misconception(
            "large logits overflow",
            lambda logits, t: softmax_step(logits, t, shift=False),
            "Subtract the largest logit first: the ratio is the same and nothing exceeds exp(0).",
        ),
        Misconception(
            "large logits overflow",
            softmax_overflow,
            "Subtract the largest logit first: the ratio is the same and nothing exceeds exp(0).",
        ),
        Misconception(
            "temperature 0 divides by zero",
            lambda logits, t: softmax_step(logits, t, greedy=False),
            "Temperature 0 means greedy: all probability on the largest logit, ties to lower id.",
        ),
        Misconception(
            "temperature 0 divides by zero",
            softmax_divided,
            "Temperature 0 means greedy: all probability on the largest logit, ties to lower id.",
        ),
        Misconception(
            "not normalised",
            lambda logits, t: softmax_step(logits, t, normalise=False),
            "Probabilities add up to 1: divide by the sum of the exponentials.",
        ),
        Misconception(
            "not normalised",
            lambda logits, t: softmax_step(logits, t, normalise=False, shift=False),
            "Probabilities add up to 1: divide by the sum of the exponentials.",
        ),
    ),
    distance=_misplaced,
    unit="of the probability mass",
)


def _random_probs(rng: random.Random) -> list[float]:
    """Cut 1 into multiples of 1/64, whose sums are exact in floating point."""
    cuts = sorted(rng.sample(range(1, 64), k=rng.randrange(2, 7)))
    return [(b - a) / 64 for a, b in zip([0, *cuts], [*cuts, 64], strict=True)]


def _nucleus(probs: Sequence[Number], top_p: Number) -> Any:
    with np.errstate(divide="ignore"):  # log 0 is minus infinity, and its probability 0 again
        return probabilities(np.log(np.array(probs)), Sampling(top_p=float(top_p)))


def _nucleus_case(rng: random.Random) -> Case:
    probs = _random_probs(rng)
    sums = [0.0, *accumulate(sorted(probs, reverse=True))]
    cut = rng.randrange(1, len(probs))
    return (probs, (sums[cut - 1] + sums[cut]) / 2)  # far from a tie between rounding errors


TOP_P = Question(
    id="02.3",
    title="The top-p filter",
    size_hint="about 8 lines",
    oracle=_nucleus,
    cases=(
        ([0.1, 0.4, 0.2, 0.3], 0.6),
        ([0.42, 0.15, 0.12, 0.08, 0.06, 0.17], 0.7),
        ([0.05, 0.9, 0.05], 0.5),
        ([0.25, 0.5, 0.25], 0.5),
        ([0.2, 0.3, 0.4, 0.1], 0.95),
    ),
    fresh_case=_nucleus_case,
    misconceptions=(
        Misconception(
            "the crossing token is left out",
            lambda probs, p: nucleus_step(probs, p, crossing=False),
            "The set must reach p: the token that crosses it still belongs to it.",
        ),
        Misconception(
            "the crossing token is left out",
            lambda probs, p: nucleus_step(probs, p, crossing=False, normalise=False),
            "The set must reach p: the token that crosses it still belongs to it.",
        ),
        Misconception(
            "not renormalised",
            lambda probs, p: nucleus_step(probs, p, normalise=False),
            "What is left must add up to 1 again.",
        ),
        Misconception(
            "not sorted",
            lambda probs, p: nucleus_step(probs, p, ordered=False),
            "Start with the most probable token, whatever its id.",
        ),
        Misconception(
            "nothing is filtered",
            lambda probs, p: list(probs),
            "Tokens outside the set get probability 0.",
        ),
        Misconception(
            "one token too many at the boundary",
            lambda probs, p: nucleus_step(probs, p, beyond=True),
            "A set that reaches p exactly is large enough.",
        ),
        Misconception(
            "probabilities in sorted order",
            lambda probs, p: sorted(nucleus_step(probs, p), reverse=True),
            "Entry i of the answer belongs to token i: put the kept values back in their places.",
        ),
        Misconception(
            "p taken as a threshold for single tokens",
            lambda probs, p: [
                q / sum(r for r in probs if r >= 1 - p) * (q >= 1 - p) for q in probs
            ],
            "p bounds the sum of the kept tokens, not each of them (that is closer to min-p).",
        ),
    ),
    distance=_misplaced,
    unit="of the probability mass",
)


def _draw(probs: Sequence[Number], u: Number) -> int:
    return draw(np.array(probs), u)


def _shares(case: Case, expected: Any, got: Any) -> str:
    probs, u = case
    return stack(sorted(enumerate(probs), key=lambda p: -p[1]), u, chosen=(expected, got))


def _draw_case(rng: random.Random) -> Case:
    return (_random_probs(rng), rng.randrange(64) / 64)


DRAW = Question(
    id="02.4",
    title="The draw",
    size_hint="about 6 lines",
    oracle=_draw,
    cases=(
        ([0.125, 0.625, 0.25], 0.0),
        ([0.125, 0.625, 0.25], 0.5),
        ([0.125, 0.625, 0.25], 0.625),
        ([0.125, 0.625, 0.25], 0.75),
        ([0.125, 0.625, 0.25], 0.9375),
        ([0.25, 0.25, 0.5], 0.75),
    ),
    fresh_case=_draw_case,
    misconceptions=(
        Misconception(
            "candidates in the order of their ids",
            lambda probs, u: draw_step(probs, u, key=lambda prob: 0.0),
            "Walk from the most probable candidate down.",
        ),
        Misconception(
            "candidates from the least probable up",
            lambda probs, u: draw_step(probs, u, key=lambda prob: prob),
            "Walk from the most probable candidate down.",
        ),
        Misconception(
            "reaching u counts as exceeding it",
            lambda probs, u: draw_step(probs, u, reached=lambda total, u: total >= u),
            "The cumulative probability must exceed u: > and not >=.",
        ),
        Misconception(
            "the rank for the id",
            lambda probs, u: draw_step(probs, u, rank=True),
            "The answer is the token's id, its place in the list you were given.",
        ),
        Misconception(
            "always the most probable",
            lambda probs, u: draw_step(probs, 0.0),
            "That is greedy decoding; u decides how far to walk.",
        ),
        Misconception(
            "one candidate too far",
            lambda probs, u: draw_step(probs, u, offset=1),
            "Take the candidate whose own share exceeds u, not the one behind it.",
        ),
        Misconception(
            "one candidate too early",
            lambda probs, u: draw_step(probs, u, offset=-1),
            "Take the candidate whose own share exceeds u, not the one before it.",
        ),
    ),
    distance=lambda expected, got: float(expected != got),
    unit="wrong draws",
    tolerance=0.0,
    answer_unit="",
    picture=_shares,
)

QUESTIONS = (SOFTMAX, TOP_P, DRAW)
