"""What a batch, a context, a cached prefix and spread experts cost, as it is often printed."""

from functools import cache

from book._ext.elsewhere.entry import Entry
from tokenworks import chip, model_spec, price, worked
from tokenworks.cost import (
    BatchPoint,
    Constants,
    Deployment,
    batch_curve,
    break_even_hit_share,
    decode_step,
    engine_plan,
    hit_share,
    limits_of_experts,
    prefill_seconds,
    prefill_step,
    prefix_cost,
)

A100 = chip("a100-80gb")
SEVEN = Deployment(model_spec("llama-2-7b"), A100)
EIGHT = Deployment(model_spec("llama-3-8b"), A100, overhead_bytes=4e9)
SEVENTY = Deployment(model_spec("llama-3-70b"), chip("h100-sxm"), 8)
DEEP = Deployment(model_spec("deepseek-v3"), chip("h200-sxm"), weights="fp8")
USD = price("runpod-a100-80gb").usd_per_hour
FIVE_MINUTES = {"write": 1.25, "read": 0.1}
HITS = (0.85, 0.40)


@cache
def bare() -> list[BatchPoint]:
    """Return one user and as many as fit, of answers alone."""
    given = {"context_tokens": 2048, "usd_per_chip_hour": USD}
    return batch_curve(SEVEN, (1, 67), constants=Constants.fitted(), **given)


def read_seconds(tokens: int) -> float:
    """Return the time in which an A100 reads a prompt with the 8B model, as is to be expected."""
    return prefill_step(engine_plan(EIGHT), tokens, constants=Constants.fitted()).expected_seconds


@cache
def usual_seconds() -> float:
    """Return a step of the 70B model on one server for eight users, as is to be expected."""
    return decode_step(engine_plan(SEVENTY), 8, 2048, constants=Constants.fitted()).expected_seconds


ENTRIES = (
    Entry(
        said="From one user to 128 a token gets 27 times cheaper, and then arithmetic decides.",
        premise="Llama-2 7B in bf16 on one A100, 2,048 tokens each, answers alone.",
        slip="It reads one token of the cache for all of it, so that neither memory nor its "
        "bandwidth ends the fall.",
        right="67 users fit. Up to there a token gets 11.2× cheaper on floors and 12.8×, as is to "
        "be expected. A user's cache takes 0.53 ms to read, and 0.046 ms to multiply: "
        "arithmetic never decides at this length.",
        chapter="economics#the-batch-that-a-promise-allows",
        numbers=(
            worked(
                "11.2×",
                "one.floor_usd_per_million / full.floor_usd_per_million",
                one=bare()[0],
                full=bare()[1],
            ),
            worked(
                "12.8×",
                "one.usd_per_million / full.usd_per_million",
                one=bare()[0],
                full=bare()[1],
            ),
            worked("0.53 ms", "step.parts.kv", step=bare()[0]),
            worked("0.046 ms", "step.parts.matmul + step.parts.attention", step=bare()[0]),
        ),
    ),
    Entry(
        said="At 128K tokens a GPU serves 230 to 290 requests an hour, at USD 0.006 to 0.008.",
        premise="Llama-3.1 8B in bf16 on one A100, three at once, half a minute each.",
        slip="The half minute is assumed. It is hardly longer than the reading of one prompt, and "
        "three prompts share the chip.",
        right="Reading such a prompt takes 20.2 s at least, and 35.5 s as is to be expected.",
        chapter="economics#a-context-is-rented-memory",
        numbers=(
            worked("20.2 s", prefill_seconds, on=EIGHT, prompt_tokens=131_072 - 256),
            worked("35.5 s", "seconds", seconds=read_seconds(131_072 - 256)),
        ),
    ),
    Entry(
        said="A prompt of 80,000 tokens costs ten times as much as eight prompts of 10,000.",
        premise="Llama-3.1 8B in bf16 on one A100, prompts alone.",
        slip="Only attention grows with the square of the length; every matrix is multiplied as "
        "often either way.",
        right="At the floor it takes 2.1× the time, as is to be expected 2.4×.",
        chapter="economics#a-context-is-rented-memory",
        numbers=(
            worked(
                "2.1×",
                "whole_seconds / (8 * piece_seconds)",
                whole_seconds=prefill_seconds(EIGHT, 80_000),
                piece_seconds=prefill_seconds(EIGHT, 10_000),
            ),
            worked(
                "2.4×",
                "whole_seconds / (8 * piece_seconds)",
                whole_seconds=read_seconds(80_000),
                piece_seconds=read_seconds(10_000),
            ),
        ),
    ),
    Entry(
        said="The share of hits fell from 85 % to 40 %, and the bill rose by 35 %.",
        premise="A cache whose writes cost 1.25 and whose reads 0.1 of a new token.",
        slip="The bill is that of the prefix alone, or the prefix is a small part of it.",
        right="A token of the prefix costs 2.9× as much. A bill that rises by so much less has the "
        "prefix as 18 % of it before.",
        chapter="economics#a-prefix-paid-once",
        numbers=(
            worked(
                "2.9×",
                "now / was",
                was=prefix_cost(HITS[0], **FIVE_MINUTES),
                now=prefix_cost(HITS[1], **FIVE_MINUTES),
            ),
            worked(
                "18 %",
                "0.35 / (now / was - 1)",
                was=prefix_cost(HITS[0], **FIVE_MINUTES),
                now=prefix_cost(HITS[1], **FIVE_MINUTES),
            ),
        ),
    ),
    Entry(
        said="Requests come every ten minutes and the cache lives for five: caching is a loss.",
        premise="Requests at random, ten minutes apart on average; each use starts the time again.",
        slip="A mean of ten minutes has many short gaps.",
        right="39 % of requests find the prefix, and from 21.7 % on the five minutes pay.",
        chapter="economics#a-prefix-paid-once",
        numbers=(
            worked("39 %", hit_share, calls_per_s=1 / 600, ttl_seconds=300),
            worked("21.7 %", break_even_hit_share, **FIVE_MINUTES),
        ),
    ),
    Entry(
        said="A mixture of 671 billion parameters reads only the 37 billion that are active.",
        premise="DeepSeek-V3 in FP8 on eight H200, 256 users in a step.",
        slip="True of one token. Each of 256 tokens chooses experts of its own.",
        right="Nearly all experts are read, which takes 21.4 ms at least. The active parameters "
        "alone would take 0.95 ms.",
        chapter="economics#experts-and-pools",
        numbers=tuple(
            worked(
                literal,
                formula,
                limits=limits_of_experts(DEEP, 8, batch=256, context_tokens=2048),
            )
            for literal, formula in (
                ("21.4 ms", "limits.bandwidth_seconds"),
                ("0.95 ms", "limits.active_reading_seconds"),
            )
        ),
    ),
    Entry(
        said="Five milliseconds on each message make a 70B model ten times slower.",
        premise="Llama-3 70B over two servers as one group; its step on one server of eight H100.",
        slip="A token waits for 161 sums, one after another.",
        right="The sums alone wait 0.81 s for a token, beside an expected step of 10.5 ms: 78×.",
        chapter="economics#experts-and-pools",
        numbers=(
            worked("0.81 s", "sums * each_seconds", sums=161, each_seconds=0.005),
            worked("10.5 ms", "seconds", seconds=usual_seconds()),
            worked(
                "78×",
                "(usual_seconds + sums * each_seconds) / usual_seconds",
                usual_seconds=usual_seconds(),
                sums=161,
                each_seconds=0.005,
            ),
        ),
    ),
)
