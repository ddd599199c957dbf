"""What a draft guessed from every place of a text, and how much of it stood.

A greedy guess stands where it is the text's own token. A text that was drawn at temperature 1 says
less: its token x was an accepted guess with probability min(1, q(x) / p(x)), which is what
speculation's law says of it, and a seed decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from benchmarks.self_fed_laws import self_fed_laws
from tokenworks.architecture import ModelSpec
from tokenworks.data.speculation_trace import LENGTH, LONGEST
from tokenworks.model import Sampling, probabilities
from tokenworks.model.cache import advance_all, bucket, empty_cache
from tokenworks.model.weights import Weights
from tokenworks.speculation import Draft, EagleDraft, residual
from tokenworks.speculation.model_draft import ModelDraft

SEED, ROWS = 11, 4
GREEDY, DRAWN = Sampling(temperature=0), Sampling(temperature=1, seed=SEED)


class Passed(NamedTuple):
    """The distribution after each token, and the state of each, from one pass over all."""

    laws: np.ndarray
    states: np.ndarray


def passed(weights: Weights, spec: ModelSpec, ids: Sequence[int], *, sampling: Sampling) -> Passed:
    """Run a model over a text."""
    padded = np.zeros((1, bucket(len(ids))), np.int32)
    padded[0, : len(ids)] = ids
    cache = empty_cache(spec, padded.size)
    found = advance_all(weights, spec, padded, cache=cache, start=np.int32(0))
    logits, states = (np.asarray(each)[0, : len(ids)] for each in (found.logits, found.states))
    return Passed(np.stack([probabilities(row, sampling) for row in logits]), states)


def greedy_trace(
    draft: Draft, prompt: list[int], text: list[int], *, states: np.ndarray
) -> dict[str, Any]:
    """Return what a draft guesses greedily from every place, and how much is the text.

    It is told the target's `states` of all before, where it needs them.
    """
    rng, guesses, runs = np.random.default_rng(0), [], []
    sequence = draft.start(prompt)
    for start in range(LENGTH):
        ids = [*prompt, *text[:start]]
        if draft.needs_states:
            sequence.observe(states[: len(ids) - 1], start=0)
        found = sequence.propose(ids, LONGEST, sampling=GREEDY, rng=rng)
        guesses.append(found.tokens.tolist())
        agree = [guess == token for guess, token in zip(guesses[-1], text[start:], strict=False)]
        runs.append([*agree, False].index(False))
    return {"runs": runs, "drafted": [len(each) for each in guesses], "guesses": guesses}


def copied_laws(trace: Mapping[str, Any], text: list[int], *, target: np.ndarray) -> dict[str, Any]:
    """Return both laws of each token where guesses were certain; `target` has the model's."""
    refusals = []
    for start, (run, guesses) in enumerate(zip(trace["runs"], trace["guesses"], strict=True)):
        refused = guesses[run] if run < len(guesses) else None
        place = start + run
        sure = None if refused is None else _certain(target, refused)
        refusals.append(None if sure is None else _law(target[place], sure, text[place], refused))
    laws = [_law(p, _certain(target, token), token) for token, p in zip(text, target, strict=False)]
    return {"laws": laws, "refusals": refusals}


def model_trace(
    draft: ModelDraft,
    prompt: list[int],
    text: list[int],
    *,
    target: np.ndarray,
    sampling: Sampling,
) -> dict[str, Any]:
    """Return which tokens of a text were accepted guesses of a model, from one pass over it.

    Up to the first refused guess a draft sees the text itself, so that one pass has all its laws.
    """
    rng = np.random.default_rng(SEED)
    own = passed(draft.weights, draft.spec, [*prompt, *text], sampling=sampling).laws
    triples = list(zip(text, target, own[len(prompt) - 1 :], strict=False))
    stood = [rng.random() < min(1.0, q[token] / p[token]) for token, p, q in triples]
    refused = [int(rng.choice(q.size, p=residual(q, p))) for _, p, q in triples]
    runs, guesses = [], []
    for start in range(LENGTH):
        run = [*stood[start : start + LONGEST], False].index(False)
        guesses.append([*text[start : start + run], *[refused[start + run]] * (run < LONGEST)])
        runs.append(run)
    made = {"runs": runs, "drafted": [LONGEST] * LENGTH, "guesses": guesses}
    if sampling.temperature == 0:
        return made
    return made | {"laws": [_law(p, q, x, refused[i]) for i, (x, p, q) in enumerate(triples)]}


def trained_trace(
    draft: EagleDraft,
    prompt: list[int],
    text: list[int],
    *,
    target: np.ndarray,
    states: np.ndarray,
) -> dict[str, Any]:
    """Return which tokens of a drawn text were accepted guesses of the trained draft.

    `chains` has for each place the laws of a run from there, up to the one that decided it.
    """
    rng = np.random.default_rng(SEED)
    coins = rng.random(len(text))
    found: dict[str, Any] = {"runs": [], "drafted": [LONGEST] * LENGTH, "guesses": [], "chains": []}
    laws = self_fed_laws(draft, prompt, text, states=states, places=LONGEST + 1, sampling=DRAWN)
    for start, own in enumerate(laws):
        judged = list(zip(text[start:], target[start:], own, strict=False))
        stood = [
            coin < min(1.0, q[token] / p[token])
            for coin, (token, p, q) in zip(coins[start:], judged[:LONGEST], strict=False)
        ]
        run = [*stood, False].index(False)
        _, p, q = judged[run]
        refused = [int(rng.choice(q.size, p=residual(q, p)))] * (run < LONGEST)
        found["runs"].append(run)
        found["guesses"].append([*text[start : start + run], *refused])
        found["chains"].append(
            [
                _law(p, q, token, *(refused if place == run else []))
                for place, (token, p, q) in enumerate(judged[: run + 1])
            ]
        )
    return found


def _certain(target: np.ndarray, token: int) -> np.ndarray:
    return np.eye(1, target.shape[1], token)[0]


def _law(p: np.ndarray, q: np.ndarray, *shown: int) -> dict[str, Any]:
    """Return p and q of those tokens and of the likeliest, and what p has beyond q in all."""
    most = np.argsort(-np.maximum(p, q), kind="stable")[:ROWS].tolist()
    listed = dict.fromkeys([*most, *shown])
    rows = [[token, *(float(f"{law[token]:.4g}") for law in (p, q))] for token in listed]
    return {"left": float(f"{np.maximum(p - q, 0.0).sum():.4g}"), "rows": rows}
