"""Many users on the same chips."""

from book._ext.elsewhere.entry import Entry
from tokenworks import chip, model_spec, worked
from tokenworks.cost import (
    Deployment,
    critical_batch_at,
    decode_parts,
    decode_seconds,
    kv_read_bytes,
    step_weight_bytes,
)
from tokenworks.worked_number import Worked

EIGHT = Deployment(model_spec("llama-3-8b"), chip("a100-80gb"))
PAGE = 2048


def gain(literal: str, context_tokens: int) -> Worked:
    """Work out how many times as many tokens 32 users get as one."""
    one, all_of_them = (decode_seconds(EIGHT, context_tokens, batch=n) for n in (1, 32))
    formula = "users * alone_seconds / together_seconds"
    return worked(literal, formula, users=32, alone_seconds=one, together_seconds=all_of_them)


def busy(literal: str, users: int) -> Worked:
    """Work out the share of the arithmetic that so many users keep busy."""
    parts = decode_parts(EIGHT, PAGE, batch=users)
    multiplying = parts.matmul + parts.attention
    formula = "multiplying_seconds / step_seconds"
    inputs = {"multiplying_seconds": multiplying, "step_seconds": parts.overlapped}
    return worked(literal, formula, **inputs)


def equal(context_tokens: int) -> float:
    """Return the users whose caches are as large as the weights that a step reads."""
    weights = step_weight_bytes(EIGHT.model, EIGHT.bytes_per_param)
    return weights / kv_read_bytes(EIGHT, context_tokens)


ENTRIES = (
    Entry(
        said="32 users share one reading of the weights: nearly 32 times the throughput, and the "
        "arithmetic goes from 0.6 to 20 % busy.",
        premise="Llama-3 8B in bf16 on one A100, at the floor.",
        slip="It holds for users without a context. Each cache is read for its user alone.",
        right="With 512 tokens each the factor is 28×, with 2,048 tokens 21×, with 8,192 tokens "
        "10×. At 2,048 tokens the arithmetic goes from 0.7 % to 14 %.",
        chapter="batching#why-a-batch-pays",
        numbers=(
            *(gain(text, n) for text, n in (("28×", 512), ("21×", 2048), ("10×", 8192))),
            busy("0.7 %", 1),
            busy("14 %", 32),
        ),
    ),
    Entry(
        said="Price falls in three zones: batch 1 to 4, 8 to 64, and 128 to 512.",
        premise="Llama-3 8B in bf16 on one A100, as an example of what the borders depend on.",
        slip="There are no such numbers without a model, a chip and a context.",
        right="Reading the caches takes as long as reading the weights from "
        f"{equal(8192):.0f} users on at 8,192 tokens, and from {equal(256):.0f} on at 256. There "
        f"arithmetic takes over earlier, at {critical_batch_at(EIGHT, 256)} users, and the zone in "
        "the middle does not exist.",
        chapter="batching#the-batch-frontier",
    ),
    Entry(
        said="Chunked prefill improves the time to the first token.",
        premise="A prompt of 8,192 tokens, read while others decode.",
        slip="Whose first token is not said.",
        right="It improves that of short requests behind a long one. For the long one it is a "
        "price: each chunk reads the weights, and everybody's caches, once more.",
        chapter="batching",
    ),
)
