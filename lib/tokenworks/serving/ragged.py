"""One forward pass over rows of many sequences: decodes and pieces of prompts in one step.

The matrices run once over all rows; attention runs apart for the decodes and for the prompts,
because each of those is a rectangle: sequences that run equally many tokens.

The layers are compiled one by one and called in turn. A compiled step of all layers runs no
faster on a CPU, where calls are queued while the one before still runs, and takes as many times
longer to compile as there are layers; a server compiles a dozen shapes before it is ready.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from tokenworks.architecture import ModelSpec
from tokenworks.kernels.naive import Precision
from tokenworks.kernels.paged import Pages, paged_attention
from tokenworks.kernels.paged_pallas import BlockSizes, paged_decode
from tokenworks.model.forward_pass import lm_head
from tokenworks.model.layers import Layer, block_around, rms_norm
from tokenworks.model.weights import Weights
from tokenworks.serving.kv_pages import put

PAGES_A_STEP = BlockSizes(8)  # of the kernel: 128 tokens where a page holds 16


class Rectangle(NamedTuple):
    """Sequences that run equally many tokens: which, where in the sequence, where in the cache."""

    ids: Any  # Int "B T"
    positions: Any  # Int "B T"
    slot_mapping: Any  # Int "B T": the cell in which each token's key and value are written
    tables: Any  # Int "B pages": the block tables, the pages that each sequence attends to


class Rows(NamedTuple):
    """All rows of a step, rectangle after rectangle, and those whose next token is wanted."""

    rectangles: tuple[Rectangle, ...]
    scored: Any  # Int "N"

    def flat(self, name: str) -> Any:
        """Return one field of all rows, one after another, as a batch of one."""
        return jnp.concatenate([getattr(r, name).reshape(1, -1) for r in self.rectangles], axis=1)


class Scores(NamedTuple):
    """What stands after each scored row: a token is no use where its logits are not finite."""

    tokens: Any  # Int "N": the most probable next token
    finite: Any  # Bool "N": whether the largest logit is a number
    logits: Any  # Float "N V"


@jax.jit
def embed_rows(table: Float[Array, "V M"], rows: Rows) -> Float[Array, "B T M"]:
    """Look every row's token up in the embedding table."""
    return table[rows.flat("ids")]


@partial(
    jax.jit,
    static_argnames=("spec", "block_size", "precision", "attention"),
    donate_argnames=("x", "pages"),
)
def paged_block(
    x: Float[Array, "B T M"],
    layer: Layer,
    pages: Pages,
    *,
    rows: Rows,
    spec: ModelSpec,
    block_size: int,
    precision: Precision,
    attention: str = "jax",
) -> tuple[Float[Array, "B T M"], Pages]:
    """Run one layer on all rows against its pages; return its output and the pages."""
    attended = ATTENTION[attention]

    def attend(q: Any, k: Any, v: Any) -> tuple[Any, Pages]:
        slots = rows.flat("slot_mapping")[0]
        kept = (put(pages[0], k[0], slots), put(pages[1], v[0], slots))
        outs, start = [], 0
        for part in rows.rectangles:
            shape, end = part.ids.shape, start + part.ids.size
            queries = q[0, start:end].reshape(*shape, *q.shape[2:])
            out = attended(
                queries,
                kept,
                part.tables,
                positions=part.positions,
                block_size=block_size,
                precision=precision,
            )
            outs.append(out.reshape(1, -1, *q.shape[2:]))
            start = end
        return jnp.concatenate(outs, axis=1), kept

    positions = rows.flat("positions")
    return block_around(attend, x, layer, spec=spec, positions=positions, precision=precision)


def _by_kernel(
    q: Float[Array, "B T H D"],
    pages: Pages,
    tables: Int[Array, "B pages"],
    *,
    positions: Int[Array, "B T"],
    block_size: int,
    precision: Precision,
) -> Float[Array, "B T H D"]:
    """Attend through the Pallas kernel where each sequence has one query, else by gathering."""
    if q.shape[1] > 1:
        return paged_attention(
            q, pages, tables, positions=positions, block_size=block_size, precision=precision
        )
    k, v = (each.reshape(-1, block_size, *each.shape[1:]) for each in pages)
    exact = k.dtype == jnp.bfloat16  # its products are, however they are asked for
    out = paged_decode(
        q[:, 0].astype(k.dtype),  # the matrix unit multiplies numbers of one format
        (k, v),
        tables,
        lengths=positions[:, 0] + 1,
        sizes=PAGES_A_STEP,
        precision="default" if exact else precision,
    )
    return out[:, None].astype(q.dtype)


@partial(jax.jit, static_argnames=("eps",))
def final_states(top: Weights, x: Float[Array, "B T M"], *, eps: float) -> Float[Array, "B T M"]:
    """Return what the head reads of each row: the last layer's output, normed."""
    return rms_norm(x, top["final_norm"], eps)


@partial(jax.jit, static_argnames=("eps", "precision"))
def score_rows(
    top: Weights,
    x: Float[Array, "B T M"],
    scored: Int[Array, " N"],
    *,
    eps: float,
    precision: Precision,
) -> Scores:
    """Return the most probable next token after each scored row, and all its logits."""
    logits = lm_head(top, rms_norm(x[:, scored], top["final_norm"], eps), precision=precision)[0]
    finite = jnp.isfinite(logits.max(axis=-1))  # a maximum over NaN is NaN
    return Scores(logits.argmax(axis=-1), finite, logits)


ATTENTION = {"jax": paged_attention, "pallas": _by_kernel}


def top_weights(weights: Weights) -> Weights:
    """Return the weights that are no layer's."""
    return {name: value for name, value in weights.items() if name != "layers"}
