"""Making room: the cheaper way to preempt a request."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case, apart


def _preempted(rng: Random) -> Case:
    parameters, kv_bytes = rng.choice([(8e9, 131_072), (70e9, 327_680), (32e9, 262_144)])
    flops_per_s, tokens = rng.choice([312e12, 989e12, 197e12]), rng.randrange(2, 40) * 256
    even = kv_bytes * flops_per_s / parameters  # both take equally long on this link
    return (tokens, parameters, kv_bytes, flops_per_s, even * rng.choice([0.2, 0.6, 1.4, 1.7, 3.0]))


@exercise(
    7,
    examples=(
        Example(
            (10, 1000, 100, 1e6, 1e6),
            '["swap", 0.002]',
            shows=(("0.02 s", lambda *case: 2 * case[1] * case[0] / case[3]),),
        ),
    ),
    cases=(
        (2000, 8e9, 131_072, 989e12, 25e9),
        (2000, 8e9, 131_072, 989e12, 12e9),
        (8000, 70e9, 327_680, 312e12, 25e9),
        (500, 70e9, 327_680, 1979e12, 6e9),
        (4096, 8e9, 131_072, 312e12, 1e9),
    ),
    draw=_preempted,
    mistakes=(
        Mistake(
            "one way only",
            ("2 * kv_bytes", "kv_bytes"),
            "What is swapped out has to come back: the bytes cross the link twice.",
        ),
        Mistake(
            "a multiply-add counted once",
            ("2 * parameters", "parameters"),
            "A multiplication and an addition are two operations for each parameter.",
        ),
        Mistake("the dearer of the two", ("<=", ">"), "Take the one that costs fewer seconds."),
        Mistake(
            "always recompute",
            ("recompute <= swap", "True"),
            "Compare the two: with much arithmetic and a fast link the swap is cheaper.",
        ),
        Mistake(
            "always swap",
            ("recompute <= swap", "False"),
            "Compare the two: with a slow link it is cheaper to read the sequence again.",
        ),
        Mistake(
            "the cache of one token",
            ("kv_bytes * tokens", "kv_bytes"),
            "kv_bytes is for one token: all tokens of the sequence cross the link.",
        ),
        Mistake(
            "the arithmetic of one token",
            ("parameters * tokens", "parameters"),
            "All tokens of the sequence have to pass the model again, not only the last.",
        ),
    ),
    unit="seconds",
    distance=lambda expected, got: apart(expected[1], got[1]),
    length=2,
    answer_unit="",
)
def make_room(tokens, parameters, kv_bytes, flops_per_s, link_bytes_per_s):
    """Recompute or swap.

    Memory is short, and a request with `tokens` tokens in the cache must give up its place for a
    while. Either its cache is thrown away and later computed again: two operations for each of the
    `parameters` and each token, at `flops_per_s`. (Attention is left out, and the weights are read
    in that step anyway.) Or its cache, `kv_bytes` for each token, is copied to the host and later
    back, at `link_bytes_per_s` each way. Return a list of two: the word `"recompute"` or `"swap"`,
    whichever takes less time, and its seconds.

    Example: 10 tokens, 1,000 parameters, 1e6 operations/s: 0.02 s. With 100 bytes a token and a
    link of 1e6 bytes/s the two copies take 0.002 s: `["swap", 0.002]`.
    """
    recompute = 2 * parameters * tokens / flops_per_s
    swap = 2 * kv_bytes * tokens / link_bytes_per_s
    return ["recompute", recompute] if recompute <= swap else ["swap", swap]
