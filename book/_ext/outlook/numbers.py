"""The numbers of what comes next: reported ones from their rows, the others computed."""

from __future__ import annotations

from math import ceil

from book._ext.cheat_sheet.gains import FITTED, H100, SEVENTY
from tokenworks import claim, model_spec, worked
from tokenworks.cost import (
    Deployment,
    decode_step,
    engine_plan,
    expected_seconds,
    kv_bytes,
    pass_cost,
    prefill_step,
    step_weight_bytes,
    weight_bytes,
)
from tokenworks.worked_number import Worked

EIGHT, SMALL = model_spec("llama-3-8b"), model_spec("llama-3.2-1b")
ANSWER_TOKENS, PROPOSERS = 500, 6


def diffusion() -> tuple[Worked, ...]:
    """Return the numbers of diffusion models."""
    read = {"hbm_bytes_per_s": H100.hbm_bytes_per_s, "read_bytes": step_weight_bytes(EIGHT, 2)}
    floor = worked("223 tokens/s", "hbm_bytes_per_s / read_bytes", **read)
    reported = claim("mercury-coder-mini-rate")
    rates = {"reported_tokens_per_s": reported.value, "floor_tokens_per_s": floor.value}
    return (
        worked("1,109 tokens/s", reported),
        floor,
        worked("5.0 tokens/pass", "reported_tokens_per_s / floor_tokens_per_s", **rates),
        _wide("1.02×", 1),
        _wide("5.03×", 64),
    )


def _wide(literal: str, users: int) -> Worked:
    plan = engine_plan(Deployment(EIGHT, H100))
    asked = {"tokens": 32, "context_tokens": 1000, "batch": users, "constants": FITTED}
    return worked(literal, pass_cost, plan=plan, **asked)


def kernels() -> tuple[Worked, ...]:
    """Return the numbers of kernels."""
    read = {"read_bytes": step_weight_bytes(SMALL, 2), "hbm_bytes_per_s": H100.hbm_bytes_per_s}
    floor = worked("0.74 ms", "read_bytes / hbm_bytes_per_s", **read)
    step = decode_step(engine_plan(Deployment(SMALL, H100)), 1, 96, constants=FITTED)
    both = {"floor_seconds": floor.value, "expected_seconds": step.expected_seconds}
    larger = decode_step(engine_plan(Deployment(EIGHT, H100)), 1, 96, constants=FITTED)
    eight = {
        "floor_seconds": step_weight_bytes(EIGHT, 2) / H100.hbm_bytes_per_s,
        "expected_seconds": larger.expected_seconds,
    }
    return (
        worked("78 %", claim("one-kernel-share")),
        worked("50 %", claim("engines-share")),
        floor,
        worked("1.50 ms", expected_seconds, step=step),
        worked("49 %", "floor_seconds / expected_seconds", **both),
        worked("69 %", "floor_seconds / expected_seconds", **eight),
    )


def agents() -> tuple[Worked, ...]:
    """Return the numbers of several models."""
    sizes = {
        "large_bytes": step_weight_bytes(SEVENTY, 2),
        "small_bytes": step_weight_bytes(EIGHT, 2),
    }
    ratio = worked("9.3×", "large_bytes / small_bytes", **sizes)
    plan = engine_plan(Deployment(SEVENTY, H100, 8))
    step = decode_step(plan, 1, 2 * ANSWER_TOKENS, constants=FITTED).expected_seconds
    first, later = (
        prefill_step(plan, tokens, constants=FITTED).expected_seconds
        for tokens in (ANSWER_TOKENS, (1 + PROPOSERS) * ANSWER_TOKENS)
    )
    times = {"read_seconds": first, "tokens": ANSWER_TOKENS, "step_seconds": step}
    layers = "read_seconds + 2 * read_again_seconds + 3 * tokens * step_seconds"
    share = "(1 / saving - 1 / ratio) / (1 - 1 / ratio)"
    return (
        worked("2×", claim("routellm-saving")),
        ratio,
        worked("44 %", share, saving=claim("routellm-saving").value, ratio=ratio.value),
        worked("13×", "first + second + last", first=PROPOSERS, second=PROPOSERS, last=1),
        worked("5.1 s", "read_seconds + tokens * step_seconds", **times),
        worked("15.4 s", layers, **times, read_again_seconds=later),
    )


def hardware() -> tuple[Worked, ...]:
    """Return the numbers of chips that are made for inference."""
    sram, rate, reported = (claim(f"wafer-{name}") for name in ("sram", "bandwidth", "70b-rate"))
    weights, one = weight_bytes(SEVENTY, 2), sram.value * 1e9
    wafers = ceil(weights / one)
    assert wafers == 4
    left = {"wafers": wafers, "sram_bytes": one, "weight_bytes": weights}
    room = worked("34.9 GB", "wafers * sram_bytes - weight_bytes", **left)
    assert room.value // kv_bytes(SEVENTY, 4096, bytes_per_value=2) == 25
    read = {"read_bytes": step_weight_bytes(SEVENTY, 2), "sram_bytes_per_s": rate.value * 1e15}
    floor = worked("6.6 µs", "read_bytes / sram_bytes_per_s", **read)
    token = worked("2.2 ms", "1 / tokens_per_s", tokens_per_s=reported.value)
    both = {"floor_seconds": floor.value, "token_seconds": token.value}
    step = decode_step(
        engine_plan(Deployment(SEVENTY, H100, 8)), 1, 1000, constants=FITTED
    ).expected_seconds
    return (
        worked("44 GB", sram),
        worked("21 PB/s", rate),
        worked("450 tokens/s", reported),
        room,
        floor,
        token,
        worked("0.30 %", "floor_seconds / token_seconds", **both),
        worked(
            "28 µs", "token_seconds / layers", token_seconds=token.value, layers=SEVENTY.n_layers
        ),
        worked("99 tokens/s", "1 / step_seconds", step_seconds=step),
    )
