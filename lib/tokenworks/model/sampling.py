"""Sampling one token from logits, in NumPy float64 on the host.

The order is temperature, top-k, top-p, min-p, and each filter sees the renormalised survivors of
the one before it, as in `transformers` and vLLM. The draw is an inverse CDF over candidates in
order of descending probability (ties by lower id), so a browser can repeat it digit for digit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from tokenworks.number import Number, make_bounded, make_whole


@dataclass(frozen=True)
class Sampling:
    """How to pick the next token; temperature 0 means greedy."""

    temperature: Number = 1.0
    top_k: int | None = None
    top_p: Number = 1.0
    min_p: Number = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        make_bounded(self, "temperature")
        make_bounded(self, "top_p", most=1, above=True)
        make_bounded(self, "min_p", most=1, below=True)
        if self.top_k is not None:
            make_whole(self, "top_k")
        make_whole(self, "seed", least=0)


def probabilities(logits: Float[np.ndarray, " V"], sampling: Sampling) -> Float[np.ndarray, " V"]:
    """Return the distribution that the next token is drawn from; filtered-out tokens get 0."""
    scores = np.asarray(logits, dtype=np.float64)
    if sampling.temperature == 0:
        return np.eye(1, scores.size, int(scores.argmax()))[0]
    with np.errstate(over="ignore"):  # next to 0 the distance to the best becomes infinite
        weights = np.exp((scores - scores.max()) / sampling.temperature)
    probs = weights / weights.sum()
    if sampling.top_k is not None and sampling.top_k < probs.size:
        probs = _keep(probs, leading(probs, sampling.top_k)[: sampling.top_k])
    if sampling.top_p < 1:
        probs = _keep(probs, _nucleus(probs, sampling.top_p))
    if sampling.min_p > 0:
        probs = _keep(probs, np.flatnonzero(probs >= sampling.min_p * probs.max()))
    return probs


def log_probabilities(logits: Float[np.ndarray, " V"]) -> Float[np.ndarray, " V"]:
    """Return the natural logarithms of the model's own probabilities, before any filter."""
    scores = np.asarray(logits, dtype=np.float64)
    scores = scores - scores.max()
    return scores - np.log(np.exp(scores).sum())


def order(probs: Float[np.ndarray, " candidates"]) -> Int[np.ndarray, " N"]:
    """Return positions by descending probability, ties by lower position."""
    return np.argsort(-probs, kind="stable")


def leading(probs: Float[np.ndarray, " V"], count: int) -> Int[np.ndarray, " candidates"]:
    """Return the start of that order, at least `count` long, without sorting all of it."""
    if count >= probs.size:
        return order(probs)
    width = max(1, probs.size // (4 * count))  # the best of each group: few to partition
    best = probs[: probs.size // width * width].reshape(-1, width).max(axis=1)
    least = np.partition(best, -count)[-count]  # at least `count` are as good
    ids = np.flatnonzero(probs >= least)
    return ids[order(probs[ids])]


def survivors(probs: Float[np.ndarray, " V"]) -> Int[np.ndarray, " candidates"]:
    """Return the ids that can still be drawn, most probable first."""
    alive = np.flatnonzero(probs)
    return alive[order(probs[alive])]


def draw(probs: Float[np.ndarray, " V"], u: Number) -> int:
    """Return the first candidate, most probable first, whose cumulative probability exceeds u."""
    ids, cumulative = _until(probs, u)
    above = np.flatnonzero(cumulative > u)
    if above.size:
        return int(ids[above[0]])
    return int(survivors(probs)[-1])  # the sum may round to just below 1


def _until(
    probs: Float[np.ndarray, " V"], share: Number
) -> tuple[Int[np.ndarray, " candidates"], Float[np.ndarray, " N"]]:
    """Return the best candidates and their running sum, as far as needed to exceed a share."""
    alive = np.flatnonzero(probs)  # filters leave few, and nobody sorts the rest
    values = probs[alive]
    for count in (256, 4096, values.size):
        best = leading(values, count)
        cumulative = np.cumsum(values[best])
        if cumulative[-1] > share:
            break
    return alive[best], cumulative


def _nucleus(probs: Float[np.ndarray, " V"], share: Number) -> Int[np.ndarray, " candidates"]:
    """Return the candidates whose better ones together hold less than a share."""
    ids, cumulative = _until(probs, share)
    above = np.concatenate([[0.0], cumulative[:-1]])
    return ids[above < share]


def _keep(
    probs: Float[np.ndarray, " V"], ids: Int[np.ndarray, " candidates"]
) -> Float[np.ndarray, " V"]:
    kept = np.zeros_like(probs)
    kept[ids] = probs[ids] / probs[ids].sum()
    return kept
