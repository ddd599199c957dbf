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
    most = [max(values[i] for values in rows.values()) or 1 for i in range(len(columns))]
    if shared:
        most = [max(most)] * len(columns)

    printed = [
        [column.printed(value) for column, value in zip(columns, values, strict=True)]
        for values in rows.values()
    ]

    def layout(scene: Scene) -> None:
        names = max(scene.measure(name, bold=True) for name in rows) + 14 if scene.wide else 0
        wide, low = (scene.width - names) / len(columns), 0.0
        longest = [
            max(scene.measure(words) for words in each) for each in zip(*printed, strict=True)
        ]
        room = [wide - 12 - (max(longest) if shared else one) for one in longest]
        for i, column in enumerate(columns):
            at = (names + i * wide, 0)
            low = max(low, scene.text(at, column.head, "note", bold=True, width=wide - 6).bottom)
        top, low = low + 6, low + 6
        strokes = len(scene.parts)
        for i, (name, values) in enumerate(rows.items()):
            low += 9 * (name in groups and i > 0)
            heavy = name == against
            if scene.wide:
                y = low + TALL / 2 - scene.size() / 2
                scene.text((names - 12, y), name, side="end", bold=heavy)
            else:
                low = scene.text((0, low), name, bold=heavy).bottom + 2
            for j, (value, words) in enumerate(zip(values, printed[i], strict=True)):
                bar = Box(names + j * wide, low, max(1.0, room[j] * value / most[j]), TALL)
                scene.rect(bar, columns[j].fill, under=True)
                y = bar.cy - scene.size("note") / 2
                at = (bar.right + 5, y)
                scene.text(at, words, "note", colour="ink", bold=heavy, halo=True)
            low += STEP if scene.wide else TALL + 7
        behind = []
        for j, value in enumerate(rows[against] if against else ()):
            x = names + j * wide + max(1.0, room[j] * value / most[j])
            scene.shape(f"M{x:.1f} {top:.1f}V{low - 4:.1f}", low, stroke="floor", thick=1)
            behind.append(scene.parts.pop())
        scene.parts[strokes:strokes] = behind

    numbers: dict[str, Number] = {}
    for name, values in rows.items():
        for column, value in zip(columns, values, strict=True):
            size = UNITS[column.unit][1] if column.unit else 1
            numbers[f"{name}: {column.name}"] = value
            numbers[f"{name}: {column.name}, printed"] = round(value / size, column.decimals)
    told = "; ".join(
        f"{name}: "
        + ", ".join(f"{column.head} {each}" for column, each in zip(columns, words, strict=True))
        for name, words in zip(rows, printed, strict=True)
    )
    alt = f"A row of bars for each. {told}."
    said = " ".join([caption, *rows, *(column.head for column in columns)])
    return drawing(layout, alt=alt, caption=caption, numbers=numbers_in(said) | numbers)
