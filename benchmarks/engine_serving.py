"""The real engine's prefix cache and its chunks: a first token cold and warm, a stream disturbed.

A warm prompt begins like one that was read before; a cold one like none. Beside a stream of tokens
a long prompt is read whole, or in chunks by the token budget of a step. Texts are compared with
those of an engine that has no cache and one request at a time: no token may change. Rounds take
turns, and the shortest counts: what else runs only adds time.

    python benchmarks/engine_serving.py [--rounds 5]
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from provenance import provenance

from tokenworks.model import GREEDY, LanguageModel, load
from tokenworks.serving.engine import Engine
from tokenworks.serving.metrics import itl_seconds, ttft_seconds
from tokenworks.serving.policy import Policy
from tokenworks.serving.text_requests import TextRequest

RESULT = Path(__file__).parent / "results" / "engine_serving.json"
PREFIXES, NEW, ANSWER = (128, 448), 16, 4
STREAM, LONG, LATE = 24, 448, 5  # tokens of the stream, of the prompt; after how many gaps it comes
BUDGETS = (None, 64)
CONTEXT, BLOCKS = 512, 256


def main() -> None:
    """Measure, print and record."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=5)
    rounds = options.parse_args().rounds
    lm = load()
    record = provenance("python benchmarks/engine_serving.py", ("jax", "jaxlib", "numpy"))
    record |= {"load_average": os.getloadavg()[0], "rounds": rounds, "new_tokens": NEW}
    record["first_token_seconds"] = prefixes(lm, rounds)
    record |= {"stream_tokens": STREAM, "prompt_tokens": LONG}
    record["stream"] = streams(lm, rounds)
    RESULT.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(record, indent=1))


def engine_of(lm: LanguageModel, budget: int | None, *, share: bool) -> Engine:
    """Return an engine that has compiled nothing yet."""
    policy = Policy(max_batch=2, max_batch_tokens=budget, share_prefixes=share)
    return Engine(lm, policy, blocks=BLOCKS, context_tokens=CONTEXT)


def request_of(ids: list[int], tokens: int, *, at: float = 0.0) -> TextRequest:
    """Return a greedy request that does not end before its last token."""
    return TextRequest(
        prompt_ids=ids, max_tokens=tokens, sampling=GREEDY, ignore_eos=True, arrival_seconds=at
    )


def drawn(lm: LanguageModel, seed: int, tokens: int) -> list[int]:
    """Return random tokens."""
    random = np.random.default_rng(seed)
    return random.integers(100, lm.spec.vocab_size, tokens).tolist()


def prefixes(lm: LanguageModel, rounds: int) -> dict[str, Any]:
    """Time the first token of a cold and of a warm prompt of each length."""
    engine, alone = (engine_of(lm, None, share=share) for share in (True, False))
    found: dict[str, Any] = {}
    for tokens in PREFIXES:
        times: dict[str, list[float]] = {"cold": [], "warm": []}
        equal = True
        for number in range(-1, rounds):  # the first compiles
            prefix = drawn(lm, 1000 * tokens + number + 1, tokens)
            for kind, seed in (("cold", 1), ("warm", 2)):
                ids = prefix + drawn(lm, seed, NEW)
                request = request_of(ids, ANSWER)
                engine.serve([request])
                if number >= 0:
                    times[kind].append(ttft_seconds(request))
                if number == 0:
                    equal &= texts_alone(alone, ((ids, ANSWER),)) == [list(request.output_ids)]
        cold, warm = (min(each) for each in times.values())
        found[str(tokens)] = {
            "cold": round(cold, 5),
            "warm": round(warm, 5),
            "cold_over_warm": round(cold / warm, 2),
            "tokens_cold_over_warm": round((tokens + NEW) / NEW, 2),
            "found_tokens": request.cached_tokens,
            "same_text": equal,
        }
    return found


def texts_alone(engine: Engine, asked: Sequence[tuple[list[int], int]]) -> list[list[int]]:
    """Return the tokens of each prompt's answer, one request after the other."""
    texts = []
    for ids, tokens in asked:
        request = request_of(ids, tokens)
        engine.serve([request])
        texts.append(list(request.output_ids))
    return texts


def streams(lm: LanguageModel, rounds: int) -> dict[str, Any]:
    """Time a stream beside a long prompt under each budget, in turns."""
    engines = {budget: engine_of(lm, budget, share=False) for budget in BUDGETS}
    short, long_ = drawn(lm, 1, 8), drawn(lm, 2, LONG)
    alone = texts_alone(engine_of(lm, None, share=False), ((short, STREAM), (long_, ANSWER)))
    rows: dict[int | None, list[tuple[float, float, float]]] = {b: [] for b in BUDGETS}
    equal = dict.fromkeys(BUDGETS, True)
    for number in range(-1, rounds):
        for budget, engine in engines.items():
            plain = request_of(short, STREAM)
            engine.serve([plain])
            gap = median(itl_seconds(plain))
            stream = request_of(short, STREAM)
            prompt = request_of(long_, ANSWER, at=LATE * gap)
            engine.serve([stream, prompt])
            texts = [list(each.output_ids) for each in (stream, prompt)]
            equal[budget] &= texts == alone
            if number >= 0:
                rows[budget].append((max(itl_seconds(stream)), gap, ttft_seconds(prompt)))
    found = {}
    for budget, measured in rows.items():
        longest, gap, first = (min(each) for each in zip(*measured, strict=True))
        found["whole" if budget is None else str(budget)] = {
            "longest_gap_seconds": round(longest, 5),
            "median_gap_alone_seconds": round(gap, 5),
            "first_token_of_prompt_seconds": round(first, 5),
            "same_text": equal[budget],
        }
    return found


if __name__ == "__main__":
    main()
