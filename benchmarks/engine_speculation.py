"""The engine with prompt lookup beside the plain engine: tokens a step and tokens a second.

Greedy, on text that repeats itself and on chat, alone and with a full batch. Sides take turns,
because a shared machine drifts; a step's time includes drafting, and prompts are not timed. On a
CPU the weights of a second speculating engine are stored [in, out], which passes over several
tokens run faster; the plain engine keeps its own. Answers are compared: they are the same but for
near ties, which are counted.

    python benchmarks/engine_speculation.py [--rounds 3] [--tokens 64]
"""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
from decode import summary
from provenance import provenance

from tokenworks.model import GREEDY, LanguageModel, load, transpose_weights
from tokenworks.model.generation import encode_prompt
from tokenworks.serving.engine import Engine
from tokenworks.serving.policy import Policy
from tokenworks.serving.text_requests import TextRequest
from tokenworks.speculation import PromptLookup, Speculation

RESULT = Path(__file__).parent / "results" / "engine_speculation.json"
GAMMA, CONTEXT, BATCHES = 3, 512, (1, 8)
LINES = (
    "The lamp in the window burns low and then bright,\n",
    "A ship in the harbour is waiting for night,\n",
    "The captain has counted his crew and his bread,\n",
    "And sails when the last of the gulls is abed.\n",
    "def area(radius):\n    return 3.14159 * radius ** 2\n",
    "def perimeter(radius):\n    return 2 * 3.14159 * radius\n",
    "apples, 12 crates, 40 kg; pears, 7 crates, 22 kg;\n",
    "plums, 3 crates, 9 kg; quinces, 1 crate, 4 kg.\n",
)
QUESTIONS = (
    "What is a rainbow?",
    "Give me three tips for a good night's sleep.",
    "Why is the sky blue?",
    "What does a librarian do?",
    "How do I boil an egg?",
    "Name some birds that cannot fly.",
    "What is the capital of Japan known for?",
    "Explain what a prime number is.",
)


def main() -> None:
    """Measure, print and record."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--tokens", type=int, default=64)
    chosen = options.parse_args()
    record = provenance("python benchmarks/engine_speculation.py", ("jax", "jaxlib", "numpy"))
    record |= {"load_average": os.getloadavg()[0], "device": jax.devices()[0].device_kind}
    record |= {"rounds": chosen.rounds, "gamma": GAMMA, "most_tokens": chosen.tokens}
    lm = load()
    record["batches"] = {
        batch: compare(lm, batch, rounds=chosen.rounds, tokens=chosen.tokens) for batch in BATCHES
    }
    RESULT.write_text(json.dumps(record, indent=1) + "\n")
    print(json.dumps(record, indent=1))


def prompts(lm: LanguageModel) -> dict[str, list[list[int]]]:
    """Return eight prompts of each kind: a text and its beginning once more, or a question."""
    texts = ["".join(LINES[i:] + LINES[:i]) for i in range(len(LINES))]
    copied = [f"{text}\n{text}\n{text[:30]}" for text in texts]
    return {
        "copy": [encode_prompt(lm, text) for text in copied],
        "chat": [encode_prompt(lm, text, chat=True) for text in QUESTIONS],
    }


def engines(lm: LanguageModel, batch: int) -> dict[str, Engine]:
    """Return the sides of the comparison, compiled."""
    ahead = {"speculation": Speculation(PromptLookup(lm.spec.vocab_size), GAMMA)}
    sides: dict[str, tuple[LanguageModel, dict[str, Any]]] = {"plain": (lm, {})}
    sides["lookup"] = lm, ahead
    if jax.default_backend() == "cpu":
        sides["lookup, weights [in, out]"] = replace(lm, fused=transpose_weights(lm.fused)), ahead
    found = {}
    for name, (model, more) in sides.items():
        policy = Policy(max_batch=batch)
        found[name] = Engine(model, policy, context_tokens=CONTEXT, **more)
    return found


def compare(lm: LanguageModel, batch: int, *, rounds: int, tokens: int) -> dict[str, Any]:
    """Serve the same prompts by every side in turns; return what each kind of text gave."""
    sides, asked = engines(lm, batch), prompts(lm)
    seconds: dict[str, dict[str, list[float]]] = {k: {s: [] for s in sides} for k in asked}
    told: dict[str, dict[str, Any]] = {kind: {} for kind in asked}
    for counted in range(-1, rounds):  # the first compiles what it needs
        for kind, texts in asked.items():
            answers = {}
            for name, engine in sides.items():
                spent, passes, rows = serve(engine, texts[:batch], tokens)
                answers[name] = [row.output_ids for row in rows]
                made = sum(row.generated - 1 for row in rows)
                told[kind][name] = {"tokens_a_request_and_step": round(made / passes, 2)}
                told[kind][name] |= {"same_texts": same(answers["plain"], answers[name])}
                if counted >= 0:
                    seconds[kind][name].append(spent / made)
    return {
        kind: {name: told[kind][name] | speeds(each, name) for name in sides}
        for kind, each in seconds.items()
    }


def serve(engine: Engine, texts: list[list[int]], tokens: int) -> tuple[float, int, Any]:
    """Answer prompts; return the time of all steps after theirs, and how often a request ran."""
    rows = [TextRequest(prompt_ids=ids, max_tokens=tokens, sampling=GREEDY) for ids in texts]
    run = engine.serve(rows)
    read = max(row.token_seconds[0] for row in rows)
    after = [segment for segment in run.segments if segment.start_seconds >= read]
    spent = sum(s.end_seconds - s.start_seconds for s in after)
    return spent, sum(s.sequences for s in after), rows


def same(wanted: list[list[int]], found: list[list[int]]) -> str:
    """Return how many answers are the plain engine's to the last token."""
    return f"{sum(a == b for a, b in zip(wanted, found, strict=True))} of {len(wanted)}"


def speeds(seconds: dict[str, list[float]], name: str) -> dict[str, Any]:
    """Return tokens a second of one side, and how many times the plain one's."""
    pairs = zip(seconds["plain"], seconds[name], strict=True)
    return {
        "output_tokens_per_s": summary([1 / each for each in seconds[name]]),
        "over_plain": summary([theirs / ours for theirs, ours in pairs]),
    }


if __name__ == "__main__":
    main()
