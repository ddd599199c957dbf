"""What the TPU kernels share: m, l and O of the online softmax, in VMEM from step to step."""

from __future__ import annotations

from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
from jax.experimental.pallas import tpu as pltpu

from tokenworks.kernels.naive import Precision, capped

State: TypeAlias = tuple[Any, Any, Any]  # references to m, l and O
LANES = 128  # of a vector register: a value a row, such as m, takes a row of this many
LIMIT_BYTES = 2**24  # what the compiler gives one kernel of a v5e's VMEM, unless told
SPILL = 0.15  # of a score tile: what libtpu 0.0.52 sets aside beside it where tiles are large


def interpreted(interpret: bool | None) -> bool:
    """Tell whether a kernel is interpreted: on a CPU, unless told; a GPU can run none of them.

    A GPU raises ValueError, which names the function to call there.
    """
    backend = jax.default_backend()
    if interpret is None and backend not in ("cpu", "tpu"):
        raise ValueError(
            f"this kernel is made for a TPU and cannot run on {backend}: call the one in plain JAX "
            "(kernels.flash, kernels.paged), or pass interpret=True"
        )
    return backend == "cpu" if interpret is None else interpret


def scratch(rows: int, d_head: int) -> list[Any]:
    """Return the shapes of m, l and O for so many rows of queries."""
    return [pltpu.VMEM((rows, width), jnp.float32) for width in (LANES, LANES, d_head)]


def clear(state: State) -> None:
    """Start with no score seen."""
    for reference, value in zip(state, (-jnp.inf, 0, 0), strict=True):
        reference[...] = jnp.full(reference.shape, value, jnp.float32)


def scores_of(q: Any, k: Any, soft_cap: float | None, *, precision: Precision) -> Any:
    """Return a tile of scores in float32, capped."""
    across = (((1,), (1,)), ((), ()))
    scores = jax.lax.dot_general(
        q, k, across, precision=precision, preferred_element_type=jnp.float32
    )
    return capped(scores * q.shape[-1] ** -0.5, soft_cap)


def update(state: State, scores: Any, values: Any, *, precision: Precision) -> None:
    """Do in place what `online_softmax.update` does: a tile of scores into m, l and O."""
    m_scratch, l_scratch, o_scratch = state
    m = jnp.maximum(m_scratch[:, :1], scores.max(axis=1, keepdims=True))
    finite = jnp.where(m == -jnp.inf, 0, m)
    α, p = jnp.exp(m_scratch[:, :1] - finite), jnp.exp(scores - finite)
    l = α * l_scratch[:, :1] + p.sum(axis=1, keepdims=True)
    pv = jax.lax.dot(
        p.astype(values.dtype), values, precision=precision, preferred_element_type=jnp.float32
    )
    m_scratch[...] = jnp.broadcast_to(m, m_scratch.shape)
    l_scratch[...] = jnp.broadcast_to(l, l_scratch.shape)
    o_scratch[...] = α * o_scratch[...] + pv


def finish(state: State, out: Any) -> None:
    """Write O / l, zeros for a row that saw no key."""
    _, l_scratch, o_scratch = state
    total = l_scratch[:, :1]
    out[...] = (o_scratch[...] / jnp.where(total == 0, 1, total)).astype(out.dtype)


def up(count: Any, size: int) -> Any:
    """Return how many pieces of `size` hold `count`, from 0; `//` would have its sign looked at."""
    return jax.lax.div(count + (size - 1), size)


def padded(count: int, multiple: int) -> int:
    """Return the next multiple: VMEM holds whole registers of 8 × 128."""
    return -(-count // multiple) * multiple
