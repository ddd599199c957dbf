"""The model as the corpus of a draft is written: a static batch of slots, each at its own place.

Matrices are bfloat16 and stored [in, out], which runs twice as fast on processors with AVX-512
BF16; sums stay in float32.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from tokenworks.model import LanguageModel, apply_rope, rms_norm, rope_angles

LOW = jnp.bfloat16
WIDTH = 256  # tokens in a group of the two-level draw


def prepared(lm: LanguageModel) -> dict[str, Any]:
    """Return the weights as this file runs them: bfloat16, [in, out], the head in pieces."""
    layers = [
        {k: (v.T.astype(LOW) if v.ndim == 2 else v) for k, v in layer.items()}
        for layer in lm.fused["layers"]
    ]
    table = lm.fused["embed"]
    head = [piece.T.astype(LOW) for piece in jnp.split(table, 12)]
    return {"layers": layers, "embed": table, "head": head, "norm": lm.fused["final_norm"]}


def product(x: Any, matrix: Any) -> Any:
    """Multiply in bfloat16, sum in float32."""
    return jnp.dot(x.astype(LOW), matrix, preferred_element_type=jnp.float32)


def run_layers(weights: Any, spec: Any, ids: Any, *, positions: Any, attend: Any) -> Any:
    """Return the states after the final norm; `attend(i, (q, k, v))` is layer i's attention."""
    x = weights["embed"][ids]
    turn = rope_angles(positions, spec.d_head, spec.rope_theta)
    q_rows, k_rows = spec.n_heads * spec.d_head, spec.n_kv_heads * spec.d_head
    for i, layer in enumerate(weights["layers"]):
        fused = product(rms_norm(x, layer["attn_norm"], spec.norm_eps), layer["wqkv"])
        parts = jnp.split(fused, [q_rows, q_rows + k_rows], axis=-1)
        q, k, v = (part.reshape(*ids.shape, -1, spec.d_head) for part in parts)
        out = attend(i, (apply_rope(q, turn), apply_rope(k, turn), v))
        x = x + product(out.reshape(*ids.shape, -1), layer["wo"])
        gate_up = product(rms_norm(x, layer["ffn_norm"], spec.norm_eps), layer["w_gate_up"])
        gate, up = jnp.split(gate_up, 2, axis=-1)
        x = x + product(jax.nn.silu(gate) * up, layer["w_down"])
    return rms_norm(x, weights["norm"], spec.norm_eps)


def mix(q: Any, keys: Any, values: Any, *, seen: Any) -> Any:
    """Attend with grouped heads; keys are [B, K, D, S], which runs twice as fast as S, D."""
    batch, tokens, heads, d_head = q.shape
    q = q.reshape(batch, tokens, keys.shape[1], -1, d_head).transpose(0, 2, 3, 1, 4)
    scores = jnp.einsum("bkgtd,bkds->bkgts", q, keys) * d_head**-0.5
    probs = jax.nn.softmax(jnp.where(seen[:, None, None], scores, -1e30), axis=-1)
    out = jnp.einsum("bkgts,bksd->bkgtd", probs, values)
    return out.transpose(0, 3, 1, 2, 4).reshape(batch, tokens, heads * d_head)


@partial(jax.jit, static_argnames=("spec",), donate_argnames=("cache",))
def read_prompts(weights: Any, spec: Any, ids: Any, *, slots: Any, cache: Any) -> Any:
    """Run GROUP padded prompts and put their keys and values into their slots."""
    new = list(cache)
    length = ids.shape[1]
    causal = jnp.tril(jnp.ones((length, length), bool))[None]

    def attend(i: int, qkv: Any) -> Any:
        q, k, v = qkv
        keys, values = k.transpose(0, 2, 3, 1), v.swapaxes(1, 2)
        old_keys, old_values = cache[i]
        for row in slots:
            old_keys = old_keys.at[row, :, :, :length].set(keys)
            old_values = old_values.at[row, :, :length].set(values)
        new[i] = (old_keys, old_values)
        return mix(q, keys, values, seen=causal)

    positions = jnp.broadcast_to(jnp.arange(length), ids.shape)
    states = run_layers(weights, spec, ids, positions=positions, attend=attend)
    return states.astype(jnp.float16), new


@partial(jax.jit, static_argnames=("spec",), donate_argnames=("cache",))
def step(
    weights: Any, spec: Any, ids: Any, *, at: Any, cache: Any, temperature: Any, u: Any
) -> Any:
    """Run one token of every slot; return the next tokens, the states and the cache."""
    new = list(cache)
    rows = jnp.arange(ids.shape[0])
    seen = jnp.arange(cache[0][1].shape[2])[None, None] <= at[:, None, None]

    def attend(i: int, qkv: Any) -> Any:
        q, k, v = qkv
        keys = cache[i][0].at[rows, :, :, at].set(k[:, 0])
        new[i] = (keys, cache[i][1].at[rows, :, at].set(v[:, 0]))
        return mix(q, *new[i], seen=seen)

    states = run_layers(weights, spec, ids[:, None], positions=at[:, None], attend=attend)[:, 0]
    logits = jnp.concatenate([product(states, piece) for piece in weights["head"]], axis=-1)
    return pick(logits, temperature, u), states.astype(jnp.float16), new


def empty_caches(spec: Any, slots: int, tokens: int) -> Any:
    """Return keys [B, K, D, S] and values [B, K, S, D] of every layer."""
    shape = (slots, spec.n_kv_heads)
    return [
        (jnp.zeros((*shape, spec.d_head, tokens)), jnp.zeros((*shape, tokens, spec.d_head)))
        for _ in range(spec.n_layers)
    ]


def pick(logits: Any, temperature: Any, u: Any) -> Any:
    """Return the best token where the temperature is 0, else one drawn through the CDF."""
    best = logits.argmax(-1)
    heat = jnp.where(temperature > 0, temperature, 1.0)[:, None]
    weights = jnp.exp((logits - logits.max(-1, keepdims=True)) / heat)
    groups = weights.reshape(len(u), -1, WIDTH)
    sums = jnp.cumsum(groups.sum(-1), axis=-1)
    wanted = u * sums[:, -1]
    group = jnp.minimum((sums <= wanted[:, None]).sum(-1), sums.shape[1] - 1)
    rows = jnp.arange(len(u))
    rest = wanted - jnp.where(group > 0, sums[rows, group - 1], 0.0)
    inside = (jnp.cumsum(groups[rows, group], axis=-1) <= rest[:, None]).sum(-1)
    drawn = group * WIDTH + jnp.minimum(inside, WIDTH - 1)
    return jnp.where(temperature > 0, drawn, best).astype(jnp.int32)
