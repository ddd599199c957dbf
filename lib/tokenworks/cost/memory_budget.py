"""What fits: the memory of one chip, the largest batch and context, the fewest chips."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tokenworks.accelerator import planned_memory
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.domain import Count, Natural, physical
from tokenworks.cost.memory import (
    activation_bytes,
    checkpoint_bytes,
    kept_state_bytes,
    kv_bytes_per_chip,
    slice_chips,
    tensor_parallel_sizes,
)
from tokenworks.number import Number
from tokenworks.shapes import attending_windows


@dataclass(frozen=True)
class Budget:
    """The memory of one chip: what it has and what each part takes, in bytes."""

    chips: int
    capacity_bytes: Number
    capacity_basis: str  # which figure of the chip that is: "usable" or "physical"
    weight_bytes: Number
    kv_bytes: Number  # the states of linear layers among them
    activation_bytes: Number
    overhead_bytes: Number
    fragmentation_bytes: Number  # of the pool that is left for the cache, what cannot be used

    @property
    def needed_bytes(self) -> float:
        """All parts together."""
        return float(
            self.weight_bytes
            + self.kv_bytes
            + self.activation_bytes
            + self.overhead_bytes
            + self.fragmentation_bytes
        )

    @property
    def free_bytes(self) -> float:
        """What is left; below 0 what is missing."""
        return float(self.capacity_bytes - self.needed_bytes)

    @property
    def fits(self) -> bool:
        """Whether nothing is missing."""
        return self.free_bytes >= 0


@physical
def budget(
    on: Deployment, *, context_tokens: Count, batch: Count = 1, prefill_tokens: Natural = 0
) -> Budget:
    """Return what one of the chips must hold while `batch` sequences stand at this length.

    Weights are sharded evenly; the two small matrices of a KV head that several chips hold are
    counted once; parts that the deployment keeps at 16 bits count so. `prefill_tokens` is what one
    pass reads of a prompt at most; tensor parallelism divides its activations but the residual.
    Source: derived: https://jax-ml.github.io/scaling-book/inference/ (weights, caches, the rest).
    """
    one = _sequence_bytes(on, context_tokens)
    pool, (capacity, basis) = _pool_bytes(on, prefill_tokens), planned_memory(on.chip)
    return Budget(
        chips=on.chips,
        capacity_bytes=capacity,
        capacity_basis=basis,
        weight_bytes=_weights(on),
        kv_bytes=batch * one,
        activation_bytes=activation_bytes(on.model, prefill_tokens, tp=on.chips),
        overhead_bytes=on.overhead_bytes,
        fragmentation_bytes=on.fragmentation * max(pool, 0),
    )


@physical
def max_batch(on: Deployment, context_tokens: Count, *, prefill_tokens: Natural = 0) -> int:
    """Return how many sequences of this length fit at once, 0 where not even one does.

    Source: derived: the usable cache pool over one sequence's cache, rounded down.
    """
    usable = (1 - on.fragmentation) * max(_pool_bytes(on, prefill_tokens), 0)
    return int(usable // _sequence_bytes(on, context_tokens))


@physical
def max_context(on: Deployment, batch: Count = 1, *, prefill_tokens: Natural = 0) -> int | None:
    """Return the longest context that `batch` sequences can have at once, in tokens.

    None: every layer's window is full and the rest costs nothing, so memory sets no limit.
    Source: derived: the largest length whose caches fit the usable pool, by bisection.
    """
    windows = attending_windows(on.model)

    def fits(tokens: int) -> bool:
        return max_batch(on, tokens, prefill_tokens=prefill_tokens) >= batch

    if None not in windows and fits(max(window or 0 for window in windows)):
        return None
    if not fits(1):
        return 0
    low, high = 1, 2
    while fits(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


@physical
def fit_chips(
    on: Deployment, *, context_tokens: Count, batch: Count = 1, prefill_tokens: Natural = 0
) -> int:
    """Return the fewest tensor-parallel chips that hold it; raise ValueError where none do.

    Source: derived: the chip counts over which the heads can be sharded, tried in order.
    """
    for chips in tensor_parallel_sizes(on.model):
        held = budget(
            replace(on, chips=chips),
            context_tokens=context_tokens,
            batch=batch,
            prefill_tokens=prefill_tokens,
        )
        if held.fits:
            return chips
    raise ValueError(
        f"{on.model.label} with {batch} x {context_tokens} tokens does not fit on any number of "
        f"{on.chip.label} over which its {on.model.n_heads} heads can be sharded"
    )


@physical
def fit_slice(
    on: Deployment, *, context_tokens: Count, batch: Count = 1, prefill_tokens: Natural = 0
) -> int:
    """Return the fewest chips that can be rented together and that hold it.

    Source: derived: fit_chips, rounded up to a slice or to whole servers.
    """
    needed = fit_chips(
        on, context_tokens=context_tokens, batch=batch, prefill_tokens=prefill_tokens
    )
    return slice_chips(needed, on=on.chip)


def _sequence_bytes(on: Deployment, context_tokens: int) -> float:
    """Return what one chip holds of one sequence of this length, its part of a fixed state too."""
    width, state = on.bytes_per_value, kept_state_bytes(on.model) / on.chips
    return kv_bytes_per_chip(on.model, context_tokens, bytes_per_value=width, tp=on.chips) + state


def _pool_bytes(on: Deployment, prefill_tokens: int) -> float:
    """Return what one chip has left for caches; below 0 where the weights alone are too large."""
    activations = activation_bytes(on.model, prefill_tokens, tp=on.chips)
    return on.chip.planned_bytes - (_weights(on) + on.overhead_bytes + activations)


def _weights(on: Deployment) -> float:
    """Return one chip's share of the weights."""
    return checkpoint_bytes(on.model, on.bytes_per_param, kept=on.kept) / on.chips
