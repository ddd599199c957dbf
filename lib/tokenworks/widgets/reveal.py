"""The answer to a guess: both on one axis, and in words how far apart they are."""

from __future__ import annotations

from bisect import bisect_right
from html import escape
from typing import Any

from tokenworks.number import Number
from tokenworks.widgets.guess import asked, value_text
from tokenworks.widgets.stage import KEYS, Stage


class Reveal(Stage):
    """The live widget; `state["guess"]` is what was locked in, or None."""

    def grid(self) -> dict[str, Any]:
        """Return the values the guess may take."""
        return {"guess": (None, *self.data.get("values", ()))}

    def shown(self) -> dict[str, Any]:
        """Return what the repr says."""
        return {"key": self.data["key"], "truth": self.data["truth"]}

    def fallback(self) -> str:
        """Return the question, with the answer folded away."""
        return (
            f"<details><summary {KEYS}>{escape(self.data['question'])}</summary>"
            f"<p>{escape(self.data['truth'])}</p></details>"
        )


def axis_place(value: Number, values: list[Number]) -> float:
    """Return where a value stands on the slider's own axis, from 0 to 1."""
    at = min(bisect_right(values, value), len(values) - 1) - 1
    between = (value - values[at]) / (values[at + 1] - values[at])
    return round((at + between) / (len(values) - 1), 6)


def reveal(key: str, value: Number) -> Reveal:
    """Answer the guess with this key by a value in its unit.

    A key that nobody asked, or a value outside the slider, raises ValueError.
    """
    question = asked(key)
    values, unit = question.data["values"], question.data["unit"]
    if not values[0] <= value <= values[-1]:
        ends = f"{question.data['texts'][0]} to {question.data['texts'][-1]}"
        told = f"the truth of {key!r} is {value_text(value, unit)}, outside its slider"
        raise ValueError(f"{told} ({ends}); widen low and high in guess()")
    place = axis_place(value, values)
    answer = {"truth": value_text(value, unit), "truth_value": value, "truth_place": place}
    known = question.value if question.state["locked"] else None
    shown = Reveal(data=question.data | answer, state={"guess": known})
    question.observe(lambda _: setattr(shown, "state", _locked(question.state)), "state")
    return shown


def _locked(state: dict[str, Any]) -> dict[str, Any]:
    return {"guess": state["value"] if state["locked"] else None}
