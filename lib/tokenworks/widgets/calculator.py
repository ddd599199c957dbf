"""Calculators of a price: what the library says at recorded settings, with the picture to scale."""

from __future__ import annotations

from functools import cache
from typing import Any

from tokenworks.widgets.calculation import Calculation, Output, Place, kept
from tokenworks.widgets.calculators import calculation
from tokenworks.widgets.stage import Stage, chosen, html_table


@cache
def tabulated(name: str) -> dict[str, Any]:
    """Return all that the browser looks up for a calculator."""
    return calculation(name).tabulated()


def shown_at(name: str, place: Place) -> dict[str, Any]:
    """Return what is shown at a setting: the story, and each value and floor as tabulated."""
    of = calculation(name)
    point = of.at(place)
    shown: dict[str, Any] = {"story": of.story(place, point)}
    for each in of.outputs:
        shown[each.name] = kept(point.values.get(each.name), each)
        if each.floor:
            shown[f"{each.name}.floor"] = kept(point.floors.get(each.name), each)
    return shown


class Calculator(Stage):
    """The live widget; `state` holds the inputs by name."""

    def grid(self) -> dict[str, Any]:
        """Return the values each control may take."""
        return self.data["grid"]

    def shown(self) -> dict[str, Any]:
        """Return what the repr says: which calculator, and its inputs."""
        return {"name": self.data["name"]} | super().shown()

    def fallback(self) -> str:
        """Return the outputs at each value of one input."""
        of = calculation(self.data["name"])
        (rows,) = (each for each in of.inputs if each.name == of.rows)
        others = [
            f"{each.label}: {each.text(self.state[each.name])}"
            for each in of.inputs
            if each is not rows
        ]
        caption = f"{of.title}; {'; '.join(others)}. {of.note}"
        head = (rows.label, *(_heading(of, each) for each in of.outputs))
        places = [self.state | {of.rows: value} for value in rows.values]
        return html_table(caption, head, [_line(of, place) for place in places])


def _heading(of: Calculation, output: Output) -> str:
    return f"{output.label}, {of.column or 'expected'} (floor)" if output.floor else output.label


def _line(of: Calculation, place: Place) -> tuple[str, ...]:
    (rows,) = (each for each in of.inputs if each.name == of.rows)
    shown = shown_at(of.name, place)
    cells = []
    for each in of.outputs:
        text = each.text(shown[each.name])
        if each.floor and shown[f"{each.name}.floor"] is not None:
            text += f" ({each.text(shown[f'{each.name}.floor'])})"
        cells.append(text)
    return (rows.text(place[of.rows]), *cells)


def calculator(name: str, **controls: Any) -> Calculator:
    """Return a calculator by name, such as "frontier"; every value must be on its recorded grid.

    `controls` are inputs of that calculator by name. An unknown calculator raises KeyError, which
    lists the known ones.
    """
    start = calculation(name).start
    return Calculator(data=tabulated(name), state=chosen(controls, **start))
