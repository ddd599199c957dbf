"""Speculative decoding of the real model against plain decoding, by draft and kind of text.

Greedy, gamma 3. Both sides run the layout that suits them: plain decoding `stream` as it is,
speculation weights that are stored [in, out]. Every draft and plain decoding take turns on the same
prompts; prompts are not timed, except where a draft runs them itself. The formula is
`cost.speculation` with one alpha (accepted of judged tokens; a pass without a draft judged one and
refused it), the draft's seconds a token and the seconds of a pass, both over plain decoding's.

    python benchmarks/speculation.py [--rounds 5] [--drafts prompt_lookup,early_exit_15]
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from decode import summary
from provenance import provenance
from speculation_tables import rewrite

from tokenworks.cost.speculation import speculative_speedup
from tokenworks.model import GREEDY, LanguageModel, load, stream, transpose_weights
from tokenworks.model.generation import Answer, encode_prompt
from tokenworks.model.weights import Weights
from tokenworks.speculation import (
    Counts,
    Draft,
    Drafted,
    DraftSequence,
    PromptLookup,
    SuffixLookup,
    early_exit,
    quantized_draft,
    trained_draft,
)
from tokenworks.speculation.loop import ModelText, Round, draft_and_verify, written

RESULT = Path(__file__).parent / "results" / "speculation.json"
GAMMA = 3
TOKENS = 32  # of an answer at most
DRAFTS: dict[str, Callable[[LanguageModel], Draft]] = {  # a draft more is a line more
    "prompt_lookup": lambda lm: PromptLookup(lm.spec.vocab_size),
    "suffix_lookup": lambda lm: SuffixLookup(lm.spec.vocab_size),
    "early_exit_15": lambda lm: early_exit(lm, 15),
    "quantized_8": lambda lm: quantized_draft(lm, 8),
    "eagle": trained_draft,
}
POEM = (
    "The lamp in the window burns low and then bright,\n"
    "A ship in the harbour is waiting for night,\n"
    "The captain has counted his crew and his bread,\n"
    "And sails when the last of the gulls is abed."
)
CODE = (
    "def area(radius):\n    return 3.14159 * radius ** 2\n\n\n"
    "def perimeter(radius):\n    return 2 * 3.14159 * radius\n\n\n"
)
PROMPTS = {  # kind: prompts, and whether they go into the chat template
    "chat": (("What is a rainbow?", "Give me three tips for a good night's sleep."), True),
    "code": ((CODE + "def volume(radius):\n", CODE + "def test_area():\n"), False),
    "copy": ((f"{POEM}\n\n{POEM[:60]}", CODE + CODE[:40]), False),
}


def main() -> None:
    """Measure, print and record."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--drafts", default=",".join(DRAFTS))
    chosen = options.parse_args()
    lm = load()
    drafts = {name: DRAFTS[name](lm) for name in chosen.drafts.split(",")}
    record = provenance("python benchmarks/speculation.py", ("jax", "jaxlib", "numpy"))
    record["load_average"] = os.getloadavg()[0]
    record |= {"rounds": chosen.rounds, "gamma": GAMMA, "tokens": TOKENS}
    record["kinds"] = measure(lm, drafts, rounds=chosen.rounds)
    RESULT.write_text(json.dumps(record, indent=1) + "\n")
    rewrite()
    print(json.dumps(record, indent=1))


def measure(lm: LanguageModel, drafts: dict[str, Draft], *, rounds: int) -> dict[str, Any]:
    """Run plain decoding and all drafts in turns; return what each kind of text gave."""
    weights = transpose_weights(lm.fused)
    plain: dict[str, list[float]] = {kind: [] for kind in PROMPTS}
    runs: dict[str, dict[str, list[Run]]] = {kind: {d: [] for d in drafts} for kind in PROMPTS}
    for counted in range(-1, rounds):  # the first compiles
        for kind, (prompts, chat) in PROMPTS.items():
            texts = [encode_prompt(lm, prompt, chat=chat) for prompt in prompts]
            alone = plain_seconds(lm, texts)
            found = {
                name: run(lm, texts, draft=draft, weights=weights) for name, draft in drafts.items()
            }
            if counted >= 0:
                plain[kind].append(alone)
                for name, one in found.items():
                    runs[kind][name].append(one)
    return {
        kind: {name: report(each, plain[kind]) for name, each in runs[kind].items()}
        for kind in PROMPTS
    }


