"""One formula of the cheat sheet: what is printed of it is what runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from book._ext.cheat_sheet.units_of import unit, unit_of
from tokenworks import worked
from tokenworks.units import UNITS, quantity
from tokenworks.worked_number import Worked

# The base units of what a literal states, by its dimension.
STATED = {
    "bytes": "byte",
    "seconds": "s",
    "tokens_per_s": "token/s",
    "tokens_per_pass": "",  # tokens are counted here, as guesses are
    "flops_per_byte": "FLOP/byte",
    "ratio": "",
    "usd_per_token": "USD/token",
}


@dataclass(frozen=True)
class Misprint:
    """The formula as a source has it, in the same names, and what is wrong with it."""

    formula: str
    off: str  # the source's result over the right one, as a literal: "2×"
    slip: str


@dataclass(frozen=True)
class FormulaRow:
    """A formula with what it is for, the units of its names, and a case that computes it.

    `units` names each input's unit; `constants` those of numbers that are not pure, such as two
    FLOP for each parameter and token. The literal states the result in `case`.
    """

    name: str
    formula: str
    answers: str
    literal: str
    case: str
    chapter: str
    inputs: Mapping[str, Any]
    units: Mapping[str, str]
    constants: Mapping[float, str] = field(default_factory=dict)
    misprint: Misprint | None = None

    @property
    def number(self) -> Worked:
        """Run the formula; NumberMismatch where the literal says otherwise."""
        return worked(self.literal, self.formula, **self.inputs)

    @property
    def wrong(self) -> Worked | None:
        """Run the formula as it is misprinted, and say how far off it is."""
        if self.misprint is None:
            return None
        given = {"printed": _value(self.misprint.formula, self.inputs), "right": self.number.value}
        return worked(self.misprint.off, "printed / right", **given)


def _value(formula: str, inputs: Mapping[str, Any]) -> float:
    return eval(formula, {"__builtins__": {}}, dict(inputs))


def held(row: FormulaRow) -> FormulaRow:
    """Return a row whose unit is that of its literal; else ValueError."""
    found = unit_of(row.formula, row.units, row.constants)
    stated = unit(STATED[UNITS[quantity(row.literal).unit][0]])
    if found != stated:
        raise ValueError(f"{row.name} is in {dict(found)}, {row.literal} in {dict(stated)}")
    return row
