"""A model of 70 billion parameters on slices of TPU v5e: batches, steps, links and money."""

from functools import cache

from book._ext.elsewhere.entry import Entry
from tokenworks import chip, model_spec, price, worked
from tokenworks.cost import (
    Deployment,
    Option,
    compute_limit_chips,
    option,
    slice_batch,
    slice_torus,
)
from tokenworks.data import decode_compile
from tokenworks.worked_number import Worked

MODEL, V5E = model_spec("llama-3-70b"), chip("tpu-v5e")
OFFER = price("google-tpu-v5e")
USD = OFFER.usd_per_hour
INT8 = Deployment(MODEL, V5E, weights="int8", kv="int8")
BF16 = Deployment(MODEL, V5E)
INT4 = Deployment(MODEL, V5E, weights="int4", kv="int8")
ALL_INT4 = Deployment(MODEL, V5E, weights="int4", kv="int4")
TOKENS = 8192
BY_TOKENS = decode_compile("llama-3-70b v5e:4x4 int8/int8 32 x 8192 by sequence")


@cache
def full(on: Deployment, shape: str) -> Option:
    """Return a slice with as many sequences of 8,192 tokens as it holds."""
    most = slice_batch(on, shape, context_tokens=TOKENS)
    return option(on, shape, batch=most, context_tokens=TOKENS, usd_per_chip_hour=USD)


def per_chip(literal: str, on: Deployment, shape: str) -> Worked:
    """Work out the tokens/s of a chip of a full slice, as is to be expected."""
    step = full(on, shape).step
    return worked(literal, "step.tokens_per_s_per_chip", step=step)


def over_bf16(literal: str, on: Deployment) -> Worked:
    """Work out how many times as much a chip of four gives as one of sixteen in bf16."""
    rates = {
        "narrow_rate": full(on, "2x2").step.tokens_per_s_per_chip,
        "bf16_rate": full(BF16, "4x4").step.tokens_per_s_per_chip,
    }
    return worked(literal, "narrow_rate / bf16_rate", **rates)


@cache
def ffn_limit(matrices: int) -> float:
    """Return the chips of a 4x8 beyond which messages outlast an FFN of so many matrices."""
    return compute_limit_chips(
        MODEL.d_ff,
        flops_per_s=V5E.peak("bf16"),
        message_bytes_per_s=slice_torus(V5E, "4x8").device_bytes_per_s,
        matrices=matrices,
    )


def a_layer_for_heads() -> float:
    """Return what one layer exchanges because sixteen chips share eight heads, in bytes."""
    return sum(each["operand_bytes"] for each in BY_TOKENS.exchanged if each["devices"] == 2)


THE_CASE = "Llama-3 70B on TPU v5e, 8,192 tokens a sequence; what is expected is fitted to steps "
THE_CASE += "that were measured on sixteen such chips."

