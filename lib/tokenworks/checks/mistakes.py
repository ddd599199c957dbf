"""Implementations of chapter 02's exercises with a switch for each known mistake.

With no switch set they are right, which a test holds against the model's own functions.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise

import numpy as np

from tokenworks.checks.plain import Number

Pair = tuple[int, int]


def first_seen(counts: Counter[Pair]) -> Pair:
    """Pick the most common pair; of equals the one met first."""
    return max(counts, key=lambda pair: counts[pair])


def merge_step(
    ids: Sequence[int],
    new_id: int,
    *,
    pick: Callable[[Counter[Pair]], Pair] = first_seen,
    once: bool = False,
    from_right: bool = False,
    skip: int = 2,
) -> list[int]:
    """Merge the most common neighbouring pair into a new id."""
    pair = pick(Counter(pairwise(ids)))
    if from_right:
        flipped = merge_step(ids[::-1], new_id, pick=lambda _: (pair[1], pair[0]))
        return flipped[::-1]
    merged: list[int] = []
    at = 0
    while at < len(ids):
        hit = tuple(ids[at : at + 2]) == pair and not (once and new_id in merged)
        merged.append(new_id if hit else ids[at])
        at += skip if hit else 1
    return merged


def softmax_step(
    logits: Sequence[Number],
    temperature: Number,
    *,
    scale: Callable[[Number, Number], Number] = lambda logit, temperature: logit / temperature,
    shift: bool = True,
    greedy: bool = True,
    normalise: bool = True,
) -> list[float]:
    """Turn logits into probabilities at a temperature."""
    if temperature == 0 and greedy:
        return [float(i == logits.index(max(logits))) for i in range(len(logits))]
    scores = [scale(logit, temperature) for logit in logits]
    top = max(scores) if shift else 0.0
    weights = [math.exp(score - top) for score in scores]
    return [weight / sum(weights) for weight in weights] if normalise else weights


def softmax_overflow(logits: Sequence[Number], temperature: Number) -> list[float]:
    """Do what NumPy code without the shift does: inf / inf, which is NaN."""
    if temperature == 0:
        return softmax_step(logits, temperature)
    with np.errstate(all="ignore"):
        weights = np.exp(np.array(logits) / temperature)
        return (weights / weights.sum()).tolist()


def softmax_divided(logits: Sequence[Number], temperature: Number) -> list[float]:
    """Do what NumPy code does at temperature 0: a division by zero, which is NaN in the end."""
    with np.errstate(all="ignore"):
        scores = np.array(logits) / np.float64(temperature)
        weights = np.exp(scores - scores.max())
        return (weights / weights.sum()).tolist()


def nucleus_step(
    probs: Sequence[Number],
    top_p: Number,
    *,
    crossing: bool = True,
    normalise: bool = True,
    ordered: bool = True,
    beyond: bool = False,
) -> list[float]:
    """Keep the smallest set of most probable tokens that reaches top_p."""
    ids = sorted(range(len(probs)), key=lambda i: -probs[i]) if ordered else range(len(probs))
    sums = list(accumulate((probs[i] for i in ids), initial=0.0))
    if crossing:
        limits = [total <= top_p if beyond else total < top_p for total in sums[:-1]]
    else:
        limits = [total <= top_p for total in sums[1:]]
    kept = {i for i, inside in zip(ids, limits, strict=True) if inside}
    masked = [prob if i in kept else 0.0 for i, prob in enumerate(probs)]
    return [prob / sum(masked) for prob in masked] if normalise else masked


def draw_step(
    probs: Sequence[Number],
    u: Number,
    *,
    key: Callable[[Number], Number] = lambda prob: -prob,
    reached: Callable[[Number, Number], bool] = lambda total, u: total > u,
    rank: bool = False,
    offset: int = 0,
) -> int:
    """Walk the candidates and take the first whose cumulative probability exceeds u."""
    ids = sorted(range(len(probs)), key=lambda i: key(probs[i]))
    sums = accumulate(probs[i] for i in ids)
    at = next((at for at, total in enumerate(sums) if reached(total, u)), len(ids) - 1)
    at = min(max(at + offset, 0), len(ids) - 1)
    return at if rank else ids[at]


def stop_step(
    pieces: Sequence[str],
    stops: Sequence[str],
    *,
    alone: bool = False,
    emit: bool = False,
    at_end: bool = False,
    first_listed: bool = False,
    whole_piece: bool = False,
) -> str:
    """Join pieces until a stop string is complete, and cut the text before it."""
    text = ""
    for piece in pieces:
        before, text = text, text + piece
        seen, skipped = (piece, len(before)) if alone else (text, 0)
        hits = [(seen.find(stop), stop) for stop in stops if stop in seen]
        if at_end:
            hits = [(at, stop) for at, stop in hits if seen.endswith(stop)]
        if hits:
            at, stop = hits[0] if first_listed else min(hits)
            return before if whole_piece else text[: skipped + at + (len(stop) if emit else 0)]
    return text


def positions(prompt_tokens: int, output_tokens: int, cached: bool, *, fed: int = 0) -> int:
    """Count the positions that go through the model; `fed` more passes' worth of new tokens."""
    new = output_tokens - 1 + fed
    if cached:
        return prompt_tokens + new
    return output_tokens * prompt_tokens + new * (new + 1) // 2
