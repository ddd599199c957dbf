"""The kernels of one step of a server, each with its floor and what to expect of it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tokenworks.architecture import ModelSpec
from tokenworks.cost.domain import Count, Positive, physical
from tokenworks.cost.kernel_calls import Tokens
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.kernels import Kernel
from tokenworks.cost.layer_kernels import LayerKernels
from tokenworks.cost.serving_plan import ServingPlan
from tokenworks.shapes import attending_windows, moe_layer_count


@dataclass(frozen=True)
class Step:
    """One step as the sum of its kernels: they run one after another on every chip."""

    kernels: tuple[Kernel, ...]

    @property
    def floor_seconds(self) -> float:
        """The floors of all kernels, added."""
        return math.fsum(kernel.calls * kernel.floor_seconds for kernel in self.kernels)

    @property
    def expected_seconds(self) -> float:
        """What to expect of all kernels, added."""
        return math.fsum(kernel.calls * kernel.expected_seconds for kernel in self.kernels)

    def floor_of(self, *kinds: str) -> float:
        """Return the floors of the kernels of some kinds, added."""
        chosen = (kernel for kernel in self.kernels if kernel.kind in kinds)
        return math.fsum(kernel.calls * kernel.floor_seconds for kernel in chosen)

    def seconds_of(self, kind: str) -> float:
        """Return what to expect of the kernels of one kind."""
        chosen = (kernel for kernel in self.kernels if kernel.kind == kind)
        return math.fsum(kernel.calls * kernel.expected_seconds for kernel in chosen)


@physical
def decode_step(
    plan: ServingPlan,
    batch: Positive,
    context_tokens: Positive,
    *,
    constants: Constants,
    tokens_per_sequence: Count = 1,
) -> Step:
    """Return a decode step of `batch` sequences in each attention group, at a mean context.

    With more tokens a sequence it is the pass that verifies drafts: every cache is read once for
    all of them, and each gets logits. `context_tokens` is what the first of them sees.
    Source: derived: the matrices of `shapes.weight_shapes`, attention over the cache, messages.
    """
    mean = context_tokens + (tokens_per_sequence - 1) / 2
    tokens = Tokens(decodes=batch, context=mean, looks=tokens_per_sequence)
    return Step(tuple(kernels_of(LayerKernels(plan, tokens, constants))))


@physical
def prefill_step(
    plan: ServingPlan, prompt_tokens: Positive, *, constants: Constants, prompts: Positive = 1
) -> Step:
    """Return the reading of one prompt in each attention group, or of several at once.

    Source: derived: as `decode_step`, with causal attention over the prompt.
    """
    layer = LayerKernels(plan, Tokens(prompt=prompt_tokens, prompts=prompts), constants)
    return Step(tuple(kernels_of(layer)))


def kernels_of(layer: LayerKernels) -> Iterator[Kernel]:
    """Yield the kernels of a step on one chip, part by part."""
    model = layer.model
    attending = sum(count for _, count in _windows(model))
    linear = model.n_layers - attending
    yield from layer.attention_matrices(attending)
    yield from attention_kernels(layer)
    if linear:
        yield from layer.linear(linear)
    moe = moe_layer_count(model)
    if moe < model.n_layers:
        yield from layer.ffn(model.n_layers - moe)
    if moe:
        yield from layer.moe(moe)
    yield from layer.between(model.n_layers)
    yield from layer.head()


def attention_kernels(layer: LayerKernels) -> Iterator[Kernel]:
    """Yield attention of all layers: all that depends on how long the sequences are."""
    for window, count in _windows(layer.model):
        yield from layer.attention(window, count)


@lru_cache(maxsize=64)
def _windows(model: ModelSpec) -> tuple[tuple[int | None, int], ...]:
    """Return what layers that keep keys and values look back, and how many do."""
    return tuple(Counter(attending_windows(model)).items())
