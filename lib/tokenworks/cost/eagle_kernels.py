"""What a guess of an EAGLE draft takes on the chips of its target: one layer and the vocabulary."""

from __future__ import annotations

from dataclasses import replace

from tokenworks.architecture import ModelSpec
from tokenworks.cost.domain import Positive, physical
from tokenworks.cost.kernel_calls import Tokens
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.layer_kernels import LayerKernels
from tokenworks.cost.serving_plan import ServingPlan
from tokenworks.cost.step_kernels import Step, decode_step
from tokenworks.shapes import is_moe_layer


def eagle_layer(model: ModelSpec) -> ModelSpec:
    """Return a model of one layer, the target's last, which here sees the whole context."""
    routed = is_moe_layer(model, model.n_layers - 1)
    return replace(
        model,
        n_layers=1,
        n_experts=model.n_experts if routed else 0,
        n_dense_layers=0,
        moe_layer_period=1,
        window_tokens=None,
        global_layer_period=None,
        layer_windows=(),
        full_attention_period=None,
        linear_key_heads=0,
        linear_value_heads=0,
        d_linear=0,
        conv_kernel=0,
    )


@physical
def eagle_step(
    plan: ServingPlan, batch: Positive, context_tokens: Positive, *, constants: Constants
) -> Step:
    """Return a step of an EAGLE draft for `batch` sequences in each attention group of the target.

    The layer and the vocabulary are split over the chips as the target's are; the matrix from state
    and embedding stands on each of them in 16 bits, as vLLM has it.
    Source: https://arxiv.org/abs/2401.15077 (section 3.2);
    https://github.com/vllm-project/vllm (vllm/model_executor/models/llama_eagle.py).
    """
    one = replace(plan, model=eagle_layer(plan.model))
    M = plan.model.d_model
    calls = LayerKernels(one, Tokens(decodes=batch, context=context_tokens), constants)
    fuse = calls.matrix("state and embedding", 1, n=M, k=2 * M, form="bfloat16")
    step = decode_step(one, batch, context_tokens, constants=constants)
    return Step((fuse, *step.kernels))
