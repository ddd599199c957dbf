"""Record what the quantizer's microscope shows: rows of SmolLM2's weights on every grid.

    python -m benchmarks.record_quantizer

rewrites lib/tokenworks/data/quantizer_rows.json (a minute). Codes are hex digits above the grid's
least code: one a weight up to 4 bits, two for 8. GPTQ, and the error of the outputs, know what the
matrix reads on the calibration texts.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from tokenworks.model import LanguageModel, load
from tokenworks.quantization import (
    Grid,
    Quantized,
    calibration_windows,
    gptq_matrix,
    moments,
    output_error,
    quantize_layers,
    round_to_nearest,
)

TARGET = Path(__file__).parents[1] / "lib/tokenworks/data/quantizer_rows.json"
LAYER, MATRIX = 10, "wq"
METHODS = ("symmetric", "asymmetric", "gptq")
BITS, GROUPS = (2, 3, 4, 8), (32, 64, 192, 576)
WINDOWS = 8  # of calibration, of each domain
DIGITS = 6  # significant ones, of all but the weights
COLUMNS = ("codes", "scales", "minimums", "error", "output", "largest")


def picked(matrix: np.ndarray) -> dict[str, int]:
    """Return the row with the farthest weight, and one whose farthest is as far as usual."""
    reach = np.abs(matrix).max(axis=1) / matrix.std(axis=1)
    usual = int(np.argsort(reach)[len(reach) // 2])
    return {"usual": usual, "outlier": int(np.abs(matrix).max(axis=1).argmax())}


def second_moments(lm: LanguageModel) -> np.ndarray:
    """Return the second moments of what the matrix reads, on the calibration texts."""
    found = []

    def keep(layer: Any, inputs: Any) -> Any:
        found.append(moments(inputs[MATRIX]).second)
        return layer

    before = {**lm.weights, "layers": lm.weights["layers"][: LAYER + 1]}
    windows = calibration_windows(lm.tokenizer, most=WINDOWS)
    quantize_layers(before, lm.spec, windows, quantize_layer=keep)
    return found[LAYER]


def quantized(row: np.ndarray, method: str, *, on: Grid, second: np.ndarray) -> list[Any]:
    """Return a row on one grid, by `COLUMNS`."""
    nearest = round_to_nearest(row[None], on)
    found = gptq_matrix(row[None], second, on) if method == "gptq" else nearest
    off = found.values() - row
    return [
        digits(found),
        None if method == "gptq" else [short(x) for x in found.scales[0]],  # the nearest ones'
        None if found.minimums is None else [short(x) for x in found.minimums[0]],
        short(np.linalg.norm(off) / np.linalg.norm(row)),
        short(output_error(off, row[None], second) ** 0.5),
        short(np.abs(off).max()),
    ]


def short(value: Any) -> float:
    """Return a number with as many digits as are kept."""
    return float(f"{value:.{DIGITS}g}")


def digits(found: Quantized) -> str:
    """Return the codes of a row as hex digits."""
    wide = 1 if found.grid.bits <= 4 else 2
    return "".join(f"{int(code) - found.grid.least:0{wide}x}" for code in found.codes[0])


def record() -> dict[str, Any]:
    """Return the whole file's content."""
    lm = load()
    matrix, second = np.asarray(lm.weights["layers"][LAYER][MATRIX]), second_moments(lm)
    rows = picked(matrix)
    grids = [(m, b, g) for m in METHODS for b in BITS for g in GROUPS]
    return {
        "source": "python -m benchmarks.record_quantizer",
        "model": "smollm2-135m",
        "layer": LAYER,
        "matrix": MATRIX,
        "columns": COLUMNS,
        "rows": {
            name: {"row": i, "weights": [float(str(w)) for w in matrix[i]]}
            for name, i in rows.items()
        },
        "found": {
            f"{name} {m} {b} {g}": quantized(
                matrix[i], m, on=Grid(b, g, symmetric=m != "asymmetric"), second=second
            )
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
