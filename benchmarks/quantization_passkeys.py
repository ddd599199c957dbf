"""Numbers found again in a text, by ways to quantize SmolLM2: near, and a thousand tokens on.

    python -m benchmarks.quantization_passkeys [NAME ...]

Without names it runs the rows that are not in the record yet; each is kept as soon as it is done.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np

from benchmarks.provenance import provenance
from benchmarks.quantization import Bench, entries
from benchmarks.quantization_tables import PASSKEYS, rewrite
from tokenworks.model import load
from tokenworks.model.compile_cache import enable_compile_cache
from tokenworks.quantization.evaluation import States, states_of
from tokenworks.quantization.passkeys import digits_found, draw_passkeys

ASKED = {128: 100, 1024: 50}  # questions by the tokens between number and question
NAMES = (
    "float, float32",
    "RTN, 8-bit symmetric channel",
    "RTN, 4-bit symmetric g64",
    "GPTQ, 4-bit symmetric g64",
    "AWQ, 4-bit symmetric g64",
    "W8A8, a scale a token",
    "KV int8, per token",
    "KV int4, per token",
    "KV int4, per token, rotated",
    "KV int4, keys per channel",
)


def found(bench: Bench, model: States) -> list[dict[str, int]]:
    """Return by distance how many numbers, and how many of their tokens, the model found."""
    head = np.asarray(bench.weights["embed"])
    rows = []
    for distance, count in ASKED.items():
        keys = draw_passkeys(
            bench.lm.tokenizer, bench.evaluation["prose"], distance_tokens=distance, count=count
        )
        hits = [digits_found(model, head, key) for key in keys]
        rows.append(
            {
                "distance_tokens": distance,
                "asked": count,
                "found": sum(bool(each.all()) for each in hits),
                "tokens": sum(each.size for each in hits),
                "tokens_found": sum(int(each.sum()) for each in hits),
            }
        )
    return rows


def main() -> None:
    """Run the rows that are missing or named, and keep each."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("names", nargs="*", metavar="NAME", help="; ".join(NAMES))
    names = options.parse_args().names
    enable_compile_cache()
    bench, known = Bench(load()), entries()
    rows = json.loads(PASSKEYS.read_text())["rows"] if PASSKEYS.exists() else {}
    for name in names or [each for each in NAMES if each not in rows]:
        unused: dict[str, Any] = {}
        model = known[name].run(bench, unused) or states_of(bench.weights, bench.lm.spec)
        rows[name] = known[name].described() | {"found": found(bench, model)}
        record = provenance(
            "python -m benchmarks.quantization_passkeys", ("jax", "jaxlib", "numpy")
        )
        kept = {each: rows[each] for each in NAMES if each in rows}
        PASSKEYS.write_text(json.dumps(record | {"rows": kept}, indent=1) + "\n")
        rewrite()
        print(name, rows[name]["found"], flush=True)


if __name__ == "__main__":
    main()
