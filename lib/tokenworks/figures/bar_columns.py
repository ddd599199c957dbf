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
    bounds: Mapping[str, Sequence[Number]] | None = None,
) -> Figure:
    """Draw a bar for each value, in base units, a scale for each column or, `shared`, one for all.

    A thin stroke through each column continues the bar of the row `against`; the rows of `groups`
    have some room above them. `bounds` are what nothing beats: a bar is a tint where it is beyond
    its bound, and a frame goes on to the bound where it ends before. A row of another length than
    `columns`, other rows in `bounds`, or a name in `against` or `groups` that is none of the rows,
    raises ValueError.
    """
    wrong = [name for name, values in rows.items() if len(values) != len(columns)]
    if not rows or wrong:
        raise ValueError(f"each row needs {len(columns)} values: {wrong or 'there is none'}")
    if bounds is not None and [*map(len, bounds.values())] != [len(columns)] * len(rows):
        raise ValueError(f"each of the rows {list(rows)} needs {len(columns)} bounds")
    if unknown := [name for name in [*groups, against, *(bounds or ())] if name not in {*rows, ""}]:
        raise ValueError(f"{unknown[0]!r} is none of the rows {list(rows)}")
    drawn = _Rows(rows, columns, against=against, groups=groups, shared=shared, bounds=bounds or {})
    told = "; ".join(_told(name, values, columns) for name, values in rows.items())
    numbers = _numbers(rows, columns)
    if bounds:
        bounded = {f"bound of {name}": values for name, values in bounds.items()}
        told += "".join(f"; {_told(name, v, columns)}" for name, v in bounded.items())
        numbers |= _numbers(bounded, columns)
    said = " ".join([caption, *rows, *(column.head for column in columns)])
    alt = f"A row of bars for each. {told}."
    return drawing(drawn.layout, alt=alt, caption=caption, numbers=numbers_in(said) | numbers)


def _told(name: str, values: Sequence[Number], columns: Sequence[Column]) -> str:
    cells = zip(columns, values, strict=True)
    return f"{name}: " + ", ".join(f"{column.head} {column.printed(v)}" for column, v in cells)


def _numbers(rows: Mapping[str, Sequence[Number]], columns: Sequence[Column]) -> dict[str, Number]:
    """Return each value, and as it is printed."""
    numbers: dict[str, Number] = {}
    for name, values in rows.items():
        for column, value in zip(columns, values, strict=True):
            size = UNITS[column.unit][1] if column.unit else 1
            numbers[f"{name}: {column.name}"] = value
            numbers[f"{name}: {column.name}, printed"] = round(value / size, column.decimals)
    return numbers


@dataclass(frozen=True)
class _Rows:
    """The drawing itself: rows of values under the heads of their columns."""

    rows: Mapping[str, Sequence[Number]]
    columns: Sequence[Column]
    against: str
    groups: Sequence[str]
    shared: bool
    bounds: Mapping[str, Sequence[Number]]

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
                bar, fill = Box(left, low, long, TALL), self.columns[i].fill
                if self.bounds and self.rows[name][i]:
                    share = self.bounds[name][i] / self.rows[name][i]
                    bar = _bounded(scene, bar, share, fill=fill)
                else:
                    scene.rect(bar, fill, under=True)
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
        longest = [*self.rows.values(), *self.bounds.values()]
        most = [max(column) or 1 for column in zip(*longest, strict=True)]
        if self.shared:
            room, most = [min(room)] * len(room), [max(most)] * len(most)
        return {
            name: [max(1.0, r * v / m) for r, v, m in zip(room, values, most, strict=True)]
            for name, values in self.rows.items()
        }


def _bounded(scene: Scene, bar: Box, share: Number, *, fill: str) -> Box:
    """Draw a bar whose bound is a share of it, less or more; return all that is drawn."""
    if share < 1:
        scene.rect(bar, fill, faint=True, under=True)
    scene.rect(Box(bar.x, bar.y, bar.w * min(1, share), TALL), fill, under=True)
    if share <= 1:
        return bar
    frame = Box(bar.right, bar.y + 0.5, bar.w * (share - 1), TALL - 1)
    return scene.rect(frame, stroke=fill, under=True)
