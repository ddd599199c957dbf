"""Fewer bits: what they take, what they speed up, and what they cost."""

from book._ext.elsewhere.entry import Entry
from tokenworks import chip, model_spec, number_format, worked
from tokenworks.cost import (
    Deployment,
    checkpoint_bytes,
    decode_seconds,
    max_batch,
    speeds_over_bf16,
    weight_bytes,
)
from tokenworks.data import quantization_record
from tokenworks.quantization import two_of_four_bytes
from tokenworks.worked_number import Worked

EIGHT, SEVENTY, A100 = model_spec("llama-3-8b"), model_spec("llama-3-70b"), chip("a100-80gb")
GROUPED = number_format("int4-g128").bytes_per_value
INT4 = {each.tokens: each for each in speeds_over_bf16(A100.name, "int4", n=8192, k=8192)}
FP8 = {each.tokens: each for each in speeds_over_bf16("h100-sxm", "fp8", n=8192, k=8192)}
SIDE = 4096  # of a matrix whose bytes are counted


def lost(literal: str, method: str, stored: str) -> Worked:
    """Work out by how much larger the perplexity of SmolLM2 became on prose."""
    record = quantization_record()
    found, exact = (record.row(*one, "prose") for one in ((method, stored), ("float", "float32")))
    return worked(literal, "found.perplexity / exact.perplexity - 1", found=found, exact=exact)


def step(literal: str, weights: str) -> Worked:
    """Work out the floor of a step of 32 conversations."""
    on = Deployment(EIGHT, A100, weights=weights)
    return worked(literal, decode_seconds, on=on, context_tokens=4096, batch=32)


def fitting(model: str, chips: int, weights: str) -> int:
    """Return how many conversations of 4,096 tokens fit on so many A100s, with no runtime."""
    return max_batch(Deployment(model_spec(model), A100, chips, weights=weights), 4096)


def capacity(literal: str, wide: str, narrow: str) -> Worked:
    """Work out how many times as many numbers of a cache fit."""
    bits = {"wide_bits": 8 * number_format(wide).bytes_per_value}
    bits["narrow_bits"] = 8 * number_format(narrow).bytes_per_value
    return worked(literal, "wide_bits / narrow_bits", **bits)


def pruned(literal: str, bits: int) -> Worked:
    """Work out how much smaller two weights of every four are than all of them in 16 bits."""
    held = {"dense_bytes": 2 * SIDE**2, "sparse_bytes": two_of_four_bytes(SIDE, SIDE, bits=bits)}
    return worked(literal, "dense_bytes / sparse_bytes", **held)


