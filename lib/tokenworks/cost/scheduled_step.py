"""What to expect of the steps that a scheduler makes: decodes, prompts and their pieces together.

The rows of all pass the matrices at once; attention has a kernel for the decodes, and one for the
prompts. No served request was fitted or scored by such a step: its kernels were, one by one.
"""

from __future__ import annotations

from collections.abc import Callable

from tokenworks.cost.domain import NotNegative, physical
from tokenworks.cost.kernel_calls import Tokens
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.layer_kernels import LayerKernels
from tokenworks.cost.mixed_step import Load, last_tokens, possible
from tokenworks.cost.serving_plan import ServingPlan
from tokenworks.cost.step_kernels import Step, attention_kernels, kernels_of


def load_step(plan: ServingPlan, load: Load, *, constants: Constants) -> Step:
    """Return a scheduler's step as the sum of its kernels; an impossible load raises ValueError.

    Decodes are taken at their mean context, prompts at theirs; every sequence has its logits.
    Source: derived: `decode_step` and `prefill_step` with the matrices of both in one.
    """
    layer = LayerKernels(plan, tokens_of(possible(load)), constants)
    return Step(tuple(kernels_of(layer)))


def tokens_of(load: Load) -> Tokens:
    """Return a load at its means; a decode beside prompts has one row."""
    sequences, rows, _, context, pairs, prompts, prompt_pairs = load
    decodes = sequences - prompts
    if not prompts:
        looks = pairs / context
        return Tokens(decodes, context / decodes, looks=looks, idle=rows - decodes * looks)
    seen = pairs - prompt_pairs
    length = (context - seen) / prompts
    new = last_tokens(length, prompt_pairs / prompts)
    return Tokens(
        decodes,
        seen / decodes if decodes else 0,
        prompt=new,
        prompts=prompts,
        before=max(0.0, length - new),
        idle=rows - decodes - prompts * new,
    )


@physical
def expected_clock(
    plan: ServingPlan, *, constants: Constants, overhead_seconds: NotNegative = 0.0
) -> Callable[[Load], float]:
    """Return the expected time of `load_step`, for `simulate`: unchecked and fast.

    Source: derived: what depends on rows and sequences alone is added up once for each.
    """
    known: dict[tuple[float, float, float], float] = {}

    def seconds(load: Load) -> float:
        layer = LayerKernels(plan, tokens := tokens_of(load), constants)
        key = (load.new_tokens, tokens.sequences, tokens.logits)
        attention = Step(tuple(attention_kernels(layer))).expected_seconds
        if key not in known:
            known[key] = Step(tuple(kernels_of(layer))).expected_seconds - attention
        return known[key] + attention + overhead_seconds

    return seconds
