"""The Python twin of `_kit.js`: the arithmetic and the formats a widget may use.

`significant` alone has no twin: it rounds what is tabulated, so that the pages stay light.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate

from tokenworks.number import Number
from tokenworks.units import plain, show, show_as


def cumulative(values: Sequence[Number]) -> list[Number]:
    """Return the running sums."""
    return list(accumulate(values))


def ratio(part: Number, whole: Number) -> float:
    """Return part / whole, and 0 where the whole is 0."""
    return 0.0 if whole == 0 else part / whole


def wholes(room: Number, one: Number) -> int:
    """Return how many whole times `one` goes into the room, 0 where there is none."""
    return max(0, math.floor(room / one))


def significant(value: Number, digits: int) -> float:
    """Return a number with so many significant digits, as widgets tabulate it."""
    return float(f"{value:.{digits}g}")


def softmax(scores: Sequence[Number]) -> list[float]:
    """Return exp(score) / sum of exp(score), shifted by the largest score."""
    top = max(scores)
    weights = [math.exp(score - top) for score in scores]
    total = sum_left(weights)
    return [weight / total for weight in weights]


def sum_left(values: Sequence[Number]) -> float:
    """Return the sum added from left to right, as JavaScript adds (Python 3.12's sum does not)."""
    total = 0.0
    for value in values:
        total += value
    return total


def bytes_text(count: Number) -> str:
    """Return a byte count with four digits, in the largest decimal unit that fits."""
    return show_as(count, "bytes") if count else "0 B"


def flops_text(flops: Number) -> str:
    """Return a count of operations with four digits, in the largest unit that fits."""
    return show_as(flops, "flops") if flops else "0 FLOP"


def seconds_text(seconds: Number) -> str:
    """Return a duration with four digits in s, ms, µs or ns."""
    return show_as(seconds, "seconds") if seconds else "0 s"


def short_seconds(seconds: Number) -> str:
    """Return a duration with three digits in s, ms, µs or ns."""
    return seconds_text(significant(seconds, 3))


def short_bytes(count: Number) -> str:
    """Return a byte count with three digits, in the largest decimal unit that fits."""
    return bytes_text(significant(count, 3))


def probability_text(p: Number) -> str:
    """Return a probability in percent, with fixed places so that a column lines up."""
    percent = p * 100
    if percent == 0:
        return "0 %"
    if percent < 0.01:
        return "< 0.01 %"
    return show(p, "%", decimals=1 if percent >= 10 else 2)


def count_text(count: Number) -> str:
    """Return an integer with commas between thousands."""
    return plain(count)


def off_text(guess: Number, truth: Number) -> str:
    """Return in words how far a guess is from the truth, both above 0."""
    far, side = (truth / guess, "low") if guess < truth else (guess / truth, "high")
    if far < 1.005:
        return "exactly right"
    if far < 1.1:
        return f"less than a tenth too {side}"
    return f"{plain(round(far, 1 if far < 10 else None))} times too {side}"
