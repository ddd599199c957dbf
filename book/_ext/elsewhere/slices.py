"""A model of 70 billion parameters on slices of TPU v5e: batches, steps, links and money."""

from functools import cache

from book._ext.elsewhere.entry import Entry
from tokenworks import chip, model_spec, price, worked
from tokenworks.cost import (
    Deployment,
    Option,
    compute_limit_chips,
    kv_bytes,
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
EIGHT_B = Deployment(model_spec("llama-3-8b"), V5E, weights="int8", kv="int8")
INT4 = Deployment(MODEL, V5E, weights="int4", kv="int8")
ALL_INT4 = Deployment(MODEL, V5E, weights="int4", kv="int4")
TOKENS = 8192
BY_TOKENS = decode_compile("llama-3-70b v5e:4x4 int8/int8 32 x 8192 by sequence")


@cache
def full(on: Deployment, shape: str, tokens: int = TOKENS) -> Option:
    """Return a slice with as many sequences of so many tokens as it holds."""
    most = slice_batch(on, shape, context_tokens=tokens)
    return option(on, shape, batch=most, context_tokens=tokens, usd_per_chip_hour=USD)


def batch_of(sequences: int) -> Option:
    """Return sixteen chips with so many sequences of 8,192 tokens in int8."""
    return option(INT8, "4x4", batch=sequences, context_tokens=TOKENS, usd_per_chip_hour=USD)


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
                way=batch_of(120),
            ),
            worked(
                "USD 1.31/million tokens",
                "way.usd_per_million / 10**6",
                way=batch_of(120),
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
        said="Four chips hold 209 sequences of 8,192 tokens of Llama-3 8B in int8, and from 120 on "
        "they are bound by arithmetic.",
        premise="Weights and cache in int8, TPU v5e, multiplied in bf16.",
        slip="A token's cache is taken for half of what it is, and no sequence is taken to read "
        "its own.",
        right=f"They hold {slice_batch(EIGHT_B, '2x2', context_tokens=TOKENS)}: a sequence takes "
        "537 MB of cache. At this length reading it takes longer than multiplying for it, so no "
        "batch is bound by arithmetic.",
        chapter="llama-70b-on-tpu#how-many-at-once",
        numbers=(worked("537 MB", kv_bytes, spec=EIGHT_B.model, tokens=TOKENS, bytes_per_value=1),),
    ),
    Entry(
        said="From 2K to 32K tokens the price of a token triples; from 32 to 120 sequences it "
        "halves.",
        premise=THE_CASE + " Sixteen chips, weights and cache in int8, answers alone; for the "
        "first the memory is filled, for the second there are 8,192 tokens.",
        slip="Nothing is reckoned for the messages between the chips, which grow with the batch.",
        right="Expect 3.8× for the longer context, where the floor has 11×: a short context is "
        "bound by messages. And expect the larger batch to save 33 %, where the floor has 45 %.",
        chapter="llama-70b-on-tpu#what-moves-the-price",
        numbers=(
            *(
                worked(
                    text,
                    f"long.{usd} / short.{usd}",
                    long=full(INT8, "4x4", 32_768),
                    short=full(INT8, "4x4", 2048),
                )
                for text, usd in (("3.8×", "usd_per_million"), ("11×", "floor_usd_per_million"))
            ),
            *(
                worked(text, f"1 - many.{usd} / few.{usd}", many=batch_of(120), few=batch_of(32))
                for text, usd in (("33 %", "usd_per_million"), ("45 %", "floor_usd_per_million"))
            ),
        ),
    ),
    Entry(
        said="Sixteen chips share eight KV heads, so that each layer gathers 134 MB more, "
        "in 1.5 ms, which is manageable.",
        premise="A decode step of Llama-3 70B on a 4x4 of TPU v5e, 8,192 tokens a sequence; that "
        "text takes 64 sequences, the compiler was asked about 32.",
        slip="The cache is not sent. Each chip attends to its own tokens and hands on the result "
        "of one token, which does not grow with the context.",
        right="For 32 sequences the compiler's program exchanges 166 KB a layer for it, so 64 take "
        "333 KB. In all 80 layers 134 MB each would be 119 ms at that text's rate, while the whole "
        "step is expected to take 18.2 ms.",
        chapter="llama-70b-on-tpu#how-many-chips-can-share-a-layer",
        numbers=(
            worked("166 KB", "a_layer_bytes", a_layer_bytes=a_layer_for_heads()),
            worked("333 KB", "2 * a_layer_bytes", a_layer_bytes=a_layer_for_heads()),
            worked("134 MB", "64 * tokens * d_head * 2", tokens=TOKENS, d_head=MODEL.d_head),
            worked("119 ms", "80 * 64 * tokens * d_head * 2 / 90e9", tokens=TOKENS, d_head=128),
            worked("18.2 ms", "step.expected_seconds", step=batch_of(64).step),
        ),
    ),
)
