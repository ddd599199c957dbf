"""What the book shows of benchmarks/quantization*.py, as a table of the package.

    python -m benchmarks.quantization_tables

rewrites a file of lib/tokenworks/data from benchmarks/results; the benchmarks call it after every
row, and a test holds the table to the results.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RESULT = ROOT / "benchmarks/results/quantization.json"
PASSKEYS = ROOT / "benchmarks/results/quantization_passkeys.json"
HELD_OUT = ROOT / "benchmarks/results/quantization_held_out.json"
TABLE = ROOT / "lib/tokenworks/data/quantized_scores.json"
SETS = ("all", "digits", "rare", "late", "short")


def table(
    record: dict[str, Any], asked: dict[str, Any], held_out: dict[str, Any]
) -> dict[str, Any]:
    """Return the scores a row, every matrix's error beside that of rounding, numbers found."""
    return {
        "source": "benchmarks/quantization.py",
        "accessed": record["date"],
        "machine": record["machine"],
        "windows": record["windows"],
        "calibration": record["calibration"],
        "rows": [line for row in record["rows"].values() for line in lines(row)],
        "ratios": [each for row in record["rows"].values() for each in ratios(row)]
        + [
            {"method": f"{method} on float inputs", "stored": held_out["stored"]}
            | {"tokens": text, "ratios": found}
            for method, by_text in held_out["ratios"].items()
            for text, found in by_text.items()
        ],
        "passkeys": [
            {"method": row["method"], "stored": row["stored"]} | each
            for row in asked["rows"].values()
            for each in row["found"]
        ],
    }


def lines(row: dict[str, Any]) -> list[dict[str, Any]]:
    """Return one line for each domain and set of tokens."""
    described = {name: row[name] for name in ("method", "stored", "bits_per_weight")}
    return [
        described | {"domain": domain, "among": among} | found[among]
        for domain, found in row["scores"].items()
        for among in SETS
    ]


def ratios(row: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the errors of a row's matrices over those of rounding, by tokens; some rows have none.

    A matrix whose outputs rounding keeps exactly has no ratio and is left out: on the grid of the
    file wo and w_down, which no norm is folded into.
    """
    return [
        {
            "method": row["method"],
            "stored": row["stored"],
            "tokens": tokens,
            "ratios": [
                float(f"{ours / theirs:.3g}")
                for ours, theirs in zip(errors["method"], errors["RTN"], strict=True)
                if theirs
            ],
        }
        for tokens, errors in row.get("layer_errors", {}).items()
    ]


def text() -> str:
    """Return the table's file, a row a line."""
    paths = (RESULT, PASSKEYS, HELD_OUT)
    plain = json.dumps(table(*(json.loads(path.read_text(encoding="utf-8")) for path in paths)))
    return plain.replace(', {"method"', ',\n{"method"').replace('"rows": [', '"rows": [\n') + "\n"


def rewrite() -> None:
    """Write the table."""
    TABLE.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    rewrite()
