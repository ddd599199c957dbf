"""Right answers about speculation in the styles that learners have: loops, NumPy, fractions."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np


def by_arrays(p, q, rejected):
    left = np.clip(np.subtract(p, q), 0, None)
    return left / left.sum() if left.any() else np.array(p)


def by_what_is_accepted(p, q, rejected):
    """Take away from p what both share."""
    share = [min(a, b) for a, b in zip(p, q, strict=True)]
    missing = sum(p) - sum(share)
    if not any(a > b for a, b in zip(p, q, strict=True)):
        return tuple(p)
    return tuple((a - s) / missing for a, s in zip(p, share, strict=True))


def by_fractions(p, q, rejected):
    left = [Fraction(a) - Fraction(b) if a > b else Fraction(0) for a, b in zip(p, q, strict=True)]
    return [float(x / sum(left)) for x in left] if sum(left) else p


def walk(weights, u):
    order = np.argsort(-np.asarray(weights), kind="stable")
    sums = np.cumsum(np.asarray(weights)[order])
    return int(order[min(int(np.searchsorted(sums, u * sums[-1], side="right")), len(sums) - 1)])


def with_the_next_uniform(drafts, q, p, uniforms):
    """Draw, most probable first, with the uniform behind the one that rejected."""
    texts = []
    for draft, u in zip(drafts, uniforms, strict=True):
        ratios = [p[i][x] / q[i][x] for i, x in enumerate(draft)]
        stands = [u[i] < ratio for i, ratio in enumerate(ratios)]
        kept = stands.index(False) if False in stands else len(draft)
        weights = np.array(p[kept])
        if kept < len(draft):
            weights = np.maximum(weights - q[kept], 0)
        texts.append([*draft[:kept], walk(weights, u[min(kept + 1, len(draft))])])
    return texts


def with_other_numbers(drafts, q, p, uniforms):
    """Draw with a generator of its own."""
    rng, texts = np.random.default_rng(7), []
    for draft, u in zip(drafts, uniforms, strict=True):
        text = []
        for i in range(len(draft)):
            if u[i] > p[i][draft[i]] / q[i][draft[i]]:
                left = np.maximum(np.array(p[i]) - np.array(q[i]), 0)
                text.append(rng.choice(len(left), p=left / left.sum()))
                break
            text.append(draft[i])
        if len(text) == len(draft) and text == draft:
            text.append(rng.choice(len(p[-1]), p=p[-1]))
        texts.append(text)
    return texts


def from_the_last_token_down(drafts, q, p, uniforms):
    """Turn the last uniform round, which is as random."""
    texts = []
    for number in range(len(drafts)):
        at, draft, u = 0, drafts[number], uniforms[number]
        while at < len(draft) and q[at][draft[at]] * u[at] < p[at][draft[at]]:
            at += 1
        left = p[at] if at == len(draft) else by_arrays(p[at], q[at], draft[at])
        texts.append([*draft[:at], walk(np.array(left), 1 - u[-1])])
    return texts


def geometric(alpha, gamma):
    return gamma + 1 if alpha == 1 else (1 - alpha ** (gamma + 1)) / (1 - alpha)


def horner(alpha, gamma):
    tokens = 1
    for _ in range(gamma):
        tokens = 1 + alpha * tokens
    return tokens


def by_lengths(alpha, gamma):
    """Add up each length of a round times its probability."""
    shares = np.array([alpha**n * (1 - alpha) for n in range(gamma)] + [alpha**gamma])
    return np.float64(shares @ np.arange(1, gamma + 2))


def rate_over_rate(alpha, gamma, draft, verify, decode):
    return (horner(alpha, gamma) / (gamma * draft + verify)) / (1 / decode)


def in_passes(alpha, gamma, draft, verify, decode):
    return np.float64(geometric(alpha, gamma)) / (gamma * (draft / decode) + verify / decode)


def by_roots(gamma, draft, verify):
    cost = gamma * draft + verify
    if cost > gamma + 1:
        return None
    roots = np.roots([1.0] * gamma + [1.0 - cost])
    return max(float(r.real) for r in roots if abs(r.imag) < 1e-9)


def by_newton(gamma, draft, verify):
    cost, alpha = gamma * draft + verify, 1.0
    for _ in range(100):
        value = sum(alpha**i for i in range(gamma + 1)) - cost
        alpha -= value / sum(i * alpha ** (i - 1) for i in range(1, gamma + 1))
    return alpha if alpha <= 1 + 1e-12 else None


def one_after_the_other(alpha, draft, batch, table):
    best, gamma = (0.0, 0), 0
    while (gamma + 1) * batch <= table[-1][0]:
        for size, seconds in table:
            if size >= (gamma + 1) * batch:
                rate = batch * geometric(alpha, gamma) / (seconds + draft * gamma)
                if rate > best[0] * (1 + 1e-12):
                    best = (rate, gamma)
                break
        gamma += 1
    return best[1]


def by_tables(alpha, draft, batch, table):
    sizes, seconds = np.array(table).T
    lengths = np.arange(int(sizes[-1]) // batch)
    passes = seconds[np.searchsorted(sizes, batch * (lengths + 1))]
    tokens = np.cumsum(np.power(float(alpha), lengths))
    return np.argmin((lengths * draft + passes) / tokens)


def with_ceil(cached, gamma, accepted, size):
    kept = cached + accepted + 1
    before, after = math.ceil((kept + gamma - accepted) / size), math.ceil(kept / size)
    return (kept, after, before - after)


def block_by_block(cached, gamma, accepted, size):
    blocks = {at // size for at in range(cached + gamma + 1)}
    still = {at // size for at in range(cached + accepted + 1)}
    return np.array([cached + accepted + 1, len(still), len(blocks - still)])


def by_text(ids, gamma, longest):
    """Search strings of characters with rfind."""
    text = "".join(map(chr, ids))
    for n in range(min(longest, len(text) - 1), 0, -1):
        at = text.rfind(text[-n:], 0, len(text) - 1)
        if at >= 0:
            behind = text[at + n :]
            return [ord(behind[i % len(behind)]) for i in range(gamma)]
    return []


def by_a_table(ids, gamma, longest):
    """Note for each run of tokens where it ended last, as an index of n-grams does."""
    ended = {}
    for end in range(1, len(ids)):
        for n in range(1, min(longest, end) + 1):
            ended[tuple(ids[end - n : end])] = end
    for n in range(min(longest, len(ids)), 0, -1):
        if (end := ended.get(tuple(ids[-n:]))) is not None:
            return tuple(list(ids[end:]) * gamma)[:gamma]
    return []


RIGHT = {
    "10.1": [
        ("NumPy", by_arrays),
        ("less what is shared", by_what_is_accepted),
        ("fractions", by_fractions),
    ],
    "10.2": [
        ("the next uniform, most probable first", with_the_next_uniform),
        ("a generator of its own", with_other_numbers),
        ("one less the uniform", from_the_last_token_down),
    ],
    "10.3": [("closed form", geometric), ("Horner", horner), ("lengths", by_lengths)],
    "10.4": [("rates", rate_over_rate), ("in passes", in_passes)],
    "10.5": [("roots", by_roots), ("Newton", by_newton)],
    "10.6": [("a loop", one_after_the_other), ("NumPy", by_tables)],
    "10.7": [("ceil, a tuple", with_ceil), ("sets of blocks", block_by_block)],
    "10.8": [("rfind", by_text), ("a table", by_a_table)],
}