ENTRIES = (
    Entry(
        said="Weights in int4 on four chips serve four times as many requests a chip as bf16 on "
        "sixteen.",
        premise=THE_CASE + " As many sequences as memory holds; beside bf16 the cache is in bf16.",
        slip="The caches have to be in int4 as well, and the sentence does not say it.",
        right=f"With caches in int4 the four chips hold {full(ALL_INT4, '2x2').batch} sequences, "
        f"the sixteen {full(BF16, '4x4').batch}: expect 3.9× as many tokens of each chip. With "
        f"caches in int8 the four hold {full(INT4, '2x2').batch}, and it is 2.1×: 252 tokens/s "
        "of each chip, hardly more than the 235 tokens/s of int8 on eight chips.",
        chapter="llama-70b-on-tpu#what-fits-by-the-compiler",
        numbers=(
            over_bf16("3.9×", ALL_INT4),
            over_bf16("2.1×", INT4),
            per_chip("252 tokens/s", INT4, "2x2"),
            per_chip("235 tokens/s", INT8, "2x4"),
        ),
    ),
    Entry(
        said="Doubling the slice from 16 to 32 chips in bf16 gives 3.3 times the throughput of "
        "each chip, or 1.6 times.",
        premise=THE_CASE,
        slip="The step is taken to last as long as reading a full memory. The messages of three "
        "times as many sequences are left out.",
        right="Memory holds 3.1× as many sequences. But the step is expected to grow from 24.9 ms "
        "to 35.1 ms, and there are twice as many chips: each gives 1.1× as much.",
        chapter="llama-70b-on-tpu#what-a-token-costs",
        numbers=(
            worked(
                "3.1×",
                "large / small",
                large=full(BF16, "4x8").batch,
                small=full(BF16, "4x4").batch,
            ),
            worked("24.9 ms", "step.expected_seconds", step=full(BF16, "4x4").step),
            worked("35.1 ms", "step.expected_seconds", step=full(BF16, "4x8").step),
            worked(
                "1.1×",
                "large_rate / small_rate",
                large_rate=full(BF16, "4x8").step.tokens_per_s_per_chip,
                small_rate=full(BF16, "4x4").step.tokens_per_s_per_chip,
            ),
        ),
    ),
    Entry(
        said="At 120 sequences on sixteen chips a million output tokens cost USD 0.77.",
        premise=THE_CASE + f" Weights and cache in int8, {OFFER.provider} in {OFFER.region}, "
        f"{OFFER.kind}, on {OFFER.day}.",
        slip="It is the floor of the step, sold as its time. Nothing is reckoned for messages.",
        right="The floor is USD 0.78/million tokens. Expect USD 1.31/million tokens, and more for "
        "each hour in which the slice waits. The prompts are not in it.",
        chapter="llama-70b-on-tpu#what-a-token-costs",
        numbers=(
            worked(
                "USD 0.78/million tokens",
                "way.floor_usd_per_million / 10**6",
                way=option(INT8, "4x4", batch=120, context_tokens=TOKENS, usd_per_chip_hour=USD),
            ),
            worked(
                "USD 1.31/million tokens",
                "way.usd_per_million / 10**6",
                way=option(INT8, "4x4", batch=120, context_tokens=TOKENS, usd_per_chip_hour=USD),
            ),
        ),
    ),
    Entry(
        said="With two axes of links 26 chips can share the layers of Llama-3 70B.",
        premise="Its FFN on TPU v5e, in bf16, at a large batch.",
        slip="Each axis is taken for a ring with 90 GB/s both ways together. Slices of fewer "
        "than sixteen along an axis have open ends, and a gated FFN has three matrices.",
        right=f"At the corner of a 4x8 two links of 50 GB/s end. By the same formula "
        f"{ffn_limit(2):.1f} chips can share two matrices, and {ffn_limit(3):.1f} can share three.",
        chapter="llama-70b-on-tpu#how-many-chips-can-share-a-layer",
        numbers=(worked("50 GB/s", "corner.link_bytes_per_s", corner=slice_torus(V5E, "4x8")),),
    ),
    Entry(
        said="Sixteen chips share eight KV heads, so that each layer gathers 134 MB more.",
        premise="A decode step of Llama-3 70B on a 4x4 of TPU v5e, 8,192 tokens a sequence; that "
        "text takes 64 sequences, the compiler was asked about 32.",
        slip="The cache is not sent. Each chip attends to its own tokens and hands on the result "
        "of one token, which does not grow with the context.",
        right="For 32 sequences the compiler's program exchanges 166 KB a layer for it, so 64 take "
        "333 KB.",
        chapter="llama-70b-on-tpu#how-many-chips-can-share-a-layer",
        numbers=(
            worked("166 KB", "a_layer_bytes", a_layer_bytes=a_layer_for_heads()),
            worked("333 KB", "2 * a_layer_bytes", a_layer_bytes=a_layer_for_heads()),
        ),
    ),
)
