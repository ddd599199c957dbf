"""How long one step takes: the floors that memory bandwidth and arithmetic set."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tokenworks.architecture import ModelSpec
from tokenworks.cost.attention_flops import attention_flops_per_token, prefill_attention_flops
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.domain import Count, NotNegative, Positive, physical
from tokenworks.cost.memory import (
    decode_read_bytes,
    kept_state_bytes,
    kv_bytes,
    kv_share,
    step_weight_bytes,
)
from tokenworks.cost.parameters import matmul_parameter_count
from tokenworks.specs import Workload


@physical
def decode_step_seconds(weight_bytes: Positive, hbm_bytes_per_s: Positive) -> float:
    """Return the shortest time of a decode step: every weight is read once.

    Source: https://jax-ml.github.io/scaling-book/inference/ (batch 1, KV cache left out).
    """
    return weight_bytes / hbm_bytes_per_s


@physical
def decode_tokens_per_s(step_seconds: Positive, batch: Count = 1) -> float:
    """Return the tokens of all sequences together: each step yields one for each.

    Source: derived: tokens of a step divided by its time.
    """
    return batch / step_seconds


@physical
def flops_per_token(params: Positive) -> float:
    """Return the arithmetic of one token: a multiplication and an addition for each weight.

    Source: https://arxiv.org/abs/2001.08361 (section 2.1; attention over the context left out).
    """
    return 2.0 * params


@physical
def prefill_flops(spec: ModelSpec, prompt_tokens: Count, *, causal: bool = True) -> float:
    """Return the arithmetic of one prompt: all its tokens through the layers, the last to logits.

    Attention compares each token with itself and those before it; `causal=False` counts the full
    square, as kernels that do not skip the masked half compute it.
    Source: derived: flops_per_token and the pairs of tokens; https://arxiv.org/abs/2001.08361.
    """
    head = spec.vocab_size * spec.d_model
    layers = flops_per_token(matmul_parameter_count(spec) - head) * prompt_tokens
    attention = prefill_attention_flops(spec, prompt_tokens, causal=causal)
    return layers + attention + flops_per_token(head)


@physical
def decode_flops(spec: ModelSpec, context_tokens: Count) -> float:
    """Return the arithmetic of one new token that sees this many tokens, itself included.

    Source: derived: every active weight, and attention over the context.
    """
    weights = flops_per_token(matmul_parameter_count(spec))
    return weights + attention_flops_per_token(spec, context_tokens)


@physical
def prefill_seconds(on: Deployment, prompt_tokens: Count, *, batch: Count = 1) -> float:
    """Return the shortest time to the first token: the larger of multiplying and moving.

    Moving is the weights once, for all prompts of the batch together, and their caches written.
    Source: https://jax-ml.github.io/scaling-book/inference/ (prefill), queue and network left out.
    """
    multiplying = batch * prefill_flops(on.model, prompt_tokens) / on.flops_per_s
    slower = 1 / on.attention_flops_per_s - 1 / on.flops_per_s  # 0 where both have one rate
    multiplying += batch * prefill_attention_flops(on.model, prompt_tokens) * slower
    weights = step_weight_bytes(on.model, on.bytes_per_param, batch * prompt_tokens)
    moving = (weights + batch * kv_written_bytes(on, prompt_tokens)) / on.bytes_per_s
    return max(multiplying, moving)


@physical
def kv_written_bytes(on: Deployment, prompt_tokens: Count) -> float:
    """Return the cache bytes that all chips together write of one prompt: what they keep of it.

    Source: derived: the share of each chip times the chips, and the states of linear layers once.
    """
    one = kv_bytes(on.model, prompt_tokens, bytes_per_value=on.bytes_per_value)
    return one * kv_share(on.model, on.chips) * on.chips + kept_state_bytes(on.model)


@physical
def kv_read_bytes(on: Deployment, context_tokens: Count) -> float:
    """Return the cache bytes that all chips together read of one sequence in one step.

    A head that is held more than once is read more than once. States of linear layers are read and
    written back, each on one chip.
    Source: derived: the share of each chip times the chips.
    """
    one = decode_read_bytes(on.model, context_tokens, bytes_per_value=on.bytes_per_value)
    state = 2 * kept_state_bytes(on.model)
    return (one - state) * kv_share(on.model, on.chips) * on.chips + state


@dataclass(frozen=True)
class Parts:
    """The four times of a decode step, in seconds: what is read, and what is multiplied."""

    weights: float
    kv: float
    matmul: float
    attention: float

    @property
    def overlapped(self) -> float:
        """One max over the whole step: all reading overlaps all multiplying, a true floor."""
        return max(self.weights + self.kv, self.matmul + self.attention)

    @property
    def serial(self) -> float:
        """One max for the matrices and one for attention: the kernels run one after another."""
        return max(self.weights, self.matmul) + max(self.kv, self.attention)


@physical
def decode_parts(on: Deployment, context_tokens: Count, *, batch: Count = 1) -> Parts:
    """Return the times of one decode step's reading and multiplying, each taken alone.

    Source: https://jax-ml.github.io/scaling-book/inference/ (theoretical estimates).
    """
    spec, scores = on.model, attention_flops_per_token(on.model, context_tokens)
    return Parts(
        weights=step_weight_bytes(spec, on.bytes_per_param, batch) / on.bytes_per_s,
        kv=batch * kv_read_bytes(on, context_tokens) / on.bytes_per_s,
        matmul=batch * flops_per_token(matmul_parameter_count(spec)) / on.flops_per_s,
        attention=batch * scores / on.attention_flops_per_s,
    )


@physical
def decode_seconds(
    on: Deployment, context_tokens: Count, *, batch: Count = 1, overlapped: bool = True
) -> float:
    """Return the time of one decode step in which every sequence sees this many tokens.

    With `overlapped` one max covers the step: no schedule that shards the heads like this is faster
    (a cache sharded by sequences would be held once). Without it the matrices and attention each
    have their own: what kernels that run one after another can reach.
    Source: https://jax-ml.github.io/scaling-book/inference/ (second form); derived (first form).
    """
    parts = decode_parts(on, context_tokens, batch=batch)
    return parts.overlapped if overlapped else parts.serial


@physical
def request_seconds(on: Deployment, work: Workload) -> float:
    """Return the shortest time from a prompt to the last of its output tokens.

    Source: derived: prefill gives the first token, each further one is a step whose context is
    one token longer.
    """
    steps = range(work.prompt_tokens + 1, work.prompt_tokens + work.output_tokens)
    later = math.fsum(decode_seconds(on, context, batch=work.batch) for context in steps)
    return prefill_seconds(on, work.prompt_tokens, batch=work.batch) + later


@physical
def user_seconds(ttft_seconds: NotNegative, tpot_seconds: Positive, output_tokens: Count) -> float:
    """Return how long a user waits for the whole answer: the first token, then the gaps.

    Source: derived: N tokens have N - 1 gaps between them.
    """
    return ttft_seconds + (output_tokens - 1) * tpot_seconds


@physical
def compute_seconds(step_flops: Positive, flops_per_s: Positive) -> float:
    """Return the shortest time of a step that only arithmetic limits.

    Source: https://jax-ml.github.io/scaling-book/roofline/ (the compute side of the roofline).
    """
    return step_flops / flops_per_s


@physical
def compute_utilisation(
    step_flops: Positive, step_seconds: Positive, *, flops_per_s: Positive
) -> float:
    """Return the share of the chip's arithmetic that a step uses.

    Source: derived: arithmetic done over arithmetic possible in the same time.
    """
    return step_flops / (step_seconds * flops_per_s)


@physical
def positions_uncached(prompt_tokens: Count, output_tokens: Count) -> int:
    """Return the token positions that a loop without a cache processes: all, for every token.

    Source: derived: P + (P + 1) + … + (P + N - 1).
    """
    return output_tokens * prompt_tokens + output_tokens * (output_tokens - 1) // 2


@physical
def positions_cached(prompt_tokens: Count, output_tokens: Count) -> int:
    """Return the token positions that a loop with a KV cache processes: each once, not the last.

    Source: derived: the last token drawn is never fed back.
    """
    return prompt_tokens + output_tokens - 1
