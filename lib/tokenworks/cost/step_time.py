"""How long one step takes: the floors that memory bandwidth and arithmetic set."""

from __future__ import annotations

from tokenworks.cost.domain import Number, physical
from tokenworks.specs import ModelSpec


@physical()
def decode_step_seconds(weight_bytes: Number, hbm_bytes_per_s: Number) -> float:
    """Return the shortest time of a decode step: every weight is read once.

    Source: https://jax-ml.github.io/scaling-book/inference/ (batch 1, KV cache left out).
    """
    return weight_bytes / hbm_bytes_per_s


@physical()
def decode_tokens_per_s(step_seconds: Number, batch: int = 1) -> float:
    """Return the tokens of all sequences together: each step yields one for each.

    Source: derived: tokens of a step divided by its time.
    """
    return batch / step_seconds


@physical()
def flops_per_token(params: Number) -> float:
    """Return the arithmetic of one token: a multiplication and an addition for each weight.

    Source: https://arxiv.org/abs/2001.08361 (section 2.1; attention over the context left out).
    """
    return 2.0 * params


@physical()
def attention_flops_per_token(spec: ModelSpec, tokens: int) -> float:
    """Return the arithmetic of one token that looks at this many: scores and mixed values.

    Source: derived: two products of H·D numbers a layer and token seen, two operations each.
    """
    return 4.0 * spec.n_layers * spec.n_heads * spec.d_head * tokens


@physical()
def compute_seconds(step_flops: Number, flops_per_s: Number) -> float:
    """Return the shortest time of a step that only arithmetic limits.

    Source: https://jax-ml.github.io/scaling-book/roofline/ (the compute side of the roofline).
    """
    return step_flops / flops_per_s


@physical()
def compute_utilisation(step_flops: Number, step_seconds: Number, *, flops_per_s: Number) -> float:
    """Return the share of the chip's arithmetic that a step uses.

    Source: derived: arithmetic done over arithmetic possible in the same time.
    """
    return step_flops / (step_seconds * flops_per_s)


@physical()
def positions_uncached(prompt_tokens: int, output_tokens: int) -> int:
    """Return the token positions that a loop processes which runs the whole text each time.

    Source: derived: P + (P + 1) + … + (P + N - 1).
    """
    return output_tokens * prompt_tokens + output_tokens * (output_tokens - 1) // 2


@physical()
def positions_cached(prompt_tokens: int, output_tokens: int) -> int:
    """Return the token positions that a loop with a KV cache processes: each once, not the last.

    Source: derived: the last token drawn is never fed back.
    """
    return prompt_tokens + output_tokens - 1
