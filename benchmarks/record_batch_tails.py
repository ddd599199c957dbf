"""Record what users of a full server wait, by how many are inside: the table of batch_tail.py.

    python -m benchmarks.record_batch_tails

rewrites lib/tokenworks/data/batch_tails.json (about two minutes on one core).
"""

from __future__ import annotations

import json
from typing import Any

from tokenworks.cost.checkpoints import engine_plan
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory_budget import max_batch
from tokenworks.cost.scheduled_step import expected_clock
from tokenworks.data.batch_tail import BATCHES
from tokenworks.serving.lengths import Lengths, lognormal
from tokenworks.serving.tail_by_batch import tails_by_batch
from tokenworks.specs import chip, model_spec
from tokenworks.widgets.calculators.rented import CHIPS
from tools.repository import ROOT

FILE = ROOT / "lib" / "tokenworks" / "data" / "batch_tails.json"
MODELS = ("llama-2-7b", "llama-3-8b")
CONTEXTS = (512, 2048, 8192)
OUTPUT_TOKENS, SIGMA, CHUNK_TOKENS, COUNT, SEED = 250, 0.5, 512, 200, 1
DIGITS = 4


def lengths_at(context_tokens: int) -> Lengths:
    """Return lengths whose mean context, half of the answer written, is this."""
    prompt = context_tokens - OUTPUT_TOKENS // 2
    return Lengths(
        lognormal(mean_tokens=prompt, sigma=SIGMA),
        lognormal(mean_tokens=OUTPUT_TOKENS, sigma=SIGMA),
    )


def row(on: Deployment, context_tokens: int, batch: int) -> list[Any]:
    """Return the tail of one batch, with four digits."""
    (point,) = tails_by_batch(
        expected_clock(engine_plan(on), constants=Constants.fitted()),
        [batch],
        lengths=lengths_at(context_tokens),
        cached_tokens=max_batch(on, 1),
        chunk_tokens=CHUNK_TOKENS,
        count=COUNT,
        seed=SEED,
    )
    found = (
        point.tpot_p99_seconds,
        point.itl_p99_seconds,
        point.ttft_p99_seconds,
        point.output_tokens_per_s,
    )
    return [batch, *(float(f"{value:.{DIGITS}g}") for value in found)]


def recorded() -> dict[str, list[list[Any]]]:
    """Simulate every batch whose caches fit, of every model within its longest context."""
    tails = {}
    for model in MODELS:
        for name in CHIPS:
            on = Deployment(model_spec(model), chip(name))
            for context in CONTEXTS:
                if context > on.model.context_tokens:
                    continue
                most = max_batch(on, context)
                fitting = [batch for batch in BATCHES if batch <= most]
                key = f"{model} {name} {context}"
                tails[key] = [row(on, context, batch) for batch in fitting]
                print(key, len(fitting), flush=True)
    return tails


def main() -> None:
    """Write the record."""
    held = {
        "command": "python -m benchmarks.record_batch_tails",
        "output_tokens": OUTPUT_TOKENS,
        "sigma": SIGMA,
        "chunk_tokens": CHUNK_TOKENS,
        "count": COUNT,
        "seed": SEED,
        "tails": recorded(),
    }
    FILE.write_text(json.dumps(held, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
