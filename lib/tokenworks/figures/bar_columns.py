"""A table drawn: rows that are compared, a column of bars for each quantity on its own scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tokenworks.figures.box import Box
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import UNITS, show

TALL, STEP = 15, 23  # px: a bar, and from one row to the next
SHORT = 2  # letters of a unit that stands at each number


@dataclass(frozen=True)
class Column:
    """A quantity: its name, the unit that it is printed in ("" is a count), its colour, decimals.

    A short unit stands at each number, a long one in the column's head.
    """

    name: str
    unit: str
    fill: str
    decimals: int = 0

    def printed(self, value: Number) -> str:
        """Print a value, with its unit if that is short."""
        if not self.unit:
            return f"{value:,.{self.decimals}f}"
        words = show(value, self.unit, decimals=self.decimals)
        return words if len(self.unit) <= SHORT else words.removesuffix(self.unit).rstrip()

    @property
    def head(self) -> str:
        """The name, with the unit if that is long."""
        return f"{self.name}, {self.unit}" if len(self.unit) > SHORT else self.name


def bars_by_column(
    rows: Mapping[str, Sequence[Number]],
    columns: Sequence[Column],
    *,
    caption: str = "",
    against: str = "",
    groups: Sequence[str] = (),
    shared: bool = False,
) -> Figure:
    """Draw a bar for each value, in base units, a scale for each column or, `shared`, one for all.

    A thin stroke through each column continues the bar of the row `against`; the rows of `groups`
    have some room above them. A row of another length than `columns`, or a name in `against` or
    `groups` that is none of the rows, raises ValueError.
    """
    wrong = [name for name, values in rows.items() if len(values) != len(columns)]
    if not rows or wrong:
        raise ValueError(f"each row needs {len(columns)} values: {wrong or 'there is none'}")
    if unknown := [name for name in [*groups, against] if name and name not in rows]:
        raise ValueError(f"{unknown[0]!r} is none of the rows {list(rows)}")
    drawn = _Rows(rows, columns, against=against, groups=groups, shared=shared)
    printed = drawn.printed
    numbers: dict[str, Number] = {}
    for name, values in rows.items():
        for column, value in zip(columns, values, strict=True):
            size = UNITS[column.unit][1] if column.unit else 1
            numbers[f"{name}: {column.name}"] = value
            numbers[f"{name}: {column.name}, printed"] = round(value / size, column.decimals)
    heads = [column.head for column in columns]
    told = "; ".join(
        f"{name}: {', '.join(map(' '.join, zip(heads, words, strict=True)))}"
        for name, words in zip(rows, printed, strict=True)
    )
    alt, said = f"A row of bars for each. {told}.", " ".join([caption, *rows, *heads])
    return drawing(drawn.layout, alt=alt, caption=caption, numbers=numbers_in(said) | numbers)


@dataclass(frozen=True)
class _Rows:
    """The drawing itself: rows of values under the heads of their columns."""

    rows: Mapping[str, Sequence[Number]]
    columns: Sequence[Column]
    against: str
    groups: Sequence[str]
    shared: bool

    @property
    def printed(self) -> list[list[str]]:
        """What stands at each bar, row by row."""
        return [
            [column.printed(value) for column, value in zip(self.columns, values, strict=True)]
            for values in self.rows.values()
        ]

    def layout(self, scene: Scene) -> None:
        """Draw heads and rows, and behind them the strokes of the row that is compared with."""
        names = max(scene.measure(name, bold=True) for name in self.rows) + 14 if scene.wide else 0
        wide, low = (scene.width - names) / len(self.columns), 0.0
        lefts = [names + i * wide for i in range(len(self.columns))]
        for left, column in zip(lefts, self.columns, strict=True):
            head = scene.text((left, 0), column.head, "note", bold=True, width=wide - 6)
            low = max(low, head.bottom)
        top, low, first = low + 6, low + 6, len(scene.parts)
        pixels = self._pixels(scene, wide)
        for name, words in zip(self.rows, self.printed, strict=True):
            low += 9 * (name in self.groups and low > top)
            if scene.wide:
                y = low + TALL / 2 - scene.size() / 2
                scene.text((names - 12, y), name, side="end", bold=name == self.against)
            else:
                low = scene.text((0, low), name, bold=name == self.against).bottom + 2
            for i, (left, long) in enumerate(zip(lefts, pixels[name], strict=True)):
                bar = Box(left, low, long, TALL)
                scene.rect(bar, self.columns[i].fill, under=True)
                at = (bar.right + 5, bar.cy - scene.size("note") / 2)
                heavy = name == self.against
                scene.text(at, words[i], "note", colour="ink", bold=heavy, halo=True)
            low += STEP if scene.wide else TALL + 7
        for left, long in zip(lefts, pixels.get(self.against, ()), strict=False):
            path = f"M{left + long:.1f} {top:.1f}V{low - 4:.1f}"
            scene.shape(path, low, stroke="floor", thick=1)
            scene.parts.insert(first, scene.parts.pop())

    def _pixels(self, scene: Scene, wide: Number) -> dict[str, list[float]]:
        """Return how long each bar is, with room for the longest words of its column."""
        words = zip(*self.printed, strict=True)
        room = [wide - 12 - max(scene.measure(each) for each in column) for column in words]
        most = [max(column) or 1 for column in zip(*self.rows.values(), strict=True)]
        if self.shared:
            room, most = [min(room)] * len(room), [max(most)] * len(most)
        return {
            name: [max(1.0, r * v / m) for r, v, m in zip(room, values, most, strict=True)]
            for name, values in self.rows.items()
        }
