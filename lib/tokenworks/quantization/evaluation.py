"""How far a quantized model is from the float model on given texts: on average and in the tail.

The float model is kept as its states before the head, from which its probabilities are computed
again; those of all tokens would fill gigabytes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from tokenworks.architecture import ModelSpec
from tokenworks.model.layers import rms_norm
from tokenworks.model.tokenizer import Tokenizer
from tokenworks.model.weights import Weights, check_llama
from tokenworks.quantization.calibration import layer_output
from tokenworks.quantization.kv_grid import KVGrid

CHUNK = 64  # positions whose logits are held at once
RARE_FROM = 24_576  # ids are in the order of merges: the later half of them is the rarer one

# ids [B, T] -> states after the final norm [B, T, M]: a model of any kind, without its head
States: TypeAlias = Callable[[Any], Any]


@dataclass(frozen=True, eq=False)
class TokenScores:
    """What each next token of the windows came to; one column less than tokens."""

    nats: Float[np.ndarray, "B next"]  # -log of the probability of the token that came
    kl_nats: Float[np.ndarray, "B next"]  # from the float model's distribution to this one's
    agrees: Bool[np.ndarray, "B next"]  # both models hold the same token likeliest


@dataclass(frozen=True)
class Scores:
    """A model on a set of tokens."""

    tokens: int
    perplexity: float
    agreement: float  # share of tokens
    kl_nats: float  # mean
    kl_nats_p99: float  # of a hundred tokens one is worse


def states_of(weights: Weights, spec: ModelSpec, *, kv: KVGrid | None = None) -> States:
    """Return the model that these weights are, without its head; another family: ValueError.

    With `kv` every token reads keys and values of that grid, as a decode step would, at all places
    of a text at once. With steps by channel, tokens of an unfinished group are read rounded too,
    where a real cache still has them in floats.
    """
    check_llama(spec)

    def states(ids: Int[Any, "B T"]) -> Float[Array, "B T M"]:
        x = weights["embed"][jnp.asarray(ids)]
        for layer in weights["layers"]:
            x = layer_output(x, layer, spec, kv=kv)
        return rms_norm(x, weights["final_norm"], spec.norm_eps)

    return states


def reference_states(model: States, windows: Int[np.ndarray, "B T"]) -> Float[np.ndarray, "B T M"]:
    """Return the states of a model along all windows."""
    return np.concatenate([np.asarray(model(window[None])) for window in windows])


def token_scores(
    head: Float[Array, "V M"],
    windows: Int[np.ndarray, "B T"],
    states: Float[np.ndarray, "_ _ _"],
    *,
    reference: Float[np.ndarray, "_ _ _"],
) -> TokenScores:
    """Return how a model with these states does at every token, and beside the reference.

    States and windows of other sizes raise ValueError.
    """
    if not states.shape == reference.shape == (*windows.shape, head.shape[1]):
        raise ValueError(
            f"states must be {(*windows.shape, head.shape[1])}, one for each token of the windows; "
            f"got {states.shape} and of the reference {reference.shape}"
        )
    rows = []
    for ids, found, exact in zip(windows, states, reference, strict=True):
        places = range(0, len(ids) - 1, CHUNK)
        ends = [slice(at, min(at + CHUNK, len(ids) - 1)) for at in places]
        parts = [_chunk(head, ids[1:][e], found[e], exact=exact[e]) for e in ends]
        rows.append([np.concatenate(each) for each in zip(*parts, strict=True)])
    nats, kl_nats, agrees = (np.stack(each) for each in zip(*rows, strict=True))
    return TokenScores(nats.astype(np.float64), kl_nats.astype(np.float64), agrees)


@jax.jit
def _chunk(head: Any, following: Any, states: Any, *, exact: Any) -> Any:
    """Return nats, divergence and agreement at consecutive places."""
    ours, theirs = (
        jax.nn.log_softmax(jnp.einsum("tm,vm->tv", x, head, precision="highest"))
        for x in (states, exact)
    )
    nats = -jnp.take_along_axis(ours, following[:, None], axis=1)[:, 0]
    kl_nats = jnp.sum(jnp.exp(theirs) * (theirs - ours), axis=1)
    return nats, kl_nats, ours.argmax(axis=1) == theirs.argmax(axis=1)


def scores(of: TokenScores, among: Bool[np.ndarray, "B next"] | None = None) -> Scores:
    """Return the summary over all tokens or `among` some; none at all raises ValueError."""
    chosen = np.ones(of.nats.shape, bool) if among is None else among
    if not chosen.any():
        raise ValueError("no token is left to judge")
    kl_nats = of.kl_nats[chosen]
    return Scores(
        tokens=int(chosen.sum()),
        perplexity=float(np.exp(of.nats[chosen].mean())),
        agreement=float(of.agrees[chosen].mean()),
        kl_nats=float(kl_nats.mean()),
        kl_nats_p99=float(np.quantile(kl_nats, 0.99)),
    )


def token_sets(
    tokenizer: Tokenizer, windows: Int[np.ndarray, "B T"]
) -> dict[str, Bool[np.ndarray, "B next"]]:
    """Return which tokens belong to the tail: digits, rare tokens, the later half of a long text.

    A token is rare whose merge was learnt in the later half: they are in the order of frequency.
    """
    following = windows[:, 1:]
    digits = np.array([any(48 <= byte < 58 for byte in piece) for piece in tokenizer.pieces])
    places = np.arange(1, windows.shape[1])
    return {
        "digits": digits[following],
        "rare": following >= RARE_FROM,
        "late": np.broadcast_to(places >= windows.shape[1] // 2, following.shape),
    }
