"""The kernels of one step of a server, each with its floor and what to expect of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tokenworks.cost.domain import Positive, physical
from tokenworks.cost.kernel_calls import Tokens
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.kernels import Kernel
from tokenworks.cost.layer_kernels import LayerKernels
from tokenworks.cost.serving_plan import ServingPlan
from tokenworks.shapes import attending_windows, is_moe_layer


@dataclass(frozen=True)
class Step:
    """One step as the sum of its kernels: they run one after another on every chip."""

    kernels: tuple[Kernel, ...]

    @property
    def floor_seconds(self) -> float:
        """The floors of all kernels, added."""
        return sum(kernel.calls * kernel.floor_seconds for kernel in self.kernels)

    @property
    def expected_seconds(self) -> float:
        """What to expect of all kernels, added."""
        return sum(kernel.calls * kernel.expected_seconds for kernel in self.kernels)

    def floor_of(self, *kinds: str) -> float:
        """Return the floors of the kernels of some kinds, added."""
        chosen = (kernel for kernel in self.kernels if kernel.kind in kinds)
        return sum(kernel.calls * kernel.floor_seconds for kernel in chosen)

    def seconds_of(self, kind: str) -> float:
        """Return what to expect of the kernels of one kind."""
        chosen = (kernel for kernel in self.kernels if kernel.kind == kind)
        return sum(kernel.calls * kernel.expected_seconds for kernel in chosen)


@physical
def decode_step(
    plan: ServingPlan, batch: Positive, context_tokens: Positive, *, constants: Constants
) -> Step:
    """Return a decode step of `batch` sequences in each attention group, at a mean context.

    Source: derived: the matrices of `shapes.weight_shapes`, attention over the cache, messages.
    """
    return Step(tuple(_kernels(plan, Tokens(decodes=batch, context=context_tokens), constants)))


@physical
def prefill_step(
    plan: ServingPlan, prompt_tokens: Positive, *, constants: Constants, prompts: Positive = 1
) -> Step:
    """Return the reading of one prompt in each attention group, or of several at once.

    Source: derived: as `decode_step`, with causal attention over the prompt.
    """
    return Step(tuple(_kernels(plan, Tokens(prompt=prompt_tokens, prompts=prompts), constants)))


def _kernels(plan: ServingPlan, tokens: Tokens, constants: Constants) -> Iterator[Kernel]:
    layer, model = LayerKernels(plan, tokens, constants), plan.model
    windows = attending_windows(model)
    linear = model.n_layers - len(windows)
    yield from layer.attention_matrices(len(windows))
    for window, count in Counter(windows).items():
        yield from layer.attention(window, count)
    if linear:
        yield from layer.linear(linear)
    moe = sum(is_moe_layer(model, i) for i in range(model.n_layers))
    if moe < model.n_layers:
        yield from layer.ffn(model.n_layers - moe)
    if moe:
        yield from layer.moe(moe)
    yield from layer.between(model.n_layers)
    yield from layer.head()
