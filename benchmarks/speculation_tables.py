"""What the book shows of three benchmarks of speculation, as tables of the package.

    python -m benchmarks.speculation_tables

rewrites two files of lib/tokenworks/data from benchmarks/results, in no time; the benchmarks call
it when they are done, and a test holds the tables to the results.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LABELS = {  # as SIM-11 names them
    "prompt_lookup": "prompt lookup",
    "suffix_lookup": "suffix lookup",
    "early_exit_15": "its first 15 of 30 layers",
    "quantized_8": "itself in 8 bits",
    "eagle": "a trained layer",
    "early exit": "its first 15 of 30 layers",
    "Medusa heads": "Medusa heads",
    "least squares": "the trained layer's start",
    "trained": "a trained layer",
}
RUN = ("tokens_per_pass", "alpha", "draft_cost", "verify_cost", "speedup")


def acceptance_table(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the acceptance by place from the record of benchmarks/draft_acceptance.py."""
    return {
        **_origin("benchmarks/draft_acceptance.py", found),
        **_machine(found),
        "prompts": found["prompts"],
        "tokens": found["tokens judged"],
        "coverage": found["coverage with the prompt's own tokens"],
        "rows": [
            {"draft": draft, "label": LABELS[draft], "kind": kind, **row}
            for draft, kinds in found["drafts"].items()
            for kind, row in kinds.items()
        ],
    }


def time_table(found: Mapping[str, Any], passes: Mapping[str, Any]) -> dict[str, Any]:
    """Return runs and passes from the records of benchmarks/speculation.py and verify_pass.py."""
    stored, transposed = (
        passes["passes_over_one_token"][name] for name in ("[out, in]", "[in, out]")
    )
    return {
        **_origin("benchmarks/speculation.py", found),
        **_machine(found),
        "gamma": found["gamma"],
        "tokens": found["tokens"],
        "cached_tokens": passes["cached_tokens"],
        "runs": [
            {"draft": draft, "label": LABELS[draft], "kind": kind}
            | {name: row[name] for name in RUN}
            | {"formula": row["speedup_by_formula"]}
            for kind, drafts in found["kinds"].items()
            for draft, row in drafts.items()
        ],
        "of_passes": _origin("benchmarks/verify_pass.py", passes),
        "passes": [
            {"tokens": int(width), "stored": stored[width], "transposed": transposed[width]}
            for width in stored
        ],
    }


def tables() -> dict[Path, str]:
    """Return the text of each table by its path."""
    accepted, timed, passes = (
        json.loads((ROOT / f"benchmarks/results/{name}.json").read_text(encoding="utf-8"))
        for name in ("draft_acceptance", "speculation", "verify_pass")
    )
    data = ROOT / "lib/tokenworks/data"
    return {
        data / "draft_acceptance.json": _text(acceptance_table(accepted)),
        data / "speculation_times.json": _text(time_table(timed, passes)),
    }


def rewrite() -> None:
    """Write the tables."""
    for path, text in tables().items():
        path.write_text(text, encoding="utf-8")


def _origin(source: str, found: Mapping[str, Any]) -> dict[str, Any]:
    return {"source": source, "accessed": found["date"]}


def _machine(found: Mapping[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in ("machine", "cores")}


def _text(table: Mapping[str, Any]) -> str:
    """Return it as JSON, a row a line."""
    lines = json.dumps(table, ensure_ascii=False)
    return lines.replace(', {"draft"', ',\n{"draft"').replace(', {"tokens"', ',\n{"tokens"') + "\n"


if __name__ == "__main__":
    rewrite()
