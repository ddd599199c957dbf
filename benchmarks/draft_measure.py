"""What share of a draft's tokens the model accepts, one token after another of a chain.

Places run along the chain: at the first the draft reads the model's states, from the second on its
own. Its tokens are the text's, as after an acceptance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.draft_data import STEP, Text, padded_length
from benchmarks.draft_prompts import KINDS
from tokenworks.model import LanguageModel, hidden_states, lm_head
from tokenworks.speculation.draft_layer import self_fed_states, shifted

PLACES = 4
TOKENS_STEP = 1024  # proposed tokens are padded to a multiple of it
# (padded ids [T], states [T, M] of the model) -> for every place what the head is to read, [T, M]:
# row t guesses the state of token t + 1
Outputs = Callable[[Any, Any], Any]


def layer_outputs(lm: LanguageModel, weights: Any) -> Outputs:
    """Return the outputs of a draft layer."""
    return lambda ids, states: _layer(weights, lm.spec, states, embedded=_next_rows(lm, ids))


@partial(jax.jit, static_argnames=("spec",))
def _layer(weights: Any, spec: Any, states: Any, *, embedded: Any) -> Any:
    outs = self_fed_states(weights, spec, states[None], embedded=embedded[None], depth=PLACES)
    return jnp.concatenate(outs)


def linear_outputs(lm: LanguageModel, start: Any) -> Outputs:
    """Return the outputs of the least-squares map alone, without norm and layer."""
    norm = lm.fused["final_norm"]
    return lambda ids, states: _linear(start, norm, states, embedded=_next_rows(lm, ids))


@jax.jit
def _linear(start: Any, norm: Any, states: Any, *, embedded: Any) -> Any:
    outs = []
    for _ in range(PLACES):
        x = jnp.concatenate([states, embedded], axis=-1) * start["input_scale"]
        outs.append((x @ start["fuse"].T + start["fuse_bias"]) * norm)
        states = shifted(outs[-1][None], 1)[0]
    return jnp.stack(outs)


def early_outputs(lm: LanguageModel, layers: int) -> Outputs:
    """Return the states after the first layers, at all places the same: it reads only tokens."""
    weights = {**lm.weights, "layers": lm.weights["layers"][:layers]}
    spec = replace(lm.spec, n_layers=layers)

    def run(ids: Any, states: Any) -> Any:
        return jnp.stack([jnp.roll(_early(weights, spec, ids), -1, axis=0)] * PLACES)

    return run


@partial(jax.jit, static_argnames=("spec",))
def _early(weights: Any, spec: Any, ids: Any) -> Any:
    return hidden_states(weights, spec, ids[None])[0]


def medusa_outputs(matrices: np.ndarray, intercepts: np.ndarray) -> Outputs:
    """Return what Medusa heads say: head d reads the state d places before the first's."""

    def run(ids: Any, states: Any) -> Any:
        said = jnp.einsum("ti,poi->pto", states, matrices) + intercepts[:, None]
        return jnp.stack([shifted(each[None], place)[0] for place, each in enumerate(said)])

    return run


def _next_rows(lm: LanguageModel, ids: Any) -> Any:
    """Return the embedding of the token after each."""
    return lm.fused["embed"][jnp.roll(ids, -1)]


def true_states(lm: LanguageModel) -> Callable[[Text], tuple[np.ndarray, Any]]:
    """Return a function from a text to its padded ids and the model's own states, in float32."""
    weights = lm.weights

    def run(text: Text) -> tuple[np.ndarray, Any]:
        ids = np.zeros(padded_length(text) + 1, np.int32)
        ids[: len(text.ids)] = text.ids
        return ids, _early(weights, lm.spec, ids)

    return run


class Contender(NamedTuple):
    """A draft as it is measured: what it says, and the tokens that it may propose of a text."""

    outputs: Outputs
    proposed: Callable[[Text], np.ndarray]


