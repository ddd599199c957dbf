"""Distributions to speculate over: small, random, some with zeros."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from tokenworks.speculation.text_law import NextToken, Text


def random_law(seed: int, vocab_size: int, *, zeros: float = 0.3) -> NextToken:
    """Return a language of its own next-token distribution after each text, some tokens barred."""

    def after(text: Text) -> np.ndarray:
        rng = np.random.default_rng([seed, *(token + 1 for token in text)])
        weights = rng.exponential(size=vocab_size) * (rng.random(vocab_size) >= zeros)
        weights[rng.integers(vocab_size)] += 0.5
        return weights / weights.sum()

    return after


def greedy(law: NextToken) -> NextToken:
    """Return the law that always takes the most probable token."""

    def after(text: Text) -> np.ndarray:
        probs = law(text)
        return np.eye(1, probs.size, int(probs.argmax()))[0]

    return after


def distributions(size: int = 6) -> st.SearchStrategy[np.ndarray]:
    """Draw distributions over `size` tokens, with zeros and with extreme ratios."""
    weight = st.one_of(st.just(0.0), st.floats(1e-300, 1.0), st.floats(0.1, 1.0))
    rows = st.lists(weight, min_size=size, max_size=size).filter(lambda row: sum(row) > 0)
    return rows.map(lambda row: np.array(row) / np.sum(row)).filter(
        lambda p: abs(p.sum() - 1) < 1e-9
    )


def largest_gap(law: dict, other: dict) -> float:
    """Return the largest difference between two laws over all texts of either."""
    return max(abs(law.get(text, 0) - other.get(text, 0)) for text in law | other)


Wrong = Callable[[np.ndarray, np.ndarray], np.ndarray]


def from_p(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Draw a rejected token's replacement from p itself: the popular mistake."""
    return p


def scalar_residual(token: int) -> Wrong:
    """Subtract one number, the rejected token's q, from all of p: another printed mistake."""

    def replace(p: np.ndarray, q: np.ndarray) -> np.ndarray:
        left = np.maximum(p - q[token], 0)
        return left / left.sum() if left.sum() > 0 else p

    return replace
