"""A pass over several tokens against a pass over one, by the layout of the weights.

Checking drafted tokens is as cheap as a pass over all of them is beside a pass over one. Weights
as the library holds them are [out, in]; transposed ones, [in, out], take 1.25 times the memory if
they replace those (a tied head's table stands twice), and as much again beside them. Rounds take
turns, because a shared machine drifts; ratios are of each round to its own pass over one token.

    python benchmarks/verify_pass.py [--rounds 7]
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from typing import Any

import jax
import numpy as np
from decode import summary
from provenance import provenance
from speculation_tables import rewrite

from tokenworks.model import LanguageModel, advance_all, empty_cache, load, transpose_weights
from tokenworks.model.weights import Weights, nbytes

RESULT = Path(__file__).parent / "results" / "verify_pass.json"
WIDTHS = (1, 2, 3, 4, 5, 6, 8)  # tokens a pass
PASSES = 8  # a round
START = 100  # tokens in the cache
BASE = "[out, in]"
LIMIT = 1.9  # of a pass over four tokens, in passes over one


def main() -> None:
    """Measure, print and record."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=7)
    chosen = options.parse_args()
    lm = load()
    layouts = {BASE: lm.fused, "[in, out]": transpose_weights(lm.fused)}
    record = provenance("python benchmarks/verify_pass.py", ("jax", "jaxlib", "numpy"))
    record["load_average"] = os.getloadavg()[0]
    record |= {"rounds": chosen.rounds, "passes_per_round": PASSES, "cached_tokens": START}
    record["weight_bytes"] = {name: nbytes(weights) for name, weights in layouts.items()}
    record |= measure(lm, layouts, rounds=chosen.rounds)
    RESULT.write_text(json.dumps(record, indent=1) + "\n")
    rewrite()
    print(json.dumps(record, indent=1))


def measure(lm: LanguageModel, layouts: dict[str, Weights], *, rounds: int) -> dict[str, Any]:
    """Time every layout and width in turns; return seconds and ratios to one token in `BASE`.

    A round's time is the shortest of its passes: what else runs on a machine only adds time.
    """
    runs = [(name, width) for name in layouts for width in WIDTHS]
    caches = {run: empty_cache(lm.spec, START + max(WIDTHS)) for run in runs}
    seconds: dict[tuple[str, int], list[float]] = {run: [] for run in runs}
    for counted in range(-1, rounds):  # the first compiles
        for name, width in runs:
            best, cache = float("inf"), caches[name, width]
            for _ in range(PASSES):
                start = time.perf_counter()
                found = advance_all(
                    layouts[name],
                    lm.spec,
                    np.full((1, width), 5, np.int32),
                    cache=cache,
                    start=np.int32(START),
                )
                jax.block_until_ready(found.logits)
                best, cache = min(best, time.perf_counter() - start), found.cache
            caches[name, width] = cache
            if counted >= 0:
                seconds[name, width].append(best)
    ratios = {
        run: [a / b for a, b in zip(each, seconds[BASE, 1], strict=True)]
        for run, each in seconds.items()
    }
    found = {
        key: {name: {str(w): summary(values[name, w]) for w in WIDTHS} for name in layouts}
        for key, values in (("seconds", seconds), ("passes_over_one_token", ratios))
    }
    four = found["passes_over_one_token"]["[in, out]"]["4"]["median"]
    return {**found, "limit_of_four_tokens": LIMIT, "within_limit": four <= LIMIT}


if __name__ == "__main__":
    main()
