"""The largest chunk of a prompt that keeps the promise to those who are answered beside it."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.picture import named_bars
from tokenworks.checks.plain import Case, list_apart


def _beside(rng: Random) -> Case:
    tokens_per_s = 1000 * rng.randrange(4, 40)
    users = rng.choice([0, rng.randrange(1, 64), rng.randrange(1, 64)])
    chunk = rng.choice([rng.randrange(16, 900), 128, 256, 512])
    limit = (chunk + users + rng.choice([0.25, 0.5, 0.75])) / tokens_per_s
    prompt = rng.choice([chunk * rng.randrange(2, 9), rng.randrange(1000, 9000), chunk // 2])
    return (prompt, users, limit, tokens_per_s)


@exercise(
    2,
    examples=(Example((1000, 28, 0.032, 10_000), "[292, 4]"),),
    cases=(
        (2000, 32, 0.0501, 16_000),
        (4096, 64, 0.0300025, 20_000),
        (400, 16, 0.0500005, 20_000),
        (8192, 0, 0.025601, 20_000),
        (3000, 20, 0.05200001, 10_000),
    ),
    draw=_beside,
    mistakes=(
        Mistake(
            "the users take no part",
            (" - users", ""),
            "Each user who decodes has a token in every step: the chunk gets what is left.",
        ),
        Mistake(
            "rounded down",
            ("-(-prompt_tokens // chunk)", "prompt_tokens // chunk"),
            "What is left over takes a step, too.",
        ),
        Mistake(
            "a step too many",
            ("-(-prompt_tokens // chunk)", "prompt_tokens // chunk + 1"),
            "Where the chunks come out even no further step is needed.",
        ),
        Mistake(
            "longer than the prompt",
            (
                "min(prompt_tokens, int(limit_seconds * tokens_per_s) - users)",
                "int(limit_seconds * tokens_per_s) - users",
            ),
            "A chunk is at most the whole prompt.",
        ),
        Mistake(
            "the limit is passed",
            ("int(limit_seconds * tokens_per_s)", "int(limit_seconds * tokens_per_s) + 1"),
            "The step with the chunk must not take longer than the limit: round down.",
        ),
        Mistake(
            "tokens of the users twice",
            (" - users", " - 2 * users"),
            "A step has one token for each user, besides the chunk.",
        ),
    ),
    unit="tokens",
    distance=list_apart,
    length=2,
    tolerance=0.0,
    picture=named_bars(("chunk", "steps"), ""),
)
def largest_chunk(prompt_tokens, users, limit_seconds, tokens_per_s):
    """The largest chunk.

    A prompt is read in chunks, one in each step. In the same step each of `users` gets a token, and
    waits for the step. The server is bound by arithmetic: a step with n tokens in all takes
    n / `tokens_per_s` seconds. Return a list of two: the largest chunk with which no step takes
    longer than `limit_seconds`, at most the whole prompt, and the number of steps until the prompt
    is read. There is always room for a token at least.

    Example: 1,000 tokens beside 28 users, 0.032 s, 10,000 tokens a second: `[292, 4]`.
    """
    chunk = min(prompt_tokens, int(limit_seconds * tokens_per_s) - users)
    return [chunk, -(-prompt_tokens // chunk)]
