"""Output errors of GPTQ and AWQ over those of rounding, on the calibration text and on others.

    python -m benchmarks.quantization_held_out

Both are fitted on what the float model's matrices read in the calibration windows alone.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from benchmarks.provenance import provenance
from benchmarks.quantization import Bench
from benchmarks.quantization_tables import HELD_OUT, rewrite
from tokenworks.model import load
from tokenworks.model.compile_cache import enable_compile_cache
from tokenworks.model.layers import Layer
from tokenworks.quantization.awq import awq_scales, scale_layer
from tokenworks.quantization.calibration import Inputs, moments, quantize_layers, squared_outputs
from tokenworks.quantization.folding import READERS, round_layer
from tokenworks.quantization.gptq import gptq_layer
from tokenworks.quantization.integer_grid import Grid

STORED, GRID = "4-bit symmetric g64", Grid(4, 64, symmetric=True)
TOKENS, WINDOWS = 512, 8  # as the calibration's windows; of each domain that nothing is fitted on


def main() -> None:
    """Quantize layer after layer in both ways, and keep every matrix's ratios on each text."""
    enable_compile_cache()
    bench = Bench(load())
    texts = {"calibration": bench.calibration}
    for domain, windows in bench.evaluation.items():
        texts[domain] = windows.reshape(-1, TOKENS)[:WINDOWS]
    places = np.cumsum([0, *(len(windows) for windows in texts.values())])
    found: dict[str, dict[str, list[float]]] = {
        method: {text: [] for text in texts} for method in ("GPTQ", "AWQ")
    }

    def both(layer: Layer, inputs: Inputs) -> Layer:
        seen = {name: each[: len(bench.calibration)] for name, each in inputs.items()}
        scales = awq_scales(layer, seen, spec=bench.lm.spec, grid=GRID)
        undone = {reader: 1 / each for reader, each in scales.items()}
        scaled = round_layer(scale_layer(layer, scales, bench.lm.spec), GRID)
        ways = {
            "GPTQ": gptq_layer(layer, seen, grid=GRID),
            "AWQ": scale_layer(scaled, undone, bench.lm.spec),
        }
        nearest = round_layer(layer, GRID)
        for text, start, end in zip(texts, places, places[1:], strict=False):
            for reader, names in READERS.items():
                second = moments(inputs[reader][start:end]).second
                for name in names:
                    of = _error(nearest, layer, name, second=second)
                    for method, way in ways.items():
                        ratio = _error(way, layer, name, second=second) / of
                        found[method][text].append(float(f"{ratio:.3g}"))
        return layer

    windows = np.concatenate(list(texts.values()))
    quantize_layers(bench.folded, bench.lm.spec, windows, quantize_layer=both, sequential=False)
    record: dict[str, Any] = provenance(
        "python -m benchmarks.quantization_held_out", ("jax", "jaxlib", "numpy")
    )
    record["tokens"] = {text: int(each.size) for text, each in texts.items()}
    HELD_OUT.write_text(json.dumps(record | {"stored": STORED, "ratios": found}) + "\n")
    rewrite()


def _error(way: Layer, exact: Layer, name: str, *, second: np.ndarray) -> float:
    change = np.asarray(way[name], np.float64) - np.asarray(exact[name], np.float64)
    return squared_outputs(change, second)


if __name__ == "__main__":
    main()
