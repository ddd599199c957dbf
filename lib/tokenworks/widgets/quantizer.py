"""The quantizer's microscope: one row of a real matrix, the levels it is rounded to, what is lost.

`benchmarks/record_quantizer.py` wrote codes, scales and errors; the browser looks them up and draws
scale · code + minimum.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from tokenworks.specs import model_spec
from tokenworks.widgets.kit import count_text, probability_text
from tokenworks.widgets.stage import Stage, chosen, html_table

WINDOW = 64  # weights that are drawn at once
ROW_LABELS = {"usual": "a usual row", "outlier": "row of the farthest weight"}
METHOD_LABELS = {
    "symmetric": "nearest, symmetric",
    "asymmetric": "nearest, asymmetric",
    "gptq": "GPTQ, symmetric",
}
BITS, GROUPS = (2, 3, 4, 8), (32, 64, 192, 576)
SCALE_BITS = 16
GRID: dict[str, tuple[Any, ...]] = {
    "row": tuple(ROW_LABELS),
    "method": tuple(METHOD_LABELS),
    "bits": BITS,
    "group": GROUPS,
    "window": tuple(range(GROUPS[-1] // WINDOW)),
}


@cache
def recorded() -> dict[str, Any]:
    """Return what `benchmarks/record_quantizer.py` wrote."""
    text = files("tokenworks.data").joinpath("quantizer_rows.json").read_text(encoding="utf-8")
    return json.loads(text)


@cache
def tabulated() -> dict[str, Any]:
    """Return all that the browser looks up."""
    found = recorded()
    return {
        "model": model_spec(found["model"]).label,
        "layer": found["layer"],
        "rows": found["rows"],
        "found": found["found"],
        "labels": ROW_LABELS,
        "methods": METHOD_LABELS,
        "least": {f"{m} {bits}": code_range(m, bits) for m in METHOD_LABELS for bits in BITS},
        "taken": {
            f"{m} {bits} {group}": bits_taken(m, bits, group)
            for m in METHOD_LABELS
            for bits in BITS
            for group in GROUPS
        },
        "window": WINDOW,
        "grid": {name: list(values) for name, values in GRID.items()},
    }


def code_range(method: str, bits: int) -> list[int]:
    """Return the least and the largest code of a grid."""
    if method == "asymmetric":
        return [0, 2**bits - 1]
    most = 2 ** (bits - 1) - 1
    return [-most, most]


def _found(row: str, method: str, *, bits: int, group: int) -> dict[str, Any]:
    """Return what was recorded of a row, by column; GPTQ rounds to the nearest levels' grid."""
    record = recorded()

    def columns(of: str) -> dict[str, Any]:
        values = record["found"][f"{row} {of} {bits} {group}"]
        return dict(zip(record["columns"], values, strict=True))

    one = columns(method)
    return one if one["scales"] else one | {"scales": columns("symmetric")["scales"]}


def bits_taken(method: str, bits: int, group: int) -> float:
    """Return the bits of a weight with its part of a scale of 16 bits and of a minimum as wide."""
    return bits + (2 if method == "asymmetric" else 1) * SCALE_BITS / group


def codes_at(row: str, method: str, *, bits: int, group: int) -> list[int]:
    """Return the codes of a row, in order."""
    digits = _found(row, method, bits=bits, group=group)["codes"]
    least, wide = code_range(method, bits)[0], 1 + (bits > 4)
    return [int(digits[i : i + wide], 16) + least for i in range(0, len(digits), wide)]


def values_at(row: str, method: str, *, bits: int, group: int) -> list[float]:
    """Return what the codes of a row stand for: scale · code, and the minimum if there is one."""
    one = _found(row, method, bits=bits, group=group)
    minimums = one["minimums"] or [0.0] * len(one["scales"])
    return [
        one["scales"][i // group] * code + minimums[i // group]
        for i, code in enumerate(codes_at(row, method, bits=bits, group=group))
    ]


def shown_at(row: str, method: str, *, bits: int, group: int) -> dict[str, Any]:
    """Return the counters: errors as shares of row and outputs, bits, levels in use.

    `output` is the error of what the row gives on the calibration texts, root mean square.
    """
    one = _found(row, method, bits=bits, group=group)
    least, most = code_range(method, bits)
    shown = {name: one[name] for name in ("error", "output", "largest")}
    shown["bits"] = bits_taken(method, bits, group)
    used = len(set(codes_at(row, method, bits=bits, group=group)))
    return shown | {"used": used, "levels": most - least + 1}


class Quantizer(Stage):
    """The live widget; `state` holds the controls by the names of the grid."""

    def grid(self) -> dict[str, Any]:
        """Return the values each control may take."""
        return GRID

    def fallback(self) -> str:
        """Return the error of the chosen row on every grid of the chosen method."""
        row, method = self.state["row"], self.state["method"]
        caption = (
            f"Layer {self.data['layer']} of {self.data['model']}, {ROW_LABELS[row]}: error of "
            f"rounding to {METHOD_LABELS[method]} levels, as a share of the row's length"
        )
        head = ("Bits", *(f"groups of {count_text(group)}" for group in GROUPS))
        return html_table(caption, head, [_errors(row, method, bits) for bits in BITS])


def _errors(row: str, method: str, bits: int) -> tuple[str, ...]:
    shown = (shown_at(row, method, bits=bits, group=group) for group in GROUPS)
    return (str(bits), *(probability_text(one["error"]) for one in shown))


def quantizer(row: str = "outlier", **controls: Any) -> Quantizer:
    """Return the quantizer's microscope; every value must be on the recorded grid.

    `controls`: method, bits, group (weights that share a scale), window (which 64 are drawn).
    """
    opened = chosen(controls, method="symmetric", bits=4, group=576, window=1)
    return Quantizer(data=tabulated(), state={"row": row} | opened)
