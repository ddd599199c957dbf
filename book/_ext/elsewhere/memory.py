"""Caches and what fits beside the weights."""

from book._ext.elsewhere.entry import Entry
from tokenworks import chip, model_spec, worked
from tokenworks.cost import (
    Deployment,
    budget,
    decode_seconds,
    kv_bytes,
    score_bytes,
    step_weight_bytes,
)
from tokenworks.worked_number import Worked

A100 = chip("a100-80gb")
EIGHT, SEVENTY = model_spec("llama-3-8b"), model_spec("llama-3-70b")
ONE = Deployment(EIGHT, A100)
POOL = 60e9


def fitting(tokens: int) -> int:
    """Return how many conversations of this length a pool of 60 GB holds."""
    return int(POOL // kv_bytes(EIGHT, tokens, bytes_per_value=2))


def in_int4() -> Worked:
    """Work out what a 70B model in 4 bits takes with one conversation and a little runtime."""
    on = Deployment(SEVENTY, chip("rtx-5090"), weights="int4-g128", overhead_bytes=1e9)
    held = budget(on, context_tokens=4096)
    formula = "weight_bytes + kv_bytes + runtime_bytes"
    parts = {"weight_bytes": held.weight_bytes, "kv_bytes": held.kv_bytes}
    return worked("39 GB", formula, **parts, runtime_bytes=held.overhead_bytes)


ENTRIES = (
    Entry(
        said="Llama-3 8B on one A100 writes 140 tokens a second at batch 1 with 2,048 tokens.",
        premise="16-bit weights and cache, the bandwidth of the data sheet.",
        slip="It is faster than the memory can read what a step needs.",
        right="A step reads 15.3 GB of weights and cache. At 2,039 GB/s that takes 7.5 ms, so "
        "133 tokens/s cannot be beaten without guessing several tokens in one pass.",
        chapter="kv-cache",
        numbers=(
            worked(
                "15.3 GB",
                "weight_bytes + cache_bytes",
                weight_bytes=step_weight_bytes(EIGHT, 2),
                cache_bytes=kv_bytes(EIGHT, 2048, bytes_per_value=2),
            ),
            worked("2,039 GB/s", "a100.hbm_bytes_per_s", a100=A100),
            worked("7.5 ms", decode_seconds, on=ONE, context_tokens=2048),
            worked("133 tokens/s", "1 / step_seconds", step_seconds=decode_seconds(ONE, 2048)),
        ),
    ),
    Entry(
        said="A pool of 60 GB holds 234, 58, 14 or 3 conversations of 2K, 8K, 32K or 128K tokens.",
        premise="Llama-3 8B (Llama-3.1 beyond 8,192 tokens), a 16-bit cache.",
        slip="2K is read as 2,000 tokens, and the 131,072 bytes of a token as 128,000.",
        right=f"It holds {fitting(2048)}, {fitting(8192)}, {fitting(32768)} or {fitting(131072)}.",
        chapter="kv-cache",
    ),
    Entry(
        said="A 70B model in INT4 fits on one RTX 5090, if tightly.",
        premise="Llama-3 70B with every weight in 4 bits and its scales, one conversation of 4,096 "
        "tokens, a runtime of one gigabyte.",
        slip="The program behind such tables cuts the fraction off before it divides by the memory "
        "of a card.",
        right="All of it takes 39 GB, and more where some matrices stay in bf16. The driver of an "
        "RTX 5090 reports 34.2 GB (the gigabytes on its box are GiB), which is still too little.",
        chapter="kv-cache",
        numbers=(
            in_int4(),
            worked("34.2 GB", "rtx_5090.usable_bytes", rtx_5090=chip("rtx-5090")),
        ),
    ),
    Entry(
        said="The activations of a prompt are the scores of one layer times the number of layers.",
        premise="Inference with Llama-3 70B, 32 prompts of 8,192 tokens, scores in 16 bits.",
        slip="Layers run one after another, and each takes the room of the one before. Training "
        "keeps them all, inference does not.",
        right="The scores of one layer are the most that is needed at once: 275 GB if they are "
        "written down, and as much again if the softmax's weights get a place of their own. Flash "
        "attention writes neither down.",
        chapter="flash-attention",
        numbers=(worked("275 GB", score_bytes, spec=SEVENTY, tokens=8192, batch=32),),
    ),
)
