"""Where the training of a draft starts: the least-squares map, with a layer that adds nothing."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.draft_data import Text
from tokenworks.model import LanguageModel
from tokenworks.speculation.draft_layer import self_fed_states
from tokenworks.speculation.least_squares import LeastSquares

MOST_PAIRS = 200_000
FACTORS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
SILENT = ("wo", "w_down")  # matrices that write to the residual stream


def initial_weights(lm: LanguageModel, texts: list[Text], table: Any) -> Any:
    """Return the weights of a draft that says what the least-squares map says.

    The rest of the layer is the model's last one: it attends in a way that has been of use before.
    """
    layer = {
        name: jnp.zeros_like(value) if name in SILENT else jnp.array(value)
        for name, value in lm.fused["layers"][-1].items()
    }
    norm = jnp.array(lm.fused["final_norm"])
    weights = {**fitted_map(lm, texts), "layer": layer, "final_norm": norm}
    factor = calmest(lm, weights, texts, table=table)
    return weights | {"final_norm": norm * factor}


def calmest(lm: LanguageModel, weights: Any, texts: list[Text], *, table: Any) -> float:
    """Return the factor that makes the guesses as sure as they are right.

    A guess is short where it is unsure, but the norm makes all of them equally long.
    """
    losses = dict.fromkeys(FACTORS, 0.0)
    for text in texts[:: max(1, len(texts) // 12)]:
        states = jnp.asarray(text.states[None], jnp.float32)
        embedded = lm.fused["embed"][text.ids[None, 1:]]
        (out,) = self_fed_states(weights, lm.spec, states, embedded=embedded, depth=1)
        p = jax.nn.softmax(states[0, text.prompt :] @ table.T)
        for factor in FACTORS:
            logits = factor * out[0, text.prompt - 1 : -1] @ table.T
            losses[factor] -= float((p * jax.nn.log_softmax(logits)).sum())
    return min(losses, key=lambda factor: losses[factor])


def input_scale(lm: LanguageModel, texts: list[Text]) -> np.ndarray:
    """Return what brings each component of state and embedding to a mean square of 1."""
    few = texts[:: max(1, len(texts) // 200)]
    states = np.concatenate([each.states for each in few]).astype(np.float32)
    embedded = np.asarray(lm.fused["embed"])[np.concatenate([each.ids for each in few])]
    both = [(values**2).mean(0) for values in (states, embedded)]
    return (1 / np.sqrt(np.concatenate(both) + 1e-12)).astype(np.float32)


def fitted_map(lm: LanguageModel, texts: list[Text]) -> Any:
    """Fit the next state, before the final norm's scale, from state and next embedding."""
    embed, norm = np.asarray(lm.fused["embed"]), np.asarray(lm.fused["final_norm"])
    scale = input_scale(lm, texts)
    fit = LeastSquares(len(scale), lm.spec.d_model)
    for text in texts:
        states = text.states.astype(np.float32)
        x = np.concatenate([states[:-1], embed[text.ids[1 : len(states)]]], axis=1) * scale
        fit.add(x, states[1:] / norm)
        if fit.count >= MOST_PAIRS:
            break
    found = {"input_scale": scale} | dict(zip(("fuse", "fuse_bias"), fit.solve(), strict=True))
    return {name: jnp.asarray(value) for name, value in found.items()}
