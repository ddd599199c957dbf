"""What a calculator is made of: inputs over recorded values, outputs, verdicts, a picture.

A `Calculation` has a function that asks the library at one setting of all inputs. `tabulated` asks
it at every setting, and what a browser shows is looked up there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import product
from typing import Any, Literal

from tokenworks.number import Number
from tokenworks.widgets.kit import bytes_text, count_text, seconds_text, significant

DIGITS = 3  # of what is tabulated
Unit = Literal["usd", "seconds", "bytes", "count", "share", "times", "word"]
Value = int | float | str
Place = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Input:
    """A control: its recorded values, and how each is written. Numbers make a slider."""

    name: str
    label: str
    values: tuple[Value, ...]
    texts: tuple[str, ...]

    def text(self, value: Value) -> str:
        """Return how a value is written."""
        return self.texts[self.values.index(value)]


@dataclass(frozen=True, kw_only=True)
class Output:
    """A number or a word: `floor` says that its floor stands beside what is expected.

    `least` and `most` are bounds that it has to keep; `words` are those of the unit "word".
    """

    name: str
    label: str
    unit: Unit
    floor: bool = False
    least: Number | None = None
    most: Number | None = None
    words: tuple[str, ...] = ()
    drawn: bool = False  # its number stands in the picture alone, not in the table

    def text(self, value: Number | None) -> str:
        """Return how a value is written, a dash where there is none."""
        if value is None:
            return "–"
        return self.words[int(value)] if self.unit == "word" else TEXTS[self.unit](value)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A sentence with `{places}` for inputs, outputs and their `{floors.floor}`."""

    text: str
    refused: bool = False


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Lines over one input: (output, label, colour) each, floors dashed; `scale` is the axis's.

    `band` is an output in words whose values stand as a strip below, `mark` one whose value is a
    place on the axis, with its label; `refused` names what is hatched.
    """

    over: str
    lines: tuple[tuple[str, str, str], ...]
    title: str
    kind: Literal["curve"] = "curve"
    scale: Number = 1
    log: tuple[bool, bool] = (True, True)
    band: str = ""
    band_colours: tuple[str, ...] = ()
    mark: tuple[str, str] | None = None
    refused: str = ""


@dataclass(frozen=True, kw_only=True)
class Bars:
    """Bars of one setting, (output, colour) each; `stacked` makes them parts of one whole."""

    parts: tuple[tuple[str, str], ...]
    title: str
    stacked: bool = False
    kind: Literal["bars"] = "bars"


@dataclass(frozen=True, kw_only=True)
class Across:
    """One output for every value of one input, all else as chosen."""

    over: str
    output: str
    title: str
    kind: Literal["across"] = "across"


@dataclass(frozen=True, kw_only=True)
class Point:
    """What the library says at one setting: a verdict by name, and values; a dash for None."""

    verdict: str
    values: Mapping[str, Number | None] = field(default_factory=dict)
    floors: Mapping[str, Number | None] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Calculation:
    """A calculator: `at` asks the library at one setting, `note` says what is counted."""

    name: str
    title: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    verdicts: Mapping[str, Verdict]
    at: Callable[[Place], Point]
    picture: Curve | Bars | Across
    note: str
    start: Place
    rows: str  # the input whose values are the rows of the text table
    column: str = ""

    @property
    def grid(self) -> dict[str, tuple[Value, ...]]:
        """The values of each input by its name."""
        return {each.name: each.values for each in self.inputs}

    def places(self) -> list[Place]:
        """Return every setting, the last input changing fastest."""
        names = list(self.grid)
        return [dict(zip(names, values, strict=True)) for values in product(*self.grid.values())]

    def tabulated(self) -> dict[str, Any]:
        """Return all that the browser looks up."""
        points = [self.at(place) for place in self.places()]
        names = list(self.verdicts)
        columns: dict[str, list[Any]] = {"verdict": [names.index(p.verdict) for p in points]}
        for each in self.outputs:
            columns[each.name] = [kept(p.values.get(each.name), each) for p in points]
            if each.floor:
                floors = [kept(p.floors.get(each.name), each) for p in points]
                columns[f"{each.name}.floor"] = floors
        return {
            "name": self.name,
            "title": self.title,
            "grid": {name: list(values) for name, values in self.grid.items()},
            "inputs": [{"name": i.name, "label": i.label, "texts": i.texts} for i in self.inputs],
            "outputs": [_stated(each) for each in self.outputs],
            "verdicts": [asdict(self.verdicts[name]) for name in names],
            "picture": asdict(self.picture),
            "note": self.note,
            "column": self.column or ("expected" if any(o.floor for o in self.outputs) else ""),
            "points": {name: self._folded(column) for name, column in columns.items()},
        }

    def _folded(self, column: list[Any]) -> dict[str, Any]:
        """Return a column without the inputs on which it does not depend, and those it has."""
        names, values = list(self.grid), list(self.grid.values())
        by_place = dict(zip(product(*values), column, strict=True))
        held = [
            name
            for at, name in enumerate(names)
            if any(
                value != by_place[(*place[:at], values[at][0], *place[at + 1 :])]
                for place, value in by_place.items()
            )
        ]
        kept_values = [each if name in held else each[:1] for name, each in self.grid.items()]
        return {"over": held, "values": [by_place[place] for place in product(*kept_values)]}

    def story(self, place: Place, point: Point) -> str:
        """Return the verdict of a setting in words."""
        texts = {each.name: each.text(place[each.name]) for each in self.inputs}
        for each in self.outputs:
            texts[each.name] = each.text(kept(point.values.get(each.name), each))
            texts[f"{each.name}.floor"] = each.text(kept(point.floors.get(each.name), each))
        said = self.verdicts[point.verdict].text
        for name, text in texts.items():
            said = said.replace(f"{{{name}}}", text)
        return said


def numbers(
    name: str, label: str, values: Sequence[Number], *, text: Callable[[Any], str] = count_text
) -> Input:
    """Return an input of numbers, written by a format."""
    return Input(name=name, label=label, values=tuple(values), texts=tuple(map(text, values)))


def choices(name: str, label: str, texts: Mapping[str, str]) -> Input:
    """Return an input of words: what is chosen by name, and how it is written."""
    return Input(name=name, label=label, values=tuple(texts), texts=tuple(texts.values()))


def kept(value: Number | None, output: Output) -> Number | None:
    """Return a value as it is tabulated: with three digits, counts that are whole in full."""
    if value is None or (float(value).is_integer() and output.unit in ("count", "word")):
        return None if value is None else int(value)
    short = significant(value, DIGITS)
    if output.unit == "share" and value < 1 <= short:
        short = 1 - 10**-DIGITS
    return int(short) if short.is_integer() else short


def _stated(output: Output) -> dict[str, Any]:
    """Return what an output says of itself; a bound of 0 is one, too."""
    said = asdict(output).items()
    return {n: value for n, value in said if not (value is None or value is False or value == ())}


def usd_text(usd: Number) -> str:
    """Return an amount of dollars with three digits, and whole cents from one dollar on."""
    ends = (100, 1, 0.1, 0.01, 0.001, 0.0001)
    decimals = (0, 2, 3, 4, 5, 6)
    found = next((d for end, d in zip(ends, decimals, strict=True) if usd >= end), 7)
    return f"USD\u00a0{usd:,.{found if usd else 0}f}"


def share_text(share: Number) -> str:
    """Return a share in percent, below a tenth with one decimal; only all of it is 100."""
    if 0.995 <= share < 1:
        return "over 99\u00a0%"
    return f"{100 * share:.{1 if 0 < share < 0.1 else 0}f}\u00a0%"


def times_text(ratio: Number) -> str:
    """Return a ratio with the sign of multiplication."""
    return f"{count_text(ratio)}×"


TEXTS: dict[str, Callable[[Number], str]] = {
    "usd": usd_text,
    "seconds": seconds_text,
    "bytes": bytes_text,
    "count": count_text,
    "share": share_text,
    "times": times_text,
}
