"""One Llama layer as a pure function of (hidden state, weights of the layer, spec).

Matrices are stored [out, in]: a decode step then reads each of them once, row after row. Other
ways to store them are in `matrices`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from tokenworks.architecture import ModelSpec
from tokenworks.kernels.naive import Precision, attention
from tokenworks.model.matrices import StoredMatrix
from tokenworks.model.rope import apply_rope, rope_angles

Matrix: TypeAlias = Float[Array, "out in"] | StoredMatrix
Layer: TypeAlias = dict[str, Any]  # matrices, and the scales of the norms
KeysValues: TypeAlias = tuple[Float[Array, "B S K D"], Float[Array, "B S K D"]]
Attend: TypeAlias = Callable[[Any, Any, Any], tuple[Any, Any]]
Total: TypeAlias = Callable[[Any], Any]


class TreeMask(NamedTuple):
    """Tokens that are the nodes of a tree: each follows its ancestors, and not its neighbours.

    Node i is written to the cache at `start + i`, and stands in the text at `start + depths[i]`.
    """

    depths: Any  # Int "T": 0 for a node that follows the cached text
    ancestors: Any  # Bool "T T": row i is true at i and at every node above it

    def seen(self, start: Int[Array, ""] | int, cached: int) -> Bool[Array, "1 T S"]:
        """Return what each node attends to: the text before the tree, its ancestors, itself."""
        before = jnp.broadcast_to(jnp.arange(cached) < start, (len(self.depths), cached))
        return jax.lax.dynamic_update_slice(before, self.ancestors, (0, start))[None]


def unsplit(product: Any) -> Any:
    """Return a product as it is: one device multiplied all of the matrix."""
    return product


def linear(
    x: Float[Array, "B T in"], weight: Matrix, precision: Precision
) -> Float[Array, "B T out"]:
    """Multiply every row of x by a matrix stored [out, in], or as its type says."""
    if isinstance(weight, StoredMatrix):
        return weight.product(x, precision)
    return jnp.einsum("bti,oi->bto", x, weight, precision=precision)


def rms_norm(
    x: Float[Array, "B T M"], scale: Float[Array, " M"], eps: float
) -> Float[Array, "B T M"]:
    """Divide x by its root mean square over M, then scale; the mean is taken in float32."""
    wide = x.astype(jnp.float32)
    mean_square = jnp.mean(wide * wide, axis=-1, keepdims=True)
    return (wide * jax.lax.rsqrt(mean_square + eps)).astype(x.dtype) * scale


def qkv(
    x: Float[Array, "B T M"], layer: Layer, spec: ModelSpec, *, precision: Precision
) -> tuple[Float[Array, "B T H D"], Float[Array, "B T K D"], Float[Array, "B T K D"]]:
    """Project x to query, key and value heads, fused into one matrix or not."""
    q_rows, k_rows = spec.n_heads * spec.d_head, spec.n_kv_heads * spec.d_head
    if "wqkv" in layer:
        fused = linear(x, layer["wqkv"], precision)
        parts = jnp.split(fused, [q_rows, q_rows + k_rows], axis=-1)
    else:
        parts = [linear(x, layer[name], precision) for name in ("wq", "wk", "wv")]
    q, k, v = (part.reshape(*x.shape[:2], -1, spec.d_head) for part in parts)
    return q, k, v


def write(
    buffer: Float[Array, "B S K D"], new: Float[Array, "B T K D"], start: Int[Array, ""] | int
) -> Float[Array, "B S K D"]:
    """Put the keys or values of new tokens into a buffer, from position `start` on."""
    return jax.lax.dynamic_update_slice(buffer, new, (0, start, 0, 0))


def swiglu(
    x: Float[Array, "B T M"], layer: Layer, *, precision: Precision
) -> Float[Array, "B T M"]:
    """Return w_down · (silu(w_gate · x) * (w_up · x))."""
    return linear(gated(x, layer, precision=precision), layer["w_down"], precision)


def gated(x: Float[Array, "B T M"], layer: Layer, *, precision: Precision) -> Float[Array, "B T F"]:
    """Return what w_down reads: silu(w_gate · x) * (w_up · x), fused into one matrix or not."""
    if "w_gate_up" in layer:
        gate, up = jnp.split(linear(x, layer["w_gate_up"], precision), 2, axis=-1)
    else:
        gate, up = (linear(x, layer[name], precision) for name in ("w_gate", "w_up"))
    return jax.nn.silu(gate) * up


def layer_block(
    x: Float[Array, "B T M"],
    layer: Layer,
    spec: ModelSpec,
    *,
    start: Int[Array, ""] | int = 0,
    cache: KeysValues | None = None,
    tree: TreeMask | None = None,
    total: Total = unsplit,
    precision: Precision = "highest",
) -> tuple[Float[Array, "B T M"], KeysValues]:
    """Run one layer on tokens start .. start+T-1; return its output and the keys and values."""
    steps = jnp.arange(x.shape[1]) if tree is None else tree.depths
    positions = jnp.broadcast_to(start + steps, x.shape[:2])

    def attend(q: Any, k: Any, v: Any) -> tuple[Any, KeysValues]:
        kv = (k, v)
        if cache is not None:
            kv = (write(cache[0], k, start), write(cache[1], v, start))
        seen = None if tree is None else tree.seen(start, kv[0].shape[1])
        out = attention(q, *kv, positions=positions, seen=seen, precision=precision)
        return out, kv

    return block_around(
        attend, x, layer, spec=spec, positions=positions, total=total, precision=precision
    )


def block_around(
    attend: Attend,
    x: Float[Array, "B T M"],
    layer: Layer,
    *,
    spec: ModelSpec,
    positions: Int[Array, "B T"],
    turn: Float[Array, "B T pairs"] | None = None,
    total: Total = unsplit,
    precision: Precision,
) -> tuple[Float[Array, "B T M"], Any]:
    """Run one layer whose tokens look at each other through `attend(q, k, v)`.

    `attend` gets queries and keys rotated by their positions, or by `turn`. It returns attn_out,
    and whatever the caller wants to keep, such as a cache, which is returned beside the layer's
    output. Where devices hold parts of the matrices, `total` adds up what each of them made of a
    product, once after attention and once after the feed-forward part.
    """
    q, k, v = qkv(rms_norm(x, layer["attn_norm"], spec.norm_eps), layer, spec, precision=precision)
    if turn is None:
        turn = rope_angles(positions, spec.d_head, spec.rope_theta)
    attn_out, kept = attend(apply_rope(q, turn), apply_rope(k, turn), v)
    x = x + total(linear(attn_out.reshape(*x.shape[:2], -1), layer["wo"], precision))
    normed = rms_norm(x, layer["ffn_norm"], spec.norm_eps)
    return x + total(swiglu(normed, layer, precision=precision)), kept
