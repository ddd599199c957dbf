"""Percentiles of a sample: nine ways to name one, from values and from the buckets of a histogram.

The names are NumPy's. A percentile is given in percent: 99 asks for the P99.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from tokenworks.number import Number, bounded, whole

# Where the q-th of n sorted values stands, counted from 0, may fall between two of them.
# Source: Hyndman and Fan, Sample Quantiles in Statistical Packages, and NumPy's `percentile`.
_BETWEEN: dict[str, Callable[[float, int], float]] = {
    "linear": lambda q, n: q * (n - 1),
    "hazen": lambda q, n: q * n - 0.5,
    "weibull": lambda q, n: q * (n + 1) - 1,
    "median_unbiased": lambda q, n: q * (n + 1 / 3) - 2 / 3,
    "interpolated_inverted_cdf": lambda q, n: q * n - 1,
}
_ONE_OF: dict[str, Callable[[float, int], int]] = {
    "inverted_cdf": lambda q, n: math.ceil(_clean(q * n)) - 1,
    "lower": lambda q, n: math.floor(_clean(q * (n - 1))),
    "higher": lambda q, n: math.ceil(_clean(q * (n - 1))),
    "nearest": lambda q, n: round(_clean(q * (n - 1))),
}
METHODS = (*_BETWEEN, *_ONE_OF)


def percentile(values: Sequence[Number], q: Number, *, method: str = "linear") -> float:
    """Return the value below which q percent of a sample lie, by the estimator named.

    `linear` lies between two values of the sample, `inverted_cdf` is one of them: the nearest rank.
    No values, one that is not finite, and a q outside 0 to 100 raise ValueError.
    """
    q = bounded(q, "q", most=100)
    if len(values) == 0:
        raise ValueError("a percentile needs at least one value")
    if not all(map(math.isfinite, values)):
        raise ValueError("a percentile needs finite values")
    ordered, n = sorted(values), len(values)
    if method in _ONE_OF:
        return float(ordered[min(max(_ONE_OF[method](q / 100, n), 0), n - 1)])
    if method not in _BETWEEN:
        raise ValueError(f"unknown estimator {method!r}; known: {', '.join(METHODS)}")
    place = min(max(_clean(_BETWEEN[method](q / 100, n)), 0), n - 1)
    below = math.floor(place)
    above = min(below + 1, n - 1)
    return float(ordered[below] + (place - below) * (ordered[above] - ordered[below]))


def histogram_percentile(bounds: Sequence[Number], counts: Sequence[int], q: Number) -> float:
    """Return the percentile that a dashboard draws from the counts of a histogram's buckets.

    Straight through the bucket it falls into; past the last bound it is that bound. `counts` are
    each bucket's own, one more than `bounds`. Impossible numbers raise ValueError.
    Source: Prometheus, `histogram_quantile`.
    """
    q = bounded(q, "q", most=100)
    bounds = [bounded(bound, "a bound", least=-math.inf) for bound in bounds]
    counts = [whole(count, "a count", least=0) for count in counts]
    if not bounds or bounds != sorted(set(bounds)):
        raise ValueError(f"bounds must rise, got {bounds}")
    if len(counts) != len(bounds) + 1 or sum(counts) < 1:
        raise ValueError("needs one count more than bounds, and at least one value counted")
    rank, seen = q / 100 * sum(counts), 0
    edges = [0, *bounds]
    for low, high, count in zip(edges, bounds, counts, strict=False):
        if count and seen + count >= rank:
            return float(low + (high - low) * (rank - seen) / count)
        seen += count
    return float(bounds[-1])


def rank_interval(n: int, q: Number, *, confidence: float = 0.95) -> tuple[int, int] | None:
    """Return the ranks between which the true percentile lies, counted from 1, or None for few n.

    How many of n samples fall below it is binomial: each tail keeps half of what confidence leaves.
    A q or a confidence that leaves nothing on one side raises ValueError.
    Source: David and Nagaraja, Order Statistics, section 7.1.
    """
    n, share = whole(n, "n"), _inside(q, 100, "q")
    tail = (1 - _inside(confidence, 1, "confidence")) / 2
    below, low, high = 0.0, 0, 0
    for k in range(n + 1):
        below += _binomial(n, k, share)  # the chance of at most k samples below
        if below <= tail:
            low = k + 1
        if below >= 1 - tail:
            high = k + 1
            break
    return (low, high) if low >= 1 and high <= n else None


def samples_to_exceed(q: Number, *, confidence: float = 0.95) -> int:
    """Return how many samples it takes until the largest is beyond the true percentile.

    A q or a confidence that leaves nothing on one side raises ValueError.
    Source: derived: all n are below it with the chance (q/100)^n.
    """
    left = 1 - _inside(confidence, 1, "confidence")
    return math.ceil(math.log(left) / math.log(_inside(q, 100, "q")))


def _inside(value: Number, whole_of: int, name: str) -> float:
    """Return the share that a value is of 100 or 1; nothing and all raise ValueError."""
    return bounded(value, name, most=whole_of, above=True, below=True) / whole_of


def _binomial(n: int, k: int, share: float) -> float:
    ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(ways + k * math.log(share) + (n - k) * math.log1p(-share))


def _clean(place: float) -> float:
    """Undo the rounding of 0.99 × 100, so that a rank on a whole number is that number."""
    return round(place, 9)
