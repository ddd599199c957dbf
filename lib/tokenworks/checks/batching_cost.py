"""Questions of chapter 07 about seconds: the cheaper way to make room, the batch within a limit."""

from __future__ import annotations

import math
import random
from typing import Any

from tokenworks.checks.plain import apart
from tokenworks.checks.question import Case, Misconception, Question
from tokenworks.cost.step_time import compute_seconds, decode_step_seconds, flops_per_token


def _costs(*case: Any, trips: int = 2, per_weight: float = 1.0) -> tuple[float, float]:
    """Return the seconds to recompute and to swap."""
    tokens, parameters, kv_bytes, flops_per_s, link_bytes_per_s = case
    flops = tokens * flops_per_token(parameters) * per_weight
    return compute_seconds(flops, flops_per_s), trips * tokens * kv_bytes / link_bytes_per_s


def _less(recompute: float, swap: float, *, sign: int = 1) -> list[Any]:
    return ["recompute", sign * recompute] if recompute <= swap else ["swap", sign * swap]


def _cheaper(*case: Any, **changes: Any) -> list[Any]:
    return _less(*_costs(*case, **changes))


def _preempt_case(rng: random.Random) -> Case:
    parameters, kv_bytes = rng.choice([(8e9, 131_072), (70e9, 327_680), (32e9, 262_144)])
    flops_per_s, tokens = rng.choice([312e12, 989e12, 197e12]), rng.randrange(2, 40) * 256
    even = kv_bytes * flops_per_s / parameters  # both take equally long on this link
    return (tokens, parameters, kv_bytes, flops_per_s, even * rng.choice([0.2, 0.6, 1.4, 1.7, 3.0]))


PREEMPT = Question(
    id="07.7",
    title="Recompute or swap",
    size_hint="about 3 lines",
    oracle=_cheaper,
    cases=(
        (2000, 8e9, 131_072, 989e12, 25e9),
        (2000, 8e9, 131_072, 989e12, 12e9),
        (8000, 70e9, 327_680, 312e12, 25e9),
        (500, 70e9, 327_680, 1979e12, 6e9),
        (4096, 8e9, 131_072, 312e12, 4e9),
    ),
    fresh_case=_preempt_case,
    misconceptions=(
        Misconception(
            "one way only",
            lambda *case: _cheaper(*case, trips=1),
            "What is swapped out has to come back: the bytes cross the link twice.",
        ),
        Misconception(
            "a multiply-add counted once",
            lambda *case: _cheaper(*case, per_weight=0.5),
            "A multiplication and an addition are two operations for each parameter.",
        ),
        Misconception(
            "the dearer of the two",
            lambda *case: _less(*(-seconds for seconds in _costs(*case)), sign=-1),
            "Take the one that costs fewer seconds.",
        ),
        Misconception(
            "always recompute",
            lambda *case: ["recompute", _costs(*case)[0]],
            "Compare the two: with much arithmetic and a fast link the swap is cheaper.",
        ),
        Misconception(
            "always swap",
            lambda *case: ["swap", _costs(*case)[1]],
            "Compare the two: with a slow link it is cheaper to read the text again.",
        ),
        Misconception(
            "the cache of one token",
            lambda *case: _less(_costs(*case)[0], _costs(1, *case[1:])[1]),
            "kv_bytes is for one token: all tokens of the text cross the link.",
        ),
        Misconception(
            "the arithmetic of one token",
            lambda *case: _less(_costs(1, *case[1:])[0], _costs(*case)[1]),
            "All tokens of the text have to pass the model again, not only the last.",
        ),
    ),
    distance=lambda expected, got: apart(expected[1], got[1]),
    unit="seconds",
    answer_unit="",
)


def _within(*case: Any) -> tuple[float, float]:
    """Return the sequences that the time allows and those that the memory allows, cut nowhere."""
    weight_bytes, kv_bytes, bytes_per_s, hbm_bytes, limit_ms = case
    in_time = limit_ms * 1e-3 * bytes_per_s - weight_bytes
    return in_time / kv_bytes, (hbm_bytes - weight_bytes) / kv_bytes


def _limit(*case: Any) -> int:
    return max(0, math.floor(min(_within(*case))))


def _limit_case(rng: random.Random) -> Case:
    weights, kv = rng.choice([16e9, 70e9, 141e9]), rng.randrange(2, 40) * 33_554_432
    bytes_per_s = rng.choice([3.35e12, 4.8e12, 6.7e12])
    spare = rng.randrange(3, 90) + 0.37  # far from a whole number of sequences
    step_ms = 1e3 * decode_step_seconds(weights + spare * kv, bytes_per_s)
    room = spare * rng.choice([0.55, 0.8, 1.6, 2.3])
    hbm_bytes = int(weights + (math.floor(room) + 0.6) * kv)
    if rng.random() < 0.2:  # not even one sequence in time
        step_ms = 0.8e3 * decode_step_seconds(weights, bytes_per_s)
    return (weights, kv, bytes_per_s, hbm_bytes, step_ms)


LIMIT = Question(
    id="07.8",
    title="The largest batch within two limits",
    size_hint="about 3 lines",
    oracle=_limit,
    cases=(
        (16e9, 268_435_456, 3.35e12, 76e9, 12.0),
        (16e9, 268_435_456, 3.35e12, 76e9, 40.0),
        (141e9, 671_088_640, 6.7e12, 152e9, 50.0),
        (70e9, 335_544_320, 3.35e12, 150e9, 25.0),
        (70e9, 335_544_320, 3.35e12, 150e9, 18.0),
    ),
    fresh_case=_limit_case,
    misconceptions=(
        Misconception(
            "the memory is endless",
            lambda *case: max(0, math.floor(_within(*case)[0])),
            "The caches have to fit beside the weights as well: take the tighter limit.",
        ),
        Misconception(
            "the time is endless",
            lambda *case: max(0, math.floor(_within(*case)[1])),
            "All that fits must also be read in time. The limit is in milliseconds, the bandwidth "
            "per second.",
        ),
        Misconception(
            "the looser of the two",
            lambda *case: max(0, math.floor(max(_within(*case)))),
            "Both limits have to hold, so the smaller number decides.",
        ),
        Misconception(
            "the weights are not read",
            lambda *case: math.floor(min(case[4] * 1e-3 * case[2] / case[1], _within(*case)[1])),
            "A step reads all weights once before the caches have their turn.",
        ),
        Misconception(
            "the weights for every sequence",
            lambda *case: math.floor(
                min(case[4] * 1e-3 * case[2] / (case[0] + case[1]), _within(*case)[1])
            ),
            "The weights are read once for the whole batch: that is why batches pay.",
        ),
        Misconception(
            "the weights take no memory",
            lambda *case: max(0, math.floor(min(_within(*case)[0], case[3] / case[1]))),
            "The weights lie in the same memory as the caches.",
        ),
        Misconception(
            "rounded up",
            lambda *case: max(0, math.ceil(min(_within(*case)))),
            "One sequence more would break the limit.",
        ),
        Misconception(
            "fewer than no sequences",
            lambda *case: math.floor(min(_within(*case))),
            "Where not even the weights are read in time, the answer is 0.",
        ),
    ),
    distance=apart,
    unit="sequences",
    tolerance=0.0,
)

QUESTIONS = (PREEMPT, LIMIT)
