"""Attention, written down and in tiles."""

from dataclasses import replace

from book._ext.elsewhere.entry import Entry
from tokenworks import chip, model_spec, worked
from tokenworks.cost import (
    AttentionCall,
    Tiles,
    call_of,
    flash_backward_traffic,
    flash_traffic,
    naive_backward_traffic,
    naive_traffic,
    score_bytes,
)
from tokenworks.data import attention_speeds, cores, level
from tokenworks.worked_number import Worked

LLAMA, A100, H100 = model_spec("llama-3-70b"), chip("a100-80gb"), chip("h100-sxm")
SPEEDS = {each.name: each for each in attention_speeds()}
ISSUE = "https://github.com/Dao-AILab/flash-attention/issues/741"
FIRST, SECOND, THIRD = (
    f"https://arxiv.org/abs/{number}" for number in ("2205.14135", "2307.08691", "2407.08608")
)
TILE = {"queries": 256, "keys": 256, "D": 128}
ALONE = replace(call_of(LLAMA, 4096, 4096), share_kv=False)  # each head reads its keys itself
GPT2 = AttentionCall(
    queries=1024, keys=1024, heads=16, kv_heads=16, d_head=64, batch=64, causal=False
)


def written(literal: str, layers: int) -> Worked:
    """Work out how long the square of scores takes to pass four times."""
    formula = "layers * 4 * S_bytes / hbm_bytes_per_s"
    square = score_bytes(LLAMA, 4096)
    return worked(literal, formula, layers=layers, S_bytes=square, **rate())


def rate() -> dict[str, float]:
    """Return the bandwidth of the A100 as an input of a formula."""
    return {"hbm_bytes_per_s": A100.hbm_bytes_per_s}


def share(literal: str, tokens: int, seconds: float) -> Worked:
    """Work out the share of the A100's peak that a layer's products in this time amount to."""
    products = naive_traffic(replace(ALONE, queries=tokens, keys=tokens)).flops
    formula = "product_flops / (seconds * flops_per_s)"
    inputs = {"product_flops": products, "seconds": seconds, "flops_per_s": A100.peak()}
    return worked(literal, formula, **inputs)


def reported(literal: str, name: str, field: str = "share_high") -> Worked:
    """Show a share of the peak that the authors of a kernel report."""
    return worked(literal, f"kernel.{field}", kernel=SPEEDS[name])


def in_fp8(literal: str, name: str) -> Worked:
    """Work out the share of the H100's FP8 peak that a kernel in FP8 is reported to reach."""
    formula = "kernel.flops_per_s / peak_flops_per_s"
    return worked(literal, formula, kernel=SPEEDS[name], peak_flops_per_s=H100.fp8_flops_per_s)


def both_ways(literal: str, forward: int, backward: int) -> Worked:
    """Work out the operations of one attention, there and back."""
    formula = "forward_flops + backward_flops"
    return worked(literal, formula, forward_flops=forward, backward_flops=backward)


