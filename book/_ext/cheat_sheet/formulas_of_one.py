"""Formulas of one model on its chips: memory, the time of a step, arithmetic."""

from __future__ import annotations

from book._ext.cheat_sheet.formula_row import FormulaRow, Misprint
from book._ext.cheat_sheet.gains import H100, SEVENTY
from tokenworks.cost import (
    Deployment,
    decode_step_seconds,
    kv_bytes,
    kv_read_bytes,
    parameter_count,
    step_weight_bytes,
    weight_bytes,
)

CONTEXT = 4096
READ = {
    "weight_bytes": step_weight_bytes(SEVENTY, 2),
    "cache_bytes": kv_read_bytes(Deployment(SEVENTY, H100, 2), CONTEXT),
    "hbm_bytes_per_s": H100.hbm_bytes_per_s,
}
STEP_SECONDS = decode_step_seconds(
    READ["weight_bytes"] + READ["cache_bytes"], 2 * READ["hbm_bytes_per_s"]
)
RATES = {"weight_bytes": "byte", "cache_bytes": "byte", "hbm_bytes_per_s": "byte/s"}
MEMORY = (
    FormulaRow(
        name="Weights",
        answers="What the model takes.",
        formula="params * bytes_per_param",
        literal="141 GB",
        case="Llama-3 70B in bf16",
        chapter="kv-cache#how-many-fit",
        inputs={"params": parameter_count(SEVENTY), "bytes_per_param": 2},
        units={"params": "parameter", "bytes_per_param": "byte/parameter"},
        misprint=Misprint(
            "2 * params * bytes_per_param",
            "2×",
            "The factor belongs to arithmetic, a product and a sum for each weight.",
        ),
    ),
    FormulaRow(
        name="KV cache",
        answers="What conversations take beside it.",
        formula="2 * n_layers * n_kv_heads * d_head * tokens * batch * bytes_per_value",
        literal="1.34 GB",
        case="Llama-3 70B in bf16, one conversation of 4,096 tokens",
        chapter="kv-cache#how-big-it-is",
        inputs={
            "n_layers": SEVENTY.n_layers,
            "n_kv_heads": SEVENTY.n_kv_heads,
            "d_head": SEVENTY.d_head,
            "tokens": CONTEXT,
            "batch": 1,
            "bytes_per_value": 2,
        },
        units={
            "n_layers": "",
            "n_kv_heads": "",
            "d_head": "value",
            "tokens": "",
            "batch": "",
            "bytes_per_value": "byte/value",
        },
    ),
    FormulaRow(
        name="Does it fit?",
        answers="Compare with the usable bytes of all chips.",
        formula="weight_bytes + batch * cache_bytes + rest_bytes",
        literal="188 GB",
        case="32 such conversations on two H100; the rest is the runtime's (assumed)",
        chapter="kv-cache#how-many-fit",
        inputs={
            "weight_bytes": weight_bytes(SEVENTY, 2),
            "cache_bytes": kv_bytes(SEVENTY, CONTEXT, bytes_per_value=2),
            "batch": 32,
            "rest_bytes": 2 * 2e9,
        },
        units={
            "weight_bytes": "byte",
            "cache_bytes": "byte",
            "batch": "",
            "rest_bytes": "byte",
        },
    ),
)

TIME = (
    FormulaRow(
        name="Floor of a step",
        answers="No gap between tokens is shorter.",
        formula="(weight_bytes + batch * cache_bytes) / (chips * hbm_bytes_per_s)",
        literal="20.95 ms",
        case="that conversation alone on two H100; weights that a step reads",
        chapter="roofline#the-critical-batch",
        inputs=READ | {"batch": 1, "chips": 2},
        units=RATES | {"batch": "", "chips": ""},
        misprint=Misprint(
            "2 * weight_bytes / (chips * hbm_bytes_per_s)",
            "2.0×",
            "Weights are read once; and the cache is read, too.",
        ),
    ),
    FormulaRow(
        name="Tokens a second",
        answers="Of all users together; one has the batch-th part.",
        formula="batch / step_seconds",
        literal="47.7 tokens/s",
        case="the same step, one user",
        chapter="batching#why-a-batch-pays",
        inputs={"batch": 1, "step_seconds": STEP_SECONDS},
        units={"batch": "token", "step_seconds": "s"},
        misprint=Misprint("batch / (2 * step_seconds)", "0.5×", "The same factor once more."),
    ),
    FormulaRow(
        name="Floor of a prompt",
        answers="No first token comes sooner; attention is more on top.",
        formula="2 * params * tokens / (chips * flops_per_s)",
        literal="36.5 ms",
        case="2,048 tokens of Llama-3 70B in bf16 on eight H100",
        chapter="prefill-decode#two-phases-one-chip",
        inputs={
            "params": parameter_count(SEVENTY),
            "tokens": 2048,
            "chips": 8,
            "flops_per_s": H100.peak(),
        },
        units={"params": "parameter", "tokens": "token", "chips": "", "flops_per_s": "FLOP/s"},
        constants={2: "FLOP/parameter/token"},
    ),
    FormulaRow(
        name="Time per output token",
        answers="From a log: the first token is not one of the gaps.",
        formula="(end_seconds - first_seconds) / (tokens - 1)",
        literal="40.8 ms",
        case="50 tokens, the first after 0.2 seconds, the last after 2.2",
        chapter="metrics#fence-posts",
        inputs={"end_seconds": 2.2, "first_seconds": 0.2, "tokens": 50},
        units={"end_seconds": "s", "first_seconds": "s", "tokens": ""},
    ),
)

ARITHMETIC = (
    FormulaRow(
        name="Arithmetic intensity",
        answers="Below the ridge memory limits, above it arithmetic.",
        formula="flops / moved_bytes",
        literal="1.0 FLOP/B",
        case="a step of one user of Llama-3 70B in bf16, without its cache",
        chapter="roofline#the-critical-batch",
        inputs={"flops": 2 * parameter_count(SEVENTY), "moved_bytes": weight_bytes(SEVENTY, 2)},
        units={"flops": "FLOP", "moved_bytes": "byte"},
        misprint=Misprint("2 * flops / moved_bytes", "2×", "FLOP are products and sums already."),
    ),
    FormulaRow(
        name="Ridge",
        answers="The intensity from which on arithmetic limits.",
        formula="flops_per_s / hbm_bytes_per_s",
        literal="295 FLOP/B",
        case="an H100 in bf16; so many users keep its arithmetic busy, without caches",
        chapter="roofline#the-critical-batch",
        inputs={"flops_per_s": H100.peak(), "hbm_bytes_per_s": H100.hbm_bytes_per_s},
        units={"flops_per_s": "FLOP/s", "hbm_bytes_per_s": "byte/s"},
    ),
)
