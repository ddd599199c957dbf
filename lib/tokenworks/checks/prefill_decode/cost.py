"""What an output token costs, what a long prompt delays, and what a request is billed."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case


def _decoded(rng: Random) -> Case:
    weights = rng.randrange(14, 200) * 1e9
    bytes_per_s, flops_per_s = rng.choice([(4.1e12, 624e12), (26.8e12, 7915e12), (13e12, 3150e12)])
    cache = rng.choice([rng.randrange(1, 30) * 1e6, rng.randrange(1, 40) * 1e8])
    batch = rng.choice([2, 8, 64, 512, 4096])
    return (weights, cache, bytes_per_s, weights, flops_per_s, batch)


@exercise(
    4,
    examples=(
        Example(
            (100, 10, 1, 20, 1, 2),
            "3 times",
            shows=(
                ("120 seconds", lambda weights, kv, *rest: weights + rest[-1] * kv),
                ("60 for one", lambda weights, kv, *rest: (weights + rest[-1] * kv) / rest[-1]),
            ),
        ),
    ),
    cases=(
        (139e9, 0.34e9, 4.078e12, 139e9, 624e12, 1),
        (139e9, 0.34e9, 26.8e12, 139e9, 7915e12, 32),
        (139e9, 2.7e9, 26.8e12, 139e9, 7915e12, 64),
        (15e9, 0.001e9, 3.35e12, 15e9, 989e12, 600),
        (70e9, 1.3e9, 26.8e12, 139e9, 7915e12, 256),
    ),
    draw=_decoded,
    mistakes=(
        Mistake(
            "the caches are forgotten",
            (" + batch * kv_bytes", ""),
            "A step reads the weights once and the cache of every user.",
        ),
        Mistake(
            "the cache is shared",
            ("batch * kv_bytes", "kv_bytes"),
            "The weights are shared by the batch, a cache is not: every user brings one.",
        ),
        Mistake(
            "the batch is not shared",
            (" / batch", ""),
            "One step yields a token for every user, so its time is divided by the batch.",
        ),
        Mistake(
            "reading and multiplying are added",
            ("max(reading, arithmetic)", "(reading + arithmetic)"),
            "They overlap: the slower of the two sets the time of the step.",
        ),
        Mistake(
            "arithmetic has no limit",
            ("max(reading, arithmetic)", "reading"),
            "At a large batch the arithmetic of all users takes longer than the reading.",
        ),
        Mistake(
            "operations compared, not time",
            ("output_token / (flops_per_token / flops_per_s)", "1 / batch"),
            "The operations of a token are the same in both phases. What differs is the time.",
        ),
        Mistake(
            "an input token, in output tokens",
            (
                "output_token / (flops_per_token / flops_per_s)",
                "flops_per_token / flops_per_s / output_token",
            ),
            "The fraction is upside down: output over input.",
        ),
    ),
    unit="",
)
def output_over_input(weight_bytes, kv_bytes, bytes_per_s, flops_per_token, flops_per_s, batch):
    """An output token, in input tokens.

    A prompt token costs only arithmetic: `flops_per_token` operations at `flops_per_s`. A decode
    step of `batch` users reads the weights (`weight_bytes`) once and a cache of `kv_bytes` for
    every user, at `bytes_per_s`, and does `flops_per_token` operations for every user. Reading and
    arithmetic overlap, so the longer of the two sets the step. The users share the step's time
    evenly. Return the time of an output token divided by the time of an input token.

    Example: 100 bytes of weights, caches of 10 bytes, 1 byte and 1 operation a second, 20
    operations a token and 2 users: 120 seconds for two tokens, 60 for one, 3 times the 20 of an
    input token.
    """
    reading = (weight_bytes + batch * kv_bytes) / bytes_per_s
    arithmetic = batch * flops_per_token / flops_per_s
    output_token = max(reading, arithmetic) / batch
    return output_token / (flops_per_token / flops_per_s)


def _chunked(rng: Random) -> Case:
    prompt = rng.randrange(1000, 40_000)
    chunk = rng.choice([256, 512, 2048, 65_536])
    return (rng.randrange(100, 9000) / 1000, prompt, chunk, rng.randrange(3, 90) / 1000)


@exercise(
    5,
    examples=(Example((2, 100, 25, 0.1), "0.6 seconds"),),
    cases=(
        (0.75, 32768, 512, 0.006),
        (9.4, 32768, 32768, 0.04),
        (0.2, 500, 2048, 0.034),
        (2.0, 9000, 2000, 0.05),
        (0.6, 8192, 256, 0.06),
    ),
    draw=_chunked,
    mistakes=(
        Mistake(
            "the whole prompt at once",
            (" * largest_chunk / prompt_tokens", ""),
            "Only one chunk runs between two decode steps.",
        ),
        Mistake(
            "the decode step is forgotten",
            (" + step_seconds", ""),
            "After the chunk the decode step itself still takes its time.",
        ),
        Mistake(
            "a chunk longer than the prompt",
            ("min(chunk_tokens, prompt_tokens)", "chunk_tokens"),
            "A prompt shorter than a chunk is one short chunk.",
        ),
        Mistake(
            "chunks of equal length",
            ("* largest_chunk / prompt_tokens", "/ -(-prompt_tokens // chunk_tokens)"),
            "Chunks are full but for the last, and the longest gap holds a full one.",
        ),
        Mistake(
            "the longer of the two",
            (("return prefill", "return max(prefill"), (" + step_seconds", ", step_seconds)")),
            "Here they run one after the other, so their times add up.",
        ),
        Mistake(
            "the gaps of all chunks together",
            (
                "* largest_chunk / prompt_tokens + step_seconds",
                "+ step_seconds * -(-prompt_tokens // chunk_tokens)",
            ),
            "That is the time until the whole prompt is read. One gap holds one chunk.",
        ),
    ),
    unit="seconds",
)
def longest_gap_seconds(prefill_seconds, prompt_tokens, chunk_tokens, step_seconds):
    """The gap that a long prompt tears.

    A server writes for its users in decode steps of `step_seconds`. A prompt of `prompt_tokens`
    arrives, whose prefill would take `prefill_seconds` in one piece. The server cuts it into chunks
    of `chunk_tokens`; each token of the prompt takes equally long. Before every decode step it runs
    one chunk, and then the step. Return the longest time, in seconds, that a user waits between two
    tokens.

    Example: a prefill of 2 seconds for 100 tokens, in chunks of 25, and steps of 0.1 seconds: the
    longest gap is 0.6 seconds.
    """
    largest_chunk = min(chunk_tokens, prompt_tokens)
    return prefill_seconds * largest_chunk / prompt_tokens + step_seconds


def _billed(rng: Random) -> Case:
    tokens = (rng.randrange(100, 9000), rng.randrange(100, 9000), rng.randrange(20, 2000))
    return (*tokens, rng.choice([0.1, 0.25, 0.5]), rng.choice([1.5, 2, 3, 4, 5, 8]))


@exercise(
    6,
    examples=(Example((2, 10, 1, 0.1, 3), "0.5"),),
    cases=(
        (3000, 5500, 250, 0.1, 5),
        (8500, 0, 250, 0.1, 5),
        (200, 1000, 800, 0.5, 4),
        (0, 6000, 100, 0.25, 3),
    ),
    draw=_billed,
    mistakes=(
        Mistake(
            "tokens counted, not their price",
            (("cached_rate * ", ""), ("output_rate * ", "")),
            "Weigh each kind of token by its rate before you compare.",
        ),
        Mistake(
            "cached tokens at full price",
            ("cached_rate * ", ""),
            "A cached input token costs cached_rate of a new one.",
        ),
        Mistake(
            "cached tokens are free",
            (" + cached_rate * cached_tokens", ""),
            "A cached input token is cheap, not free: it costs cached_rate of a new one.",
        ),
        Mistake(
            "output over input",
            ("(reading + writing)", "reading"),
            "A share is a part of the whole: divide by the whole bill.",
        ),
        Mistake(
            "the input's share",
            ("return writing", "return reading"),
            "That is what the input costs; the rest is the output.",
        ),
        Mistake(
            "percent for a share",
            ("return writing", "return 100 * writing"),
            "Return a number between 0 and 1.",
        ),
        Mistake(
            "the cost for the share",
            (" / (reading + writing)", ""),
            "That is what the output costs; divide it by the whole bill.",
        ),
    ),
    unit="",
)
def output_share(new_tokens, cached_tokens, output_tokens, cached_rate, output_rate):
    """The output's share of the bill.

    A new input token costs 1. A cached input token costs `cached_rate`, an output token
    `output_rate`. Return which share of the whole bill the output tokens are, between 0 and 1.

    Example: 2 new tokens, 10 cached ones at 0.1 and 1 output token at 3 give 3 / 6 = 0.5.
    """
    reading = new_tokens + cached_rate * cached_tokens
    writing = output_rate * output_tokens
    return writing / (reading + writing)
