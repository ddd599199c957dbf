"""Every stage of one forward pass, as arrays to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from tokenworks.model.forward_pass import hidden_states, lm_head, loop
from tokenworks.model.generation import encode_prompt
from tokenworks.model.language_model import LanguageModel
from tokenworks.model.layers import layer_block, qkv, rms_norm
from tokenworks.model.rope import apply_rope, rope_angles


@dataclass(frozen=True)
class Trace:
    """What each stage made of one text; Q and K of layer 0 are after the rotation."""

    ids: Int[np.ndarray, " T"]
    pieces: list[str]
    embeddings: Float[np.ndarray, "T M"]
    q: Float[np.ndarray, "T H D"]
    k: Float[np.ndarray, "T K D"]
    v: Float[np.ndarray, "T K D"]
    hidden: Float[np.ndarray, "T M"]
    logits: Float[np.ndarray, "T V"]


def trace(lm: LanguageModel, text: str) -> Trace:
    """Run a text through the model and keep the array of every stage."""
    ids = encode_prompt(lm, text)
    spec, weights = lm.spec, lm.weights
    x = weights["embed"][jnp.asarray([ids])]
    layer = weights["layers"][0]
    normed = rms_norm(x, layer["attn_norm"], spec.norm_eps)
    q, k, v = qkv(normed, layer, spec, precision="highest")
    turn = rope_angles(jnp.arange(len(ids))[None], spec.d_head, spec.rope_theta)
    last = hidden_states(weights, spec, np.asarray([ids]))
    stages = (x, apply_rope(q, turn), apply_rope(k, turn), v, last, lm_head(weights, last))
    arrays = [np.asarray(stage)[0] for stage in jax.device_get(stages)]
    pieces = [lm.tokenizer.token(i) for i in ids]
    return Trace(np.asarray(ids), pieces, *arrays)


def residual_stream(lm: LanguageModel, text: str) -> Float[np.ndarray, "L T M"]:
    """Return what stands in the residual stream after each layer, for every token of a text."""
    ids = jnp.asarray([encode_prompt(lm, text)])

    def step(x: Any, inputs: Any) -> tuple[Any, Any]:
        x, _ = layer_block(x, inputs[0], lm.spec)
        return x, x[0]

    _, states = loop(step, lm.weights["embed"][ids], lm.weights["layers"])
    return np.stack(jax.device_get(states))
