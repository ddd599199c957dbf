"""What it costs to hold an answer to a grammar: compiling it, a mask a token, and a row's choice.

The masks are those of answers that the model really gives under each schema. A row of a step that
has a grammar chooses its token on the host, as one that is drawn does: that is measured by the
processor's time, which a busy machine stretches less.

    python -m benchmarks.grammar_masks [--rounds 5]
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.provenance import provenance
from tokenworks.model import GREEDY, Sampling, load
from tokenworks.model.generation import encode_prompt
from tokenworks.model.grammar import Grammar, Grammars
from tokenworks.model.language_model import LanguageModel
from tokenworks.serving.engine import Engine
from tokenworks.serving.policy import Policy
from tokenworks.serving.server.forms import form_of
from tokenworks.serving.server.tools import Tool
from tokenworks.serving.text_requests import TextRequest

RESULT = Path(__file__).parent / "results" / "grammar_masks.json"
QUESTION = "Describe a person in JSON."
TOKENS = 96
PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 40},
        "age": {"type": "integer", "minimum": 0, "maximum": 150},
        "tags": {"type": "array", "items": {"type": "string", "maxLength": 20}, "maxItems": 4},
    },
    "required": ["name", "age", "tags"],
    "additionalProperties": False,
}
LARGE = {
    "type": "object",
    "properties": {f"field_{i}": {"type": "string", "maxLength": i + 1} for i in range(100)},
}
WEATHER = Tool("get_weather", "The weather of a city.", PERSON, "tools[0]")
ANY_TEXT = "start: /(?s:.*)/"


def grammars() -> dict[str, str]:
    """Return the grammars that are measured, by name, as the server makes them."""
    wanted = {"any object": {"type": "object"}, "3 fields": PERSON, "100 fields": LARGE}
    forms = {name: form_of(("", schema), (), must_call=False) for name, schema in wanted.items()}
    forms["a tool, required"] = form_of(None, [WEATHER], must_call=True)
    forms["a tool or text"] = form_of(None, [WEATHER], must_call=False)
    return {name: form.grammar for name, form in forms.items() if form}


def main() -> None:
    """Measure, print and record."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=5)
    rounds = options.parse_args().rounds
    lm = load()
    began = time.perf_counter()
    compiler = Grammars(lm.tokenizer)
    tree = time.perf_counter() - began
    policy = Policy(max_batch=1, max_batch_tokens=64)
    engine = Engine(lm, policy, context_tokens=256)
    engine.warm_up()
    record = provenance("python -m benchmarks.grammar_masks", ("jax", "llguidance", "numpy"))
    record |= {"rounds": rounds, "vocabulary": len(lm.tokenizer.pieces), "vocabulary_seconds": tree}
    record["grammars"] = {
        name: one_grammar(compiler, lark, engine, rounds=rounds)
        for name, lark in grammars().items()
    }
    record["row_cpu_seconds"] = host(compiler.compiled(ANY_TEXT), lm, rounds)
    rounded = json.loads(json.dumps(record), parse_float=lambda x: float(f"{float(x):.3g}"))
    RESULT.write_text(json.dumps(rounded, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(rounded, indent=1))


def one_grammar(compiler: Grammars, lark: str, engine: Engine, *, rounds: int) -> dict[str, Any]:
    """Return the seconds of compiling and of each mask along the model's own answer."""
    compiling = []
    for _ in range(rounds):
        began = time.perf_counter()
        grammar = compiler.compiled(lark)
        compiling.append(time.perf_counter() - began)
    (request,) = answers(engine, grammar)
    masks, steps_on, lengths = [], [], []
    for _ in range(rounds):
        place = compiler.compiled(lark).start()  # anew: what it has looked up it keeps
        for token in request.output_ids:
            began = time.perf_counter()
            allowed = place.allowed()
            masks.append(time.perf_counter() - began)
            lengths.append(int(allowed.sum()))
            began = time.perf_counter()
            place.advance(token)
            steps_on.append(time.perf_counter() - began)
    return {
        "compile_seconds": median(compiling),
        "mask_seconds": {
            "median": median(masks),
            "p99": float(np.quantile(masks, 0.99)),
            "highest": max(masks),
        },
        "advance_seconds": median(steps_on),
        "allowed_tokens": {"median": median(lengths), "lowest": min(lengths)},
        "answer_tokens": len(request.output_ids),
        "ended_by": request.stop_reason,
    }


def answers(engine: Engine, grammar: Grammar | None, count: int = 1) -> list[TextRequest]:
    """Return finished answers of the model under a grammar, most probable tokens."""
    lm: LanguageModel = engine.lm
    requests = [
        TextRequest(
            prompt_ids=encode_prompt(lm, QUESTION, chat=True),
            max_tokens=TOKENS,
            sampling=GREEDY,
            grammar=grammar,
        )
        for _ in range(count)
    ]
    engine.serve(requests)
    return requests


def host(any_text: Grammar, lm: LanguageModel, rounds: int) -> dict[str, float]:
    """Return the processor's seconds a token for a row on the host: with a grammar, and drawn."""
    rng, found = np.random.default_rng(0), {}
    for name, sampling, grammar in (
        ("with a grammar", GREEDY, any_text),
        ("drawn", Sampling(), None),
        ("drawn with a grammar", Sampling(), any_text),
    ):
        seconds = []
        for _ in range(rounds):
            asked = {"prompt_ids": range(5, 45), "max_tokens": TOKENS, "sampling": sampling}
            request = TextRequest(**asked, grammar=grammar)
            for _ in range(TOKENS):
                logits = rng.normal(0, 3, len(lm.tokenizer.pieces)).astype(np.float32)
                logits[lm.tokenizer.eos_id] = -100
                began = time.thread_time()
                token = request.choose(logits, lm.tokenizer.eos_id)
                seconds.append(time.thread_time() - began)
                request.push(token, lm.tokenizer)
        found[name] = median(seconds)
    return found


if __name__ == "__main__":
    main()