ENTRIES = (
    Entry(
        said="Llama-3.1 70B in INT4: 140 GB become 35 GB, and about 1 GB for the scales.",
        premise="Groups of 128 weights, each with a scale of 16 bits and a zero point of 4.",
        slip="Parameters times 0.5 bytes counts every weight at 4 bits. The tools that make "
        "such files leave the embedding and the head in 16.",
        right="The codes of all weights would be 35.3 GB, their scales and zero points 1.38 GB. "
        "With embedding and head in BF16 it is 39.8 GB.",
        chapter="quantization#what-a-number-takes",
        numbers=(
            worked("35.3 GB", weight_bytes, spec=SEVENTY, bytes_per_param=0.5),
            worked(
                "1.38 GB",
                "stored_bytes - code_bytes",
                stored_bytes=weight_bytes(SEVENTY, GROUPED),
                code_bytes=weight_bytes(SEVENTY, 0.5),
            ),
            worked(
                "39.8 GB",
                checkpoint_bytes,
                spec=SEVENTY,
                bytes_per_param=GROUPED,
                kept=("embed", "head"),
            ),
        ),
    ),
    Entry(
        said="From 2 bytes a parameter to 0.5 is a speed-up of 4.",
        premise="Weights of 4 bits with their scales on an A100, which multiplies in 16 bits "
        "(TensorRT-LLM, beside bf16 in vLLM); a matrix of 8,192 × 8,192, and Llama-3 8B with 32 "
        "conversations of 4,096 tokens.",
        slip="Bytes of weights are one part of a step, and the longest one only for few tokens.",
        right="For one token the bytes allow 3.85×, and 2.56× was timed; for 8,192 tokens 0.88×, "
        "which is slower. In a step the caches stay as they were: its floor falls from 15.8 ms to "
        "10.3 ms.",
        chapter="quantization#faster-or-only-smaller",
        numbers=(
            worked("3.85×", "speed.predicted", speed=INT4[1]),
            worked("2.56×", "speed.measured", speed=INT4[1]),
            worked("0.88×", "speed.measured", speed=INT4[8192]),
            step("15.8 ms", "bf16"),
            step("10.3 ms", "int4-g128"),
        ),
    ),
    Entry(
        said="FP8 is 1.5 to 2 times as fast as FP16 on an H100.",
        premise="A matrix of 8,192 × 8,192, from one token to 16,384.",
        slip="Two is the ratio of the data sheet, and so of the floors. Scales are found and "
        "applied on top, and attention does not take part.",
        right="Timed on an H100 SXM, the product alone is 1.71× as fast for one token, 1.36× for "
        "256 and 1.84× for 16,384. A whole step gains less.",
        chapter="quantization#faster-or-only-smaller",
        numbers=tuple(
            worked(text, "speed.measured", speed=FP8[tokens])
            for text, tokens in (("1.71×", 1), ("1.36×", 256), ("1.84×", 16384))
        ),
    ),
    Entry(
        said="INT8 costs 0.1 to 0.5 % of accuracy, INT4 0.5 to 2 %.",
        premise="SmolLM2-135M, whose perplexity on prose that nothing was calibrated on is "
        "compared with that of its floats. A model so small loses more than a large one.",
        slip="Bits alone have no accuracy. Method, group and text are not said, and whether "
        "activations are rounded, too.",
        right="INT8 weights: 0.3 % more. With activations in INT8, 2.5 % more with a scale for "
        "each token, 77 % with one for all. INT4 weights in groups of 64, norms folded in: 130 % "
        "more by rounding, 36 % by GPTQ, 22 % by AWQ. Those three take the same bytes.",
        chapter="quantization#quality-against-bytes",
        numbers=(
            lost("0.3 %", "RTN", "8-bit symmetric channel"),
            lost("2.5 %", "W8A8", "a scale a token"),
            lost("77 %", "W8A8", "static"),
            lost("130 %", "RTN", "4-bit symmetric g64"),
            lost("36 %", "GPTQ", "4-bit symmetric g64"),
            lost("22 %", "AWQ", "4-bit symmetric g64"),
        ),
    ),
    Entry(
        said="Quantized weights about double the largest batch.",
        premise="Conversations of 4,096 tokens on A100s, a cache in bf16, nothing kept back.",
        slip="Narrow weights free what weights took. That is little for a small model on a large "
        "chip and nearly everything for a large one.",
        right=f"INT8 weights take Llama-3 8B on one chip from {fitting('llama-3-8b', 1, 'bf16')} "
        f"to {fitting('llama-3-8b', 1, 'int8-g128')} conversations, and Llama-3 70B on two chips "
        f"from {fitting('llama-3-70b', 2, 'bf16')} to {fitting('llama-3-70b', 2, 'int8-g128')}. "
        "What doubles the batch of the small one is an INT8 cache.",
        chapter="quantization#what-it-leaves-room-for",
    ),
    Entry(
        said="Each step down in precision doubles what the cache holds: FP8, then 4 bits.",
        premise="Heads of 128 numbers, as in Llama-3. INT4 with a scale and a zero point of 16 "
        "bits each for a head of a token, NVFP4 with a scale of 8 bits for each 16 numbers.",
        slip="Scales are stored, too, and weigh the more the fewer bits they scale.",
        right="FP8 without scales doubles it. From there INT4 makes it 1.88× as much, and NVFP4 "
        "1.78×.",
        chapter="quantization#the-cache-in-fewer-bits",
        numbers=(capacity("1.88×", "fp8", "int4-head128"), capacity("1.78×", "fp8", "nvfp4")),
    ),
    Entry(
        said="Prune half of the weights, then quantize to INT4: 8 times smaller.",
        premise="Two of every four, the pattern that tensor cores skip; SmolLM2 on prose, pruned "
        "by magnitude and not trained again.",
        slip="Two times four. Which weights are left has to be stored, and was not counted.",
        right="Half of the weights in INT4, with their places, are 5.3× smaller than all in BF16, "
        "before scales. Halving alone makes the perplexity 43× as large here, which training must "
        "win back.",
        chapter="quantization#leaving-weights-out",
        numbers=(
            pruned("5.3×", 4),
            worked(
                "43×",
                "found.perplexity / exact.perplexity",
                found=quantization_record().row("pruned", "2 of 4", "prose"),
                exact=quantization_record().row("float", "float32", "prose"),
            ),
        ),
    ),
)
