"""Record what drafts guessed along real texts of SmolLM2, for SIM-11.

    python -m benchmarks.record_speculation

rewrites lib/tokenworks/data/speculation_traces.json (some minutes on 2 cores). From every place of
a text it notes what a draft guessed and how much of it stood, so that a run with any gamma can be
read off. Greedy texts are those of `speculate`, which is held to it. At temperature 1 a text is
drawn once by the model; a token x that it says was an accepted guess with probability
min(1, q(x) / p(x)), which is what speculation's law says of it, and a seed decides.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tokenworks.architecture import ModelSpec
from tokenworks.data.speculation_trace import LENGTH, LONGEST, walked
from tokenworks.model import LanguageModel, Sampling, generate, load, probabilities
from tokenworks.model.cache import advance_all, bucket, empty_cache
from tokenworks.model.weights import Weights
from tokenworks.speculation import Draft, PromptLookup, Speculation, residual, speculate
from tokenworks.speculation.model_draft import ModelDraft, early_exit, quantized_draft

TARGET = Path(__file__).parents[1] / "lib/tokenworks/data/speculation_traces.json"
VERSE = (
    "The lamp in the window burns low and then bright,\n"
    "A ship in the harbour is waiting for night,\n"
    "The captain has counted his crew and his bread,\n"
    "And sails when the last of the gulls is abed.\n"
    "The wind from the mountains is bitter and dry,\n"
    "The stars are like embers that fell from the sky."
)
KINDS = {  # prompt, and whether it goes into the chat template
    "chat": ("Explain in a few sentences why the sky is blue.", True),
    "code": (
        "Write a Python function that returns the n-th Fibonacci number, with a docstring.",
        True,
    ),
    "copy": (f"{VERSE}\n\n{VERSE[:22]}", False),
}
SEED, ROWS = 11, 4
GAMMA = 4  # at which traces are held to the loop
GREEDY, DRAWN = Sampling(temperature=0), Sampling(temperature=1, seed=SEED)


def drafts(lm: LanguageModel) -> dict[str, tuple[str, Draft]]:
    """Return the drafts with their labels."""
    half = lm.spec.n_layers // 2
    return {
        "lookup": ("prompt lookup", PromptLookup(lm.spec.vocab_size)),
        "exit": (f"its first {half} of {lm.spec.n_layers} layers", early_exit(lm, half)),
        "eight-bit": ("itself in 8 bits", quantized_draft(lm, 8)),
    }


def laws_of(
    weights: Weights, spec: ModelSpec, ids: Sequence[int], *, sampling: Sampling
) -> np.ndarray:
    """Return the distribution after each token, from one pass over all."""
    padded = np.zeros((1, bucket(len(ids))), np.int32)
    padded[0, : len(ids)] = ids
    cache = empty_cache(spec, padded.size)
    found = advance_all(weights, spec, padded, cache=cache, start=np.int32(0))
    logits = np.asarray(found.logits)[0, : len(ids)]
    return np.stack([probabilities(row, sampling) for row in logits])


def copied_trace(draft: Draft, prompt: list[int], text: list[int]) -> dict[str, Any]:
    """Return what a draft without a model guesses from every place, and how much is the text."""
    rng, guesses, runs = np.random.default_rng(0), [], []
    sequence = draft.start(prompt)
    for start in range(LENGTH):
        ids = [*prompt, *text[:start]]
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
    own = laws_of(draft.weights, draft.spec, [*prompt, *text], sampling=sampling)
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


def _certain(target: np.ndarray, token: int) -> np.ndarray:
    return np.eye(1, target.shape[1], token)[0]


def _law(p: np.ndarray, q: np.ndarray, *shown: int) -> dict[str, Any]:
    """Return p and q of those tokens and of the likeliest, and what p has beyond q in all."""
    most = np.argsort(-np.maximum(p, q), kind="stable")[:ROWS].tolist()
    listed = dict.fromkeys([*most, *shown])
    rows = [[token, *(float(f"{law[token]:.4g}") for law in (p, q))] for token in listed]
    return {"left": float(f"{np.maximum(p - q, 0.0).sum():.4g}"), "rows": rows}


def text_of(lm: LanguageModel, kind: str, sampling: Sampling) -> tuple[list[int], list[int]]:
    """Return the prompt and a text with room for the last draft, both as ids."""
    prompt, chat = KINDS[kind]
    said = generate(lm, prompt, max_tokens=LENGTH + LONGEST, sampling=sampling, chat=chat)
    assert len(said.ids) == LENGTH + LONGEST, f"{kind} ends early: take another prompt"
    return list(said.prompt_ids), list(said.ids)


def check(lm: LanguageModel, kind: str, *, draft: Draft, trace: Mapping[str, Any]) -> None:
    """Hold a greedy trace to the loop itself; a near tie in a longer pass would show here."""
    rounds = walked(trace["runs"], trace["drafted"], GAMMA)
    tokens = rounds[-1].start + rounds[-1].accepted + 1
    prompt, chat = KINDS[kind]
    found = speculate(
        lm, prompt, Speculation(draft, GAMMA), max_tokens=tokens, sampling=GREEDY, chat=chat
    )
    assert found.counts.passes == len(rounds), (kind, found.counts, rounds)
    assert sum(found.counts.accepted) == sum(one.accepted for one in rounds)


def main() -> None:
    """Record all texts with all drafts."""
    lm = load()
    known = drafts(lm)
    texts, traces, used = [], [], set()
    for kind in KINDS:
        for sampling in (GREEDY, DRAWN):
            prompt, text = text_of(lm, kind, sampling)
            target = laws_of(lm.fused, lm.spec, [*prompt, *text], sampling=sampling)[
                len(prompt) - 1 :
            ]
            where = {"kind": kind, "temperature": sampling.temperature}
            texts.append(where | {"ids": text})
            used.update(text)
            for name, (_, draft) in known.items():
                if isinstance(draft, ModelDraft):
                    made = model_trace(draft, prompt, text, target=target, sampling=sampling)
                else:
                    made = copied_trace(draft, prompt, text)
                    if sampling is DRAWN:
                        made |= copied_laws(made, text, target=target)
                if sampling is GREEDY:
                    assert [int(row.argmax()) for row in target[: len(text)]] == text
                    check(lm, kind, draft=draft, trace=made)
                traces.append(where | {"draft": name} | made)
                used.update(token for each in made["guesses"] for token in each)
                both = [*made.get("laws", []), *made.get("refusals", [])]
                used.update(row[0] for law in both if law for row in law["rows"])
                print(kind, sampling.temperature, name, made["runs"], flush=True)
    record = {
        "made by": "python -m benchmarks.record_speculation",
        "model": lm.spec.label,
        "drafts": {name: label for name, (label, _) in known.items()},
        "kinds": {kind: prompt for kind, (prompt, _) in KINDS.items()},
        "pieces": {str(i): lm.tokenizer.decode([i]) for i in sorted(used)},
        "texts": texts,
        "traces": traces,
    }
    lines = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    TARGET.write_text(lines.replace('},{"kind"', '},\n{"kind"') + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
