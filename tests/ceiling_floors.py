"""The shortest time and the highest rate that a chip allows, by the library and without it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tokenworks.accelerator import PEAKS, Chip
from tokenworks.architecture import ModelSpec
from tokenworks.cost.arithmetic import OPERANDS, arithmetic_of
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.memory import kv_share
from tokenworks.cost.roofline import matmul_operation
from tokenworks.cost.step_time import Parts, decode_parts, prefill_seconds
from tokenworks.specs import chip, model_spec, number_format

MATMUL = ("chip", "weights", "rows", "d_in", "d_out")
# What a figure may state: the facts that its floor needs.
STEP = ("model", "chip", "weights", "batch", "context")
FIRST = ("model", "chip", "weights", "batch", "prompt")
MEANINGS = {
    "step": STEP,  # seconds of one decode step
    "rate": STEP,  # tokens/s of all sequences together
    "user rate": STEP,  # tokens/s of one of them
    "chip rate": STEP,  # tokens/s of all of them for each chip
    "weights": STEP,  # seconds of a part of a step
    "caches": STEP,
    "products": STEP,
    "attention": STEP,
    "first": FIRST,  # seconds to the first token
    "prompt rate": FIRST,  # prompt tokens/s of all prompts together
    "later": (*FIRST, "output"),  # seconds of all steps after the first token
    "request": (*FIRST, "output"),  # seconds from prompt to last token
    "matmul": MATMUL,  # seconds of one matrix product
    "matmul arithmetic": MATMUL,
    "matmul bytes": MATMUL,
    "operation": ("chip", "weights", "flops", "bytes"),  # seconds of what the row counts
    "memory": ("chip",),  # seconds to read a chip's whole memory
}
RATES = {"rate", "user rate", "chip rate", "prompt rate"}


def deployment(known: dict[str, Any]) -> Deployment:
    """Return the deployment of a row; without a word on arithmetic the fastest that could be."""
    on, weights = chip(known["chip"]), known["weights"]
    kv = known.get("kv", "fp32" if weights == "fp32" else "bf16")
    activations = known.get("arithmetic") or max(OPERANDS, key=lambda a: rate(on, weights, a))
    model, chips = model_spec(known["model"]), known.get("chips", 1)
    return Deployment(model, on, chips, weights=weights, kv=kv, activations=activations)


def rate(on: Chip, weights: str, activations: str) -> float:
    """Return the rate at which a chip multiplies the two, 0 where it cannot."""
    try:
        return on.peak(arithmetic_of(weights, activations, on=on))
    except ValueError:
        return 0.0


def fastest(on: Chip, bits: float) -> float:
    """Return the highest rate of any arithmetic as narrow as weights of so many bits."""
    allowed = {"fp32", "bf16"} | ({"fp8", "int8"} if bits <= 8 else set())
    allowed |= {"fp4"} if bits <= 4 else set()
    return max(getattr(on, PEAKS[name]) or 0 for name in allowed)


def by_library(meaning: str, known: dict[str, Any]) -> float:
    """Return the shortest time, or the highest rate, from the cost library."""
    if "model" not in MEANINGS[meaning]:
        return of_chip(meaning, known)
    on, batch = deployment(known), known["batch"]
    if meaning in {"first", "prompt rate", "later", "request"}:
        first = prefill_seconds(on, known["prompt"], batch=batch)
        later = sum(parts_at(on, n, batch=batch).overlapped for n in contexts(known))
        rate = batch * known["prompt"] / first
        both = {"later": later, "request": first + later}
        return ({"first": first, "prompt rate": rate} | both)[meaning]
    parts = parts_at(on, known["context"], batch=batch)
    step = parts.overlapped
    rates = {"rate": batch / step, "user rate": 1 / step, "chip rate": batch / step / on.chips}
    named = {"weights": parts.weights, "caches": parts.kv, "products": parts.matmul}
    return (rates | named | {"attention": parts.attention, "step": step})[meaning]


def parts_at(on: Deployment, context: int, *, batch: int) -> Parts:
    """Return the parts of a step; a context of 0 leaves caches and attention out.

    Each cache is read once, as if no head were held by two chips: so it is in some layouts.
    """
    parts = decode_parts(on, max(1, context), batch=batch)
    once = parts.kv / (kv_share(on.model, on.chips) * on.chips)
    return replace(parts, kv=once) if context else replace(parts, kv=0.0, attention=0.0)


def contexts(known: dict[str, Any]) -> list[int]:
    """Return the context of each step after the first token, 0 where caches are left out."""
    steps = range(known["prompt"] + 1, known["prompt"] + known.get("output", 1))
    return [0 if known.get("context") == 0 else context for context in steps]


def of_chip(meaning: str, known: dict[str, Any]) -> float:
    """Return the floor of what no model takes part in."""
    on = chip(known["chip"])
    if meaning == "memory":
        return on.planned_bytes / on.hbm_bytes_per_s
    width = number_format(known["weights"])
    peak = fastest(on, width.bits)
    if meaning == "operation":
        return max(known["flops"] / peak, known["bytes"] / on.hbm_bytes_per_s)
    op = matmul_operation(
        known["rows"], known["d_in"], known["d_out"], bytes_per_param=width.bytes_per_value
    )
    arithmetic, moved = op.flops / peak, op.bytes / on.hbm_bytes_per_s
    parts = {"matmul arithmetic": arithmetic, "matmul bytes": moved}
    return (parts | {"matmul": max(parts.values())})[meaning]


def by_hand(meaning: str, known: dict[str, Any]) -> float | None:
    """Return the same for a dense model by arithmetic of its own; None where it has none.

    Matrices alone, without norms and biases, and attention's arithmetic only for prompts: a
    weaker floor than the library's, but one that shares no line with it.
    """
    spec = model_spec(known["model"]) if "model" in MEANINGS[meaning] else None
    if spec is None or spec.n_experts or spec.kv_lora_rank or spec.is_windowed:
        return None
    on, width = deployment(known), number_format(known["weights"]).bits
    peak = on.chip.peak(known["arithmetic"]) if "arithmetic" in known else fastest(on.chip, width)
    bandwidth, peak = on.chips * on.chip.hbm_bytes_per_s, on.chips * peak
    matrices, batch = matrix_values(spec), known["batch"]
    position = 2 * spec.n_layers * spec.n_kv_heads * spec.d_head * on.bytes_per_value

    def step(context: int) -> float:
        moved = matrices * on.bytes_per_param + batch * context * position
        return max(moved / bandwidth, 2 * batch * matrices / peak)

    if meaning in {"step", "rate", "user rate", "chip rate"}:
        seconds = step(known["context"])
        rates = {"rate": batch / seconds, "chip rate": batch / seconds / on.chips}
        return (rates | {"step": seconds, "user rate": 1 / seconds})[meaning]
    if meaning not in {"first", "prompt rate", "later", "request"}:
        return None
    prompt = known["prompt"]
    head = spec.vocab_size * spec.d_model
    scores = 2 * spec.n_layers * spec.n_heads * spec.d_head * prompt * (prompt + 1)
    work = batch * (2 * (matrices - head) * prompt + 2 * head + scores)
    first = max(work / peak, (matrices * on.bytes_per_param) / bandwidth)
    later = sum(step(n) for n in contexts(known))
    rate = batch * prompt / first
    return {"first": first, "prompt rate": rate, "later": later, "request": first + later}[meaning]


def matrix_values(spec: ModelSpec) -> int:
    """Count the numbers in the matrices that a token of a dense model is multiplied by."""
    M, F = spec.d_model, spec.d_ff
    attention = 2 * M * spec.n_heads * spec.d_head + 2 * M * spec.n_kv_heads * spec.d_head
    layer = attention + (3 if spec.ffn_kind == "gated" else 2) * M * F
    return spec.n_layers * layer + spec.vocab_size * M
