"""A step on a slice that reads prompts, whole or in part, alone or beside sequences that decode."""

from __future__ import annotations

from tokenworks.cost.attention_flops import attention_flops_per_token
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.domain import Count, Natural, physical
from tokenworks.cost.memory import kv_bytes_per_token, step_weight_bytes
from tokenworks.cost.mixed_step import Load, possible
from tokenworks.cost.parameters import matmul_parameter_count
from tokenworks.cost.slice_steps import SliceStep, shared_torus, sum_seconds
from tokenworks.cost.step_time import flops_per_token


@physical
def slice_load(on: Deployment, shape: str, load: Load) -> SliceStep:
    """Return one step of a dense model on a slice: weights and each cache read once, for all rows.

    Sequences that decode alone make it `slice_step`; its batch is the rows of logits. What
    `slice_step` refuses, models with windows or latents, and impossible loads raise ValueError.
    Source: derived: https://jax-ml.github.io/scaling-book/inference/, as `slice_step`.
    """
    load, torus, model = possible(load), shared_torus(on, shape), on.model
    if model.kv_lora_rank or model.full_attention_period:
        raise ValueError(f"{model.label} does not keep keys and values of heads in every layer")
    token_bytes = kv_bytes_per_token(model, on.bytes_per_value)  # refuses windows
    weights = step_weight_bytes(model, on.bytes_per_param, load.new_tokens)
    head = model.vocab_size * model.d_model
    layers = matmul_parameter_count(model) - head
    flops = flops_per_token(layers) * load.new_tokens + flops_per_token(head) * load.logit_rows
    flops += attention_flops_per_token(model, load.pairs)
    rate = torus.devices * on.chip.hbm_bytes_per_s
    return SliceStep(
        chips=torus.devices,
        batch=load.logit_rows,
        read_seconds=(weights + load.context_tokens * token_bytes) / rate,
        multiply_seconds=flops / torus.devices / on.chip.peak(on.arithmetic),
        message_seconds=sum_seconds(model, torus, load.new_tokens),
        weight_seconds=weights / rate,
    )


@physical
def slice_prompt(on: Deployment, shape: str, prompt_tokens: Count) -> SliceStep:
    """Return the step that reads one whole prompt, alone on a slice.

    Nobody has published such a step with its length for a TPU v5e. Where lengths are unknown but
    equal (`published_runs.csv`), two slices of 8 took 0.62 to 0.66 of the time of one of 16; this
    expects 0.69.
    Source: derived: `slice_load`.
    """
    return slice_load(on, shape, prompt_load(prompt_tokens))


@physical
def prompt_load(
    tokens: Count,
    *,
    before_tokens: Natural = 0,
    last: bool = True,
    decodes: Natural = 0,
    context_tokens: Count = 1,
) -> Load:
    """Return the load of a piece of a prompt after what was read before, and of decodes beside it.

    Only the `last` piece yields a token; each decode sees `context_tokens` tokens.
    Source: derived: each token of the piece looks at itself and at all before it.
    """
    pairs = tokens * before_tokens + tokens * (tokens + 1) // 2
    cached = decodes * context_tokens
    return Load(
        sequences=decodes + 1,
        new_tokens=decodes + tokens,
        logit_rows=decodes + last,
        context_tokens=cached + before_tokens + tokens,
        pairs=cached + pairs,
        prompts=1,
        prompt_pairs=pairs,
    )
