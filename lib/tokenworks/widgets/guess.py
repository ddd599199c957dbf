"""A question with a number for an answer: guess on a slider before you read on, and lock it in."""

from __future__ import annotations

import math
from html import escape
from typing import Any

from tokenworks.number import Number, integer
from tokenworks.units import UNITS, dimension_of, plain, show, show_as
from tokenworks.widgets.kit import significant
from tokenworks.widgets.stage import Stage

DECADE_STEPS, LINEAR_STEPS = 20, 100
LOGARITHMIC = 100  # from high / low on: two decades
_asked: dict[str, Guess] = {}  # the guesses of this process, by key


def value_text(value: Number, unit: str) -> str:
    """Write a value readably: in a dimension such as "bytes" scaled, else with its unit.

    In a unit of print such as "%" or "GB" the value counts that unit; any other word is a noun.
    """
    if dimension_of(unit) == unit:
        return show_as(value, unit)
    if unit in UNITS:
        return show(value * UNITS[unit][1], unit)
    noun = unit[:-1] if value == 1 and unit.isalpha() and unit.endswith("s") else unit
    return f"{plain(value)} {noun}".strip()


def slider_values(low: Number, high: Number) -> list[Number]:
    """Return the positions of a slider: even steps, or even factors where it spans two decades.

    Whole numbers stay whole. low must be above 0 and below high, else ValueError.
    """
    if not 0 < low < high:
        raise ValueError(f"a guess needs 0 < low < high, not {low} and {high}")
    found: list[Number]
    if high / low >= LOGARITHMIC:
        count, value = 0, low
        found = []
        while value < high:
            found.append(significant(value, 2))
            count += 1
            value = low * 10 ** (count / DECADE_STEPS)
    else:
        step = _round_step((high - low) / LINEAR_STEPS)
        found = [round(low + i * step, 12) for i in range(int((high - low) / step) + 1)]
    found += [high]
    if integer(low) is not None and integer(high) is not None:
        found = [round(value) for value in found]
    return sorted({low, *(value for value in found if low <= value <= high)})


def _round_step(least: float) -> float:
    """Return the next larger of 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least)


class Guess(Stage):
    """The live widget; `state` holds the value and whether it is locked in."""

    def grid(self) -> dict[str, Any]:
        """Return the values each control may take."""
        return {"value": self.data.get("values", ()), "locked": (False, True)}

    @property
    def value(self) -> Number:
        """The guess; setting it locks in the closest position of the slider."""
        return self.state["value"]

    @value.setter
    def value(self, value: Number) -> None:
        values = self.data["values"]
        if not values[0] <= value <= values[-1]:
            low, high = (value_text(end, self.data["unit"]) for end in (values[0], values[-1]))
            raise ValueError(f"the slider runs from {low} to {high}; {value} lies outside")
        closest = min(values, key=lambda one: abs(one - value))
        self.state = {"value": closest, "locked": True}

    def shown(self) -> dict[str, Any]:
        """Return what the repr says."""
        return {"key": self.data["key"]}

    def fallback(self) -> str:
        """Return the question and the span of the slider."""
        low, high = self.data["texts"][0], self.data["texts"][-1]
        asked = f"<strong>{escape(self.data['question'])}</strong>"
        return f"<p>{asked} Somewhere from {escape(low)} to {escape(high)}.</p>"


def guess(key: str, question: str, *, low: Number, high: Number, unit: str = "") -> Guess:
    """Ask for a number before the text gives it; `reveal` with the same key answers.

    The slider runs from low to high in `unit`: a dimension in base units ("bytes", "seconds"), a
    unit of print ("×", "%"), or a noun ("conversations"). A key that already asks something else
    raises ValueError.
    """
    values = slider_values(low, high)
    texts = [value_text(value, unit) for value in values]
    data = {"key": key, "question": question, "unit": unit, "values": values, "texts": texts}
    before = _asked.get(key)
    if before is not None and before.data != data:
        raise ValueError(
            f"the key {key!r} already asks {before.data['question']!r}; choose another"
        )
    if before is None:  # a cell that is run again keeps the guess
        state = {"value": values[len(values) // 2], "locked": False}
        _asked[key] = Guess(data=data, state=state)
    return _asked[key]


def asked(key: str) -> Guess:
    """Return the guess with this key; one that nobody asked raises ValueError."""
    if key not in _asked:
        known = ", ".join(_asked) or "none"
        raise ValueError(f"no guess has the key {key!r} (known: {known}); call guess() before")
    return _asked[key]
