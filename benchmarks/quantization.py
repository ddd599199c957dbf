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
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.provenance import provenance
from benchmarks.quantization_layers import LayerErrors, awq, gptq
from benchmarks.quantization_tables import rewrite
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
from tokenworks.quantization.folding import MATRICES, fold_norms, round_layer
from tokenworks.quantization.integer_grid import Grid
from tokenworks.quantization.texts import (
    DOMAINS,
    calibration_windows,
    evaluation_windows,
    refuse_overlap,
)
from tokenworks.shapes import layer_shapes
from tokenworks.specs import model_spec

RESULT = Path(__file__).parent / "results" / "quantization.json"
WINDOWS, TOKENS = 5, 2048  # of each domain
CALIBRATION_WINDOWS = 8  # of each domain, 512 tokens each
GRIDS = {
    "4-bit symmetric g64": Grid(4, 64, symmetric=True),
    "3-bit asymmetric g64": Grid(3, 64),
    "4-bit asymmetric g32": Grid(4, 32),
}
EIGHT = Grid(8, symmetric=True)
SHORT = 256  # tokens that are judged again in seconds
DIGITS = 6  # kept of every number
MODEL = "smollm2-135m"


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
Run = Callable[[Bench, dict[str, Any]], States | None]


@dataclass(frozen=True)
class Entry:
    """A row of the table: its method, what is stored, and how the model comes about."""

    method: str
    stored: str
    run: Run
    bits_per_weight: float | None = None  # with scales and minimums; None: not of weights alone

    @property
    def name(self) -> str:
        """What the row is called in the record and on the command line."""
        return f"{self.method}, {self.stored}"

    def described(self) -> dict[str, Any]:
        """Return what the record says of the row beside what was measured."""
        return {name: getattr(self, name) for name in ("method", "stored", "bits_per_weight")}


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
        quantize_layer=partial(method, errors=errors),
        sequential=sequential,
    )
    row["layer_errors"] = errors.by_tokens
    return states_of(weights, bench.lm.spec)


def by_gptq(bench: Bench, row: dict[str, Any], *, grid: Grid, first_weight: float = 1) -> States:
    """Return the model by GPTQ, each layer on what the quantized ones before it hand on."""
    return calibrated(
        bench, row, method=partial(gptq, grid=grid, first_weight=first_weight), sequential=True
    )


def by_awq(bench: Bench, row: dict[str, Any], *, grid: Grid) -> States:
    """Return the model by AWQ, all layers on what the float model reads."""
    method = partial(awq, grid=grid, spec=bench.lm.spec)
    return calibrated(bench, row, method=method, sequential=False)


def entries() -> dict[str, Entry]:
    """Return every row of the table, by name."""
    found = [Entry("float", "float32", lambda *_: None, 32.0)]
    for stored, grid in GRIDS.items():
        runs: dict[str, Run] = {
            "RTN": partial(rounded, grid=grid),
            "GPTQ": partial(by_gptq, grid=grid),
            "GPTQ without first tokens": partial(by_gptq, grid=grid, first_weight=0),
            "GPTQ with first tokens × 64": partial(by_gptq, grid=grid, first_weight=64),
            "AWQ": partial(by_awq, grid=grid),
        }
        found += [Entry(method, stored, run, bits(grid)) for method, run in runs.items()]
    for stored in ("4-bit asymmetric g32", "4-bit symmetric g64"):  # the file's own grid, another
        run = partial(rounded, grid=GRIDS[stored], folded=False)
        found.append(Entry("RTN as stored", stored, run, bits(GRIDS[stored])))
    found += [Entry(*name.split(", ", 1), run) for name, run in other_ways().items()]
    run = partial(rounded, grid=EIGHT, folded=False)
    found.append(Entry("RTN", "8-bit symmetric channel", run, bits(EIGHT)))
    return {each.name: each for each in found}


def bits(grid: Grid) -> float:
    """Return the bits of a weight of SmolLM2 with its share of scale and minimum."""
    shapes = [
        shape for name, shape in layer_shapes(model_spec(MODEL), 0).items() if name in MATRICES
    ]
    scales = sum(out * grid.groups(inputs) for out, inputs in shapes)
    shared = scales * (grid.scale_bits + grid.minimum_bits)
    return round(grid.bits + shared / sum(out * inputs for out, inputs in shapes), 4)


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
    """Return numbers with the digits that are kept; counts stay whole."""
    return {n: value if isinstance(value, int) else kept(value) for n, value in numbers.items()}


def main() -> None:
    """Run the rows that are missing or named, and keep each."""
    known = entries()
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("names", nargs="*", metavar="NAME", help="; ".join(known))
    names = options.parse_args().names
    enable_compile_cache()
    bench = Bench(load())
    rows = json.loads(RESULT.read_text())["rows"] if RESULT.exists() else {}
    for name in names or [each for each in known if each not in rows]:
        row: dict[str, Any] = {"date": date.today().isoformat()}
        row["scores"] = judged(bench, known[name].run(bench, row))
        rows[name] = row
        keep({each: known[each].described() | rows[each] for each in known if each in rows}, bench)
        print(name, {d: s["all"] for d, s in row["scores"].items()}, flush=True)


def keep(rows: dict[str, Any], bench: Bench) -> None:
    """Write the record, with where it comes from, and the table of the package."""
    record = provenance("python -m benchmarks.quantization", ("jax", "jaxlib", "numpy"))
    record["windows"] = {name: list(each.shape) for name, each in bench.evaluation.items()}
    record["calibration"] = list(bench.calibration.shape)
    RESULT.write_text(json.dumps(record | {"rows": rows}) + "\n")
    rewrite()


if __name__ == "__main__":
    main()