def everything(lm: LanguageModel) -> Callable[[Text], np.ndarray]:
    """Return the whole vocabulary for every text."""
    return lambda _: np.arange(lm.spec.vocab_size)


def measured(
    lm: LanguageModel,
    contenders: dict[str, Contender],
    texts: Sequence[Text],
    *,
    states_of: Callable[[Text], tuple[np.ndarray, Any]],
) -> dict[str, dict[str, dict[str, Any]]]:
    """Return by draft and kind, for each place: the greedy match, and Σ min(p, q) at temperature 1.

    The first on texts that were written greedily, the second on those that were drawn; nothing
    after the end of a text counts. `accepted` is the mean number of greedy tokens accepted of a
    draft of PLACES.
    """
    found: dict[Any, list[Any]] = defaultdict(list)
    for text in texts:
        count = len(text.ids) - text.prompt - PLACES
        if count < 1:
            continue
        for name, hits, shared in judged(lm, contenders, text, states_of=states_of):
            if text.temperature == 0:
                hit = hits[:, :count]
                found[name, text.kind, "match"].append(hit)
                found[name, text.kind, "accepted"].append(np.cumprod(hit, axis=0).sum(0))
            else:
                found[name, text.kind, "overlap"].append(shared[:, :count])
    wanted = ("match", "overlap", "accepted")
    return {
        name: {kind: {each: _mean(found[name, kind, each]) for each in wanted} for kind in KINDS}
        for name in contenders
    }


def judged(
    lm: LanguageModel,
    contenders: dict[str, Contender],
    text: Text,
    *,
    states_of: Callable[[Text], tuple[np.ndarray, Any]],
) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Yield of each draft, by place and start of a chain: the greedy match, and Σ min(p, q).

    Starts are the answer's tokens in order, padded at the end.
    """
    ids, states = states_of(text)
    width = -(-(len(text.ids) - text.prompt - PLACES) // STEP) * STEP
    starts = np.arange(text.prompt - 1, text.prompt - 1 + width + PLACES) % len(ids)
    target = _target(lm.fused, states[starts[1:]])
    chains = np.stack([starts[place : place + width] for place in range(PLACES)])
    for name, (outputs, proposed) in contenders.items():
        outs = outputs(ids, states)[np.arange(PLACES)[:, None], chains]
        tokens, allowed = padded_tokens(proposed(text))
        hits, shared = _judge(lm.fused, outs, target, tokens=tokens, allowed=allowed)
        yield name, np.asarray(hits), np.asarray(shared)


def padded_tokens(tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return tokens padded to a shape that is compiled, and which of them count."""
    missing = -len(tokens) % TOKENS_STEP
    return np.pad(tokens, (0, missing)), np.arange(len(tokens) + missing) < len(tokens)


@jax.jit
def _target(lm_weights: Any, states: Any) -> tuple[Any, Any]:
    said = lm_head(lm_weights, states[None])[0]
    return jax.nn.softmax(said), said.argmax(-1)


@jax.jit
def _judge(lm_weights: Any, outs: Any, target: Any, *, tokens: Any, allowed: Any) -> Any:
    """Return for each place and output whether its best token is the model's, and Σ min(p, q)."""
    (p, best), width = target, outs.shape[1]
    table, p = lm_weights["embed"][tokens], jnp.where(allowed, p[:, tokens], 0)
    hits, shared = [], []
    for place, out in enumerate(outs):
        logits = jnp.where(allowed, out @ table.T, -jnp.inf)
        hits.append(tokens[logits.argmax(-1)] == best[place : place + width])
        q = jax.nn.softmax(logits)
        shared.append(jnp.minimum(p[place : place + width], q).sum(-1))
    return jnp.stack(hits), jnp.stack(shared)


def _mean(parts: list[Any]) -> Any:
    if not parts:
        return None
    mean = np.concatenate(parts, axis=-1).mean(-1, dtype=np.float64)
    return [round(float(each), 4) for each in mean] if mean.ndim else round(float(mean), 4)
