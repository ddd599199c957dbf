"""Record what drafts guessed along real texts of SmolLM2, for SIM-11.

    python -m benchmarks.record_speculation

rewrites lib/tokenworks/data/speculation_traces.json (some minutes on 2 cores). From every place of
a text it notes what a draft guessed and how much of it stood (`draft_traces`), so that a run with
any gamma can be read off. Greedy texts are those of `speculate`, and all traces of them are held to
it. At temperature 1 a text is drawn once by the model.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.draft_traces import (
    DRAWN,
    GREEDY,
    Passed,
    copied_laws,
    greedy_trace,
    model_trace,
    passed,
    trained_trace,
)
from benchmarks.speculation_tables import LABELS
from tokenworks.data.speculation_trace import LENGTH, LONGEST, walked
from tokenworks.model import LanguageModel, Sampling, generate, load
from tokenworks.speculation import (
    Draft,
    EagleDraft,
    PromptLookup,
    Speculation,
    early_exit,
    quantized_draft,
    speculate,
    trained_draft,
)
from tokenworks.speculation.model_draft import ModelDraft

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
GAMMA = 4  # at which traces are held to the loop


def drafts(lm: LanguageModel) -> dict[str, tuple[str, Draft]]:
    """Return the drafts with their labels."""
    half = lm.spec.n_layers // 2
    return {
        "lookup": ("prompt lookup", PromptLookup(lm.spec.vocab_size)),
        "exit": (f"its first {half} of {lm.spec.n_layers} layers", early_exit(lm, half)),
        "eight-bit": ("itself in 8 bits", quantized_draft(lm, 8)),
        "trained": (LABELS["trained"], trained_draft(lm)),
    }


def trace_of(
    draft: Draft, prompt: list[int], text: list[int], *, seen: Passed, sampling: Sampling
) -> dict[str, Any]:
    """Return the trace of a draft along a text that the target has `seen` in one pass."""
    target = seen.laws[len(prompt) - 1 :]
    if isinstance(draft, ModelDraft):
        return model_trace(draft, prompt, text, target=target, sampling=sampling)
    if isinstance(draft, EagleDraft) and sampling is DRAWN:
        return trained_trace(draft, prompt, text, target=target, states=seen.states)
    made = greedy_trace(draft, prompt, text, states=seen.states)
    return made | copied_laws(made, text, target=target) if sampling is DRAWN else made


def tokens_of(trace: Mapping[str, Any]) -> Iterator[int]:
    """Yield the tokens that a trace shows."""
    chained = [law for chain in trace.get("chains", []) for law in chain]
    for law in [*trace.get("laws", []), *trace.get("refusals", []), *chained]:
        yield from (row[0] for row in law["rows"]) if law else ()
    for guesses in trace["guesses"]:
        yield from guesses


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
            seen = passed(lm.fused, lm.spec, [*prompt, *text], sampling=sampling)
            where = {"kind": kind, "temperature": sampling.temperature}
            texts.append(where | {"ids": text})
            used.update(text)
            if sampling is GREEDY:
                best = seen.laws[len(prompt) - 1 : -1].argmax(axis=1)
                assert best.tolist() == text
            for name, (_, draft) in known.items():
                made = trace_of(draft, prompt, text, seen=seen, sampling=sampling)
                if sampling is GREEDY:
                    check(lm, kind, draft=draft, trace=made)
                traces.append(where | {"draft": name} | made)
                used.update(tokens_of(made))
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