@dataclass(frozen=True)
class Run:
    """One draft over all prompts of a kind: seconds in all, in its own part, and its counts."""

    seconds: float
    draft_seconds: float
    counts: Counts


@dataclass
class Stopwatch:
    """A draft's sequence, its proposals timed."""

    inner: DraftSequence
    seconds: float = 0.0

    def propose(self, ids: Any, count: int, **settings: Any) -> Drafted:
        """Return what it proposes."""
        start = time.perf_counter()
        found = self.inner.propose(ids, count, **settings)
        self.seconds += time.perf_counter() - start
        return found

    def observe(self, states: Any, *, start: int) -> None:
        """Pass the states on."""
        began = time.perf_counter()
        self.inner.observe(states, start=start)
        self.seconds += time.perf_counter() - began


def run(lm: LanguageModel, texts: list[list[int]], *, draft: Draft, weights: Weights) -> Run:
    """Speculate on every prompt; the clock starts once the model has run the prompt."""
    seconds, drafting, counts = 0.0, 0.0, Counts()
    for ids in texts:
        text, rng = ModelText(lm, ids, draft, weights=weights), np.random.default_rng(0)
        text.sequence = watch = Stopwatch(text.sequence)
        answer = Answer(lm, len(ids), max_tokens=TOKENS)

        def step(room: int, text: ModelText = text, rng: np.random.Generator = rng) -> Round:
            return draft_and_verify(text, min(GAMMA, room - 1), sampling=GREEDY, rng=rng)

        start = time.perf_counter()
        found = written(text, answer, step)
        seconds += time.perf_counter() - start
        drafting += watch.seconds
        counts.add(found.counts)
    return Run(seconds, drafting, counts)


def plain_seconds(lm: LanguageModel, texts: list[list[int]]) -> float:
    """Return the seconds a token of plain decoding, after each prompt's first."""
    seconds, tokens = 0.0, 0
    for ids in texts:
        steps = stream(lm, ids, max_tokens=TOKENS, sampling=GREEDY)
        next(steps)
        start = time.perf_counter()
        tokens += len(list(steps))
        seconds += time.perf_counter() - start
    return seconds / tokens


def report(runs: list[Run], plain: list[float]) -> dict[str, Any]:
    """Return acceptance, costs, and speed-up measured and by the formula."""
    counts = runs[0].counts
    pairs = list(zip(runs, plain, strict=True))
    drafted = max(1, sum(counts.drafted))
    draft_cost = median(run.draft_seconds / drafted / alone for run, alone in pairs)
    passes = [(run.seconds - run.draft_seconds) / counts.passes / alone for run, alone in pairs]
    silent = counts.passes - (counts.drafted[0] if counts.drafted else 0)
    alpha = sum(counts.accepted) / max(1, sum(counts.judged) + silent)
    formula = speculative_speedup(alpha, GAMMA, draft_cost=draft_cost, verify_cost=median(passes))
    return {
        "tokens_per_pass": round(counts.tokens_per_pass, 3),
        "alpha": round(alpha, 3),
        "acceptance_by_place": [round(share, 3) for share in counts.acceptance_by_place],
        "drafted": counts.drafted,
        "draft_cost": float(f"{draft_cost:.3g}"),
        "verify_cost": summary(passes),
        "speedup": summary([alone * counts.tokens / run.seconds for run, alone in pairs]),
        "speedup_by_formula": float(f"{formula:.3g}"),
    }


if __name__ == "__main__":
    main()
