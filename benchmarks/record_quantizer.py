"""Record what the quantizer's microscope shows: rows of SmolLM2's weights on every grid.

    python -m benchmarks.record_quantizer

rewrites lib/tokenworks/data/quantizer_rows.json (seconds). Codes are hex digits above the grid's
least code: one a weight up to 4 bits, two for 8.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from tokenworks.model import load
from tokenworks.quantization import Grid, Quantized, round_to_nearest

TARGET = Path(__file__).parents[1] / "lib/tokenworks/data/quantizer_rows.json"
LAYER, MATRIX = 10, "wq"
METHODS = {"symmetric": True, "asymmetric": False}
BITS, GROUPS = (2, 3, 4, 8), (32, 64, 192, 576)


def picked(matrix: np.ndarray) -> dict[str, int]:
    """Return the row with the farthest weight, and one whose farthest is as far as usual."""
    reach = np.abs(matrix).max(axis=1) / matrix.std(axis=1)
    usual = int(np.argsort(reach)[len(reach) // 2])
    return {"usual": usual, "outlier": int(np.abs(matrix).max(axis=1).argmax())}


def quantized(row: np.ndarray, symmetric: bool, *, bits: int, group: int) -> dict[str, Any]:
    """Return a row's codes, scales and minimums on one grid, and how far they are off."""
    found = round_to_nearest(row[None], Grid(bits, group, symmetric))
    off = found.values()[0] - row
    return {
        "codes": digits(found),
        "scales": found.scales[0].tolist(),
        "minimums": None if found.minimums is None else found.minimums[0].tolist(),
        "bits": found.bits_per_weight,
        "error": float(f"{np.linalg.norm(off) / np.linalg.norm(row):.6g}"),
        "largest": float(f"{np.abs(off).max():.6g}"),
    }


def digits(found: Quantized) -> str:
    """Return the codes of a row as hex digits."""
    wide = 1 if found.grid.bits <= 4 else 2
    return "".join(f"{int(code) - found.grid.least:0{wide}x}" for code in found.codes[0])


def record() -> dict[str, Any]:
    """Return the whole file's content."""
    matrix = np.asarray(load().weights["layers"][LAYER][MATRIX])
    rows = picked(matrix)
    grids = [(m, b, g) for m in METHODS for b in BITS for g in GROUPS]
    return {
        "source": "python -m benchmarks.record_quantizer",
        "model": "smollm2-135m",
        "layer": LAYER,
        "matrix": MATRIX,
        "rows": {
            name: {"row": i, "weights": [float(str(w)) for w in matrix[i]]}
            for name, i in rows.items()
        },
        "found": {
            f"{name} {m} {b} {g}": quantized(matrix[i], METHODS[m], bits=b, group=g)
            for name, i in rows.items()
            for m, b, g in grids
        },
    }


def file_text(found: dict[str, Any]) -> str:
    """Return the file: what it is, then a grid on each line."""
    lines = ",\n".join(
        f" {json.dumps(name)}: {json.dumps(one, separators=(',', ':'))}"
        for name, one in found["found"].items()
    )
    head = json.dumps({k: v for k, v in found.items() if k != "found"}, separators=(",", ":"))
    return f'{head[:-1]},\n"found": {{\n{lines}\n}}}}\n'


def main() -> None:
    """Rewrite the file."""
    TARGET.write_text(file_text(record()), encoding="utf-8")


if __name__ == "__main__":
    main()