ENTRIES = (
    Entry(
        said="128,000 tokens squared, two bytes each: 32 GB for the scores of a layer.",
        premise="Llama-3 70B (Llama-3.1 at this length), 64 heads, scores in 16 bits, written down "
        "whole.",
        slip="A layer has a square for each of its heads, and this is one of them.",
        right="One head has 32.8 GB of scores, and one layer 2.1 TB. That is all that is held at "
        "once: the next layer takes the same room.",
        chapter="flash-attention#a-matrix-that-nobody-asked-for",
        numbers=(
            worked("32.8 GB", "tokens**2 * bytes_per_value", tokens=128_000, bytes_per_value=2),
            worked("2.1 TB", score_bytes, spec=LLAMA, tokens=128_000),
        ),
    ),
    Entry(
        said="Naive attention writes its scores once and reads them twice: three passes, 6.4 GB a "
        "layer, 3.2 ms, or 256 ms for 80 layers.",
        premise="Llama-3 70B, a prompt of 4,096 tokens, 16 bits, on one A100: one kernel for the "
        "scores, one for the softmax, one for the values.",
        slip="The softmax writes, too. Three passes are what a compiler can make of it that merges "
        "kernels.",
        right="The scores are written and read, and so are the weights that the softmax makes of "
        "them: four passes, 8.6 GB a layer. That takes 4.2 ms at least, and 337 ms for 80 layers.",
        chapter="flash-attention#four-trips-to-memory",
        numbers=(
            worked("8.6 GB", "4 * S_bytes", S_bytes=score_bytes(LLAMA, 4096)),
            written("4.2 ms", 1),
            written("337 ms", 80),
        ),
    ),
    Entry(
        said="A tile of 256 queries by 256 keys fits into SRAM.",
        premise="Heads of 128 numbers, inputs in 16 bits, sums in 32 bits, one core of an A100.",
        slip="The tile of scores was counted, and not what it is made of and what it is added to.",
        right="The tile's scores and its unfinished output take 386 KiB, and the registers of a "
        "core hold 256 KiB. Queries, keys and values take 192 KiB more, and a kernel may fill "
        "163 KiB of shared memory. A TPU v5e, with 134.2 MB for its core, holds such a tile.",
        chapter="flash-attention#what-must-fit",
        numbers=(
            worked("386 KiB", "4 * queries * (keys + D + 2)", **TILE),  # S, O, m and l
            worked("192 KiB", "2 * (queries + 2 * keys) * D", **TILE),
            worked(
                "256 KiB",
                "registers.capacity_bytes / registers.count",
                registers=level("a100-80gb-registers"),
            ),
            worked("163 KiB", "sram.program_bytes", sram=level("a100-80gb-l1")),
            worked("134.2 MB", "vmem.capacity_bytes", vmem=level("tpu-v5e-vmem")),
        ),
    ),
    Entry(
        said="Attention takes 15 ms a layer at 4,096 tokens and 240 ms at 16,384; with flash "
        "attention 4 ms and 30 ms. The longer the text, the larger the gain.",
        premise="A layer of 64 heads of 128 numbers on an A100, without a mask. Where such figures "
        "go round, the heads and the mask are often not said.",
        slip="Four times the tokens are sixteen times the products, with flash attention as "
        "without. In these figures it takes less than eight times as long.",
        right="The first time of flash attention would be 44 % of the chip's peak, the second "
        "94 %; the best that its author reports is 73 %. At the floor the gain stays: both ways "
        "grow with the square, and the ratio stays at 2.4×, or twice that where a mask lets flash "
        "attention leave out half. What grows is the memory that is saved.",
        chapter="flash-attention#four-trips-to-memory",
        numbers=(
            share("44 %", 4096, 0.004),
            share("94 %", 16_384, 0.030),
            reported("73 %", "flash-2"),
            worked(
                "2.4×",
                "bytes_per_value / D * flops_per_s / hbm_bytes_per_s",
                bytes_per_value=2,
                D=128,
                flops_per_s=A100.peak(),
                **rate(),
            ),
        ),
    ),
    Entry(
        said="FlashAttention-3 reaches 75 % of the 1.98 PFLOP/s of an H100 with FP8.",
        premise=f"What its [authors]({THIRD}) report at best, in the preprint and in the published "
        "version.",
        slip="The share of one format and the peak of another were put into one sentence.",
        right="The preprint has 75 % in FP16, and 1.2 PFLOP/s in FP8, which is 61 % of that "
        "peak. The published version has 85 % in BF16, and 66 % in FP8.",
        chapter="flash-attention#four-versions",
        numbers=(
            reported("75 %", "flash-3-preprint"),
            worked("1.2 PFLOP/s", "fp8.flops_per_s", fp8=SPEEDS["flash-3-preprint-fp8"]),
            in_fp8("61 %", "flash-3-preprint-fp8"),
            reported("85 %", "flash-3"),
            in_fp8("66 %", "flash-3-fp8"),
        ),
    ),
    Entry(
        said="FlashAttention-2 needs a quarter of the operations outside the products.",
        premise=f"The abstract of the [paper]({SECOND}), and an A100.",
        slip="It says that there are fewer, and how few it does not say.",
        right="One such operation costs 16× what one inside the products costs, so that few of "
        "them weigh much. What its author reports is the effect of three changes at once: the "
        "first version reached 25 % to 40 % of the chip's peak, the second one 50 % to 73 %.",
        chapter="flash-attention#four-versions",
        numbers=(
            worked(
                "16×",
                "flops_per_s / (2 * lanes * clock_hz)",
                flops_per_s=A100.peak(),
                lanes=cores("a100-80gb").vector_lanes,
                clock_hz=cores("a100-80gb").clock_hz,
            ),
            reported("25 %", "flash-1", "share_low"),
            reported("40 %", "flash-1"),
            reported("50 %", "flash-2", "share_low"),
            reported("73 %", "flash-2"),
        ),
    ),
    Entry(
        said="The attention of GPT-2 medium takes 66.6 GFLOP, with flash attention 75.2 GFLOP.",
        premise=f"A table of the [first paper]({FIRST}): 64 sequences of 1,024 tokens, 16 heads of "
        "64 numbers, forward and backward; every score counted.",
        slip=f"The author [says]({ISSUE}) that both are too small by some factor.",
        right="The products alone are 825 GFLOP, and 962 GFLOP where the backward pass computes "
        "the scores again.",
        chapter="flash-attention#aside-against-a-measurement",
        numbers=(
            both_ways("825 GFLOP", naive_traffic(GPT2).flops, naive_backward_traffic(GPT2).flops),
            both_ways(
                "962 GFLOP",
                flash_traffic(GPT2, Tiles(128, 128)).flops,
                flash_backward_traffic(GPT2, Tiles(128, 128)).flops,
            ),
        ),
    ),
)
