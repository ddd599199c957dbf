"""Prompts beside answers on slices of TPU v5e, and the slices for a rate of requests."""

from functools import cache

from book._ext.elsewhere.entry import Entry
from book._ext.elsewhere.slices import INT8, OFFER, THE_CASE, TOKENS, USD
from tokenworks import worked
from tokenworks.cost import Fleet, Interference, fleet_for, prompt_beside, slice_prompt


@cache
def beside(chunk_tokens: int) -> Interference:
    """Return a prompt of 32,768 tokens beside 32 sequences on sixteen chips."""
    return prompt_beside(
        INT8,
        "4x4",
        prompt_tokens=32_768,
        decodes=32,
        context_tokens=TOKENS,
        chunk_tokens=chunk_tokens,
    )


def served(requests_per_s: int, batch: int) -> Fleet:
    """Return slices of sixteen chips for so many requests of 8,192 and 512 tokens."""
    return fleet_for(
        INT8,
        "4x4",
        requests_per_s=requests_per_s,
        prompt_tokens=TOKENS,
        output_tokens=512,
        batch=batch,
        usd_per_chip_hour=USD,
        busy_share=1,
    )


ENTRIES = (
    Entry(
        said="A prompt of 8,192 tokens takes sixteen chips 0.91 s, at 40 % of their arithmetic.",
        premise="Llama-3 70B with int8 weights on a 4x4 of TPU v5e. Nobody has published such a "
        "time with its length. Two things are assumed: that products reach 60 % of the peak, and "
        "sums half of the links, as they do with messages a hundredth as long.",
        slip="On this slice the longest part is not the arithmetic, but the sums over the links.",
        right="The products alone take at least 0.38 s, the sums at least 0.40 s. Expect 1.44 s, "
        "which is 27 % of the arithmetic; on two slices of eight chips it would be 38 %.",
        chapter="llama-70b-on-tpu#prompts-beside-answers",
        numbers=(
            worked("0.38 s", "prompt.multiply_seconds", prompt=slice_prompt(INT8, "4x4", TOKENS)),
            worked("0.40 s", "prompt.message_seconds", prompt=slice_prompt(INT8, "4x4", TOKENS)),
            worked("1.44 s", "prompt.expected_seconds", prompt=slice_prompt(INT8, "4x4", TOKENS)),
            *(
                worked(
                    share,
                    "prompt.multiply_seconds / prompt.expected_seconds",
                    prompt=slice_prompt(INT8, shape, TOKENS),
                )
                for share, shape in (("27 %", "4x4"), ("38 %", "2x4"))
            ),
        ),
    ),
    Entry(
        said="With prompts of 8,192 tokens and answers of 512, three prefill servers keep one "
        "decode server busy.",
        premise=THE_CASE + " 32 sequences at once, weights and cache in int8.",
        slip="The prompt is timed on sixteen chips and the step on eight.",
        right=f"With sixteen chips for both it is {served(1, 32).ratio:.1f} to one: expect 1.44 s "
        "for a prompt, and 11.8 ms for a step.",
        chapter="llama-70b-on-tpu#a-fleet",
        numbers=(
            worked("1.44 s", "both.prompt.expected_seconds", both=served(1, 32)),
            worked("11.8 ms", "both.decode.expected_seconds", both=served(1, 32)),
        ),
    ),
    Entry(
        said="Read in chunks of 512, a prompt of 32K tokens takes 1.12 s instead of 3.6 s, and "
        "adds half a millisecond to each step.",
        premise=THE_CASE + " 32 sequences decode beside it, all in int8.",
        slip="The same tokens pass through the same matrices. Chunks cannot make them fewer.",
        right="In chunks it takes longer: expect 6.71 s instead of 6.34 s. What gets shorter is "
        "the longest gap of those who decode, from 6.34 s to 116 ms. Already the first chunk turns "
        "an expected step of 11.7 ms into one of 93.4 ms.",
        chapter="llama-70b-on-tpu#prompts-beside-answers",
        numbers=(
            worked("6.71 s", "chunked.first_token_seconds", chunked=beside(512)),
            worked("6.34 s", "whole.first_token_seconds", whole=beside(0)),
            worked("116 ms", "chunked.longest_seconds", chunked=beside(512)),
            worked("11.7 ms", "chunked.plain_seconds", chunked=beside(512)),
            worked("93.4 ms", "first.expected_seconds", first=beside(512).steps[0]),
        ),
    ),
    Entry(
        said="Serving 10,000 requests a second costs about USD 150 million a year.",
        premise=THE_CASE
        + " Prompts of 8,192 and answers of 512 tokens, as in that text; int8, 120 "
        f"sequences at once on a 4x4, {OFFER.kind} on {OFFER.day}, slices that never wait.",
        slip="It is near what the answers alone cost. Prompts of this length take most slices.",
        right="The answers take USD 214 million. With the prompts expect USD 2,644 million.",
        chapter="llama-70b-on-tpu#a-fleet",
        numbers=(
            worked(
                "USD 214 million",
                "answers_usd_per_hour * 365 * 24",
                answers_usd_per_hour=served(10_000, 120).pool_usd_per_hour(
                    served(10_000, 120).decode_slices
                ),
            ),
            worked("USD 2,644 million", "fleet.usd_per_year", fleet=served(10_000, 120)),
        ),
    ),
)
