"""What each way to quantize SmolLM2 costs, on prose and code: on average and in the tail.

    python -m benchmarks.quantization [NAME ...]

Without names it runs the rows that are not in the record yet; each is kept as soon as it is done.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.provenance import provenance
from benchmarks.quantization_layers import LayerErrors, awq, gptq
from benchmarks.quantization_ways import other_ways
from tokenworks.model import LanguageModel, load
from tokenworks.model.compile_cache import enable_compile_cache
from tokenworks.quantization.calibration import quantize_layers
from tokenworks.quantization.evaluation import (
    States,
    reference_states,
    scores,
    states_of,
    token_scores,
    token_sets,
)
from tokenworks.quantization.folding import fold_norms, round_layer
from tokenworks.quantization.integer_grid import Grid
from tokenworks.quantization.texts import (
    DOMAINS,
    calibration_windows,
    evaluation_windows,
    refuse_overlap,
)

RESULT = Path(__file__).parent / "results" / "quantization.json"
WINDOWS, TOKENS = 5, 2048  # of each domain
CALIBRATION_WINDOWS = 8  # of each domain, 512 tokens each
GRIDS = {
    "4-bit symmetric g64": Grid(4, 64, symmetric=True),
    "3-bit asymmetric g64": Grid(3, 64),
    "4-bit asymmetric g32": Grid(4, 32),
}
SHORT = 256  # tokens that are judged again in seconds
DIGITS = 6  # kept of every number


@dataclass(frozen=True)
class Bench:
    """The model, its texts, and what float makes of them."""

    lm: LanguageModel

    @cached_property
    def weights(self) -> Any:
        """The weights as they are stored."""
        return self.lm.weights

    @cached_property
    def folded(self) -> Any:
        """The weights with norms folded in: off the grid that the file was written on."""
        return fold_norms(self.weights)

    @cached_property
    def calibration(self) -> np.ndarray:
        """Windows of both domains."""
        return calibration_windows(self.lm.tokenizer, most=CALIBRATION_WINDOWS)

    @cached_property
    def evaluation(self) -> dict[str, np.ndarray]:
        """Windows by domain; none of calibration is among them."""
        found = {
            domain: evaluation_windows(self.lm.tokenizer, domain, tokens=TOKENS, most=WINDOWS)
            for domain in DOMAINS
        }
        refuse_overlap(self.calibration, np.concatenate(list(found.values())))
        return found

    @cached_property
    def exact(self) -> dict[str, np.ndarray]:
        """The float model's states by domain."""
        model = states_of(self.weights, self.lm.spec)
        return {name: reference_states(model, each) for name, each in self.evaluation.items()}


# (bench, what the row says beside its scores) -> the model to judge; None: the float model itself
Method = Callable[[Bench, dict[str, Any]], States | None]


def rounded(bench: Bench, _: dict[str, Any], *, grid: Grid, folded: bool = True) -> States:
    """Return the model rounded to nearest."""
    weights = bench.folded if folded else bench.weights
    layers = [round_layer(layer, grid) for layer in weights["layers"]]
    return states_of({**weights, "layers": layers}, bench.lm.spec)


def calibrated(
    bench: Bench, row: dict[str, Any], *, method: Callable[..., Any], sequential: bool
) -> States:
    """Return the model quantized layer by layer, and keep the errors of its matrices."""
    errors = LayerErrors()
    weights = quantize_layers(
        bench.folded,
        bench.lm.spec,
        bench.calibration,
        quantize_layer=lambda layer, inputs: method(layer, inputs, errors=errors),
        sequential=sequential,
    )
    row["layer_errors"] = errors.by_tokens
    return states_of(weights, bench.lm.spec)


def methods() -> dict[str, Method]:
    """Return every row of the table, by name."""
    found: dict[str, Method] = {"float": lambda b, _: None}
    for name, grid in GRIDS.items():
        found |= {f"{kind}, {name}": each for kind, each in of_grid(grid).items()}
    stored = GRIDS["4-bit asymmetric g32"]
    found["RTN as stored, 4-bit asymmetric g32"] = lambda b, row: rounded(
        b, row, grid=stored, folded=False
    )
    return found | other_ways()


def of_grid(grid: Grid) -> dict[str, Method]:
    """Return the methods that a grid of weights is compared under."""

    def by_gptq(skip: int) -> Method:
        return lambda b, row: calibrated(
            b, row, method=lambda *a, **k: gptq(*a, **k, grid=grid, skip=skip), sequential=True
        )

    def by_awq(b: Bench, row: dict[str, Any]) -> States:
        one = lambda *a, **k: awq(*a, **k, grid=grid, spec=b.lm.spec)  # noqa: E731
        return calibrated(b, row, method=one, sequential=False)

    return {
        "RTN": lambda b, row: rounded(b, row, grid=grid),
        "GPTQ": by_gptq(0),
        "GPTQ without first tokens": by_gptq(1),
        "AWQ": by_awq,
    }


def judged(bench: Bench, model: States | None) -> dict[str, Any]:
    """Return the scores by domain: of all tokens, of each set of the tail, of a short start.

    Beside them the mean nats of each window, by which two rows can be held against each other.
    """
    found: dict[str, Any] = {}
    for domain, windows in bench.evaluation.items():
        exact = bench.exact[domain]
        states = exact if model is None else reference_states(model, windows)
        of = token_scores(bench.weights["embed"], windows, states, reference=exact)
        sets = {"all": None, "short": short(windows)} | token_sets(bench.lm.tokenizer, windows)
        found[domain] = {name: plain(asdict(scores(of, among))) for name, among in sets.items()}
        found[domain]["nats_by_window"] = [kept(nats) for nats in of.nats.mean(axis=1)]
    return found


def short(windows: np.ndarray) -> np.ndarray:
    """Return which tokens stand in the first of the first window, for computing a row again."""
    among = np.zeros((len(windows), windows.shape[1] - 1), bool)
    among[0, : SHORT - 1] = True
    return among


def kept(value: float) -> float:
    """Return a number with the digits that are kept."""
    return float(f"{value:.{DIGITS}g}")


def plain(numbers: dict[str, float]) -> dict[str, float]:
    """Return numbers with the digits that are kept."""
    return {name: kept(value) for name, value in numbers.items()}


def main() -> None:
    """Run the rows that are missing or named, and keep each."""
    known = methods()
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("names", nargs="*", metavar="NAME", help="; ".join(known))
    names = options.parse_args().names
    enable_compile_cache()
    bench = Bench(load())
    rows = json.loads(RESULT.read_text())["rows"] if RESULT.exists() else {}
    for name in names or [each for each in known if each not in rows]:
        row: dict[str, Any] = {"date": date.today().isoformat()}
        row["scores"] = judged(bench, known[name](bench, row))
        rows[name] = row
        keep({each: rows[each] for each in known if each in rows}, bench)
        print(name, {d: s["all"] for d, s in row["scores"].items()}, flush=True)


def keep(rows: dict[str, Any], bench: Bench) -> None:
    """Write the record, with where it comes from."""
    record = provenance("python -m benchmarks.quantization", ("jax", "jaxlib", "numpy"))
    record["windows"] = {name: list(each.shape) for name, each in bench.evaluation.items()}
    record["calibration"] = list(bench.calibration.shape)
    RESULT.write_text(json.dumps(record | {"rows": rows}) + "\n")


if __name__ == "__main__":
    main()
