"""What one input alone does to a price: a bar to either side of the price as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from tokenworks.cost.sensitivity import Lever, Side
from tokenworks.figures.box import Box
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import show

TALL = 18.0
LABELS = {"price": "rent of a chip, USD/h", "batch": "sequences at once"}


def lever_bars(levers: Sequence[Lever], *, title: str, caption: str = "") -> Figure:
    """Draw for each lever by how many percent the price moves with one step down and one up.

    Left of the middle is cheaper. A side that is impossible has no bar, and says so. No lever
    raises ValueError.
    """
    if not levers:
        raise ValueError("give at least one lever: see cost.sensitivity")
    numbers: dict[str, Number] = {}
    for lever in levers:
        for side in (lever.down, lever.up):
            change = lever.usd_change(side)
            numbers[f"{lever.name} {side.value}"] = change or 0
    told = "; ".join(
        f"{lever.name} {lever.value}: {_told(lever, lever.down)}, {_told(lever, lever.up)}"
        for lever in levers
    )
    values = [(each.value, each.down.value, each.up.value) for each in levers]
    words = " ".join([title, caption, *(_printed(value) for three in values for value in three)])
    alt = f"Bars left and right of the price as it is. {told}."
    layout = partial(_layout, levers=levers, title=title)
    return drawing(layout, alt=alt, caption=caption, numbers=numbers_in(words) | numbers)


def _printed(value: str) -> str:
    return f"{int(value):,}" if value.isdigit() else value


def _told(lever: Lever, side: Side) -> str:
    change = lever.usd_change(side)
    if change is None:
        return f"{_printed(side.value)} not possible" if side.value else "no other"
    return f"{_printed(side.value)} {_percent(change)}"


def _percent(change: float) -> str:
    return f"{'−' if change < 0 else '+'}{show(abs(change), '%', decimals=0)}"


def _layout(scene: Scene, *, levers: Sequence[Lever], title: str) -> None:
    low = scene.text((0, 0), title, "title", width=scene.width).bottom + 10
    heads = [f"{LABELS.get(lever.name, lever.name)}, {_printed(lever.value)}" for lever in levers]
    names = max(scene.measure(head) for head in heads) + 14 if scene.wide else 0.0
    room = _Room.of(scene, levers, names)
    for lever, head in zip(levers, heads, strict=True):
        rows, top = _rows(lever), low
        if scene.wide:
            middle = low + len(rows) * (TALL + 2) / 2
            scene.text((names - 14, middle - scene.size() / 2), head, side="end")
        else:
            low = top = scene.text((0, low), head, bold=True).bottom + 3
        for row in rows:
            for side in row:
                _bar(scene, lever, side, room=room, low=low)
            low += TALL + 2
        path = f"M{room.middle:.1f} {top - 2:.1f}V{low:.1f}"
        scene.shape(path, low, stroke="ink", thick=1)
        low += 7


@dataclass(frozen=True)
class _Room:
    """Where the price as it is stands, and how many px a change of the whole price takes."""

    middle: Number
    per_unit: Number

    @classmethod
    def of(cls, scene: Scene, levers: Sequence[Lever], names: Number) -> _Room:
        ends = [(lever, side) for lever in levers for side in (lever.down, lever.up)]
        words = dict.fromkeys((-1, 1), 0.0)
        reach = dict.fromkeys((-1, 1), 0.0)
        for lever, side in ends:
            change = lever.usd_change(side) or 0.0
            way = -1 if change < 0 or (change == 0 and side is lever.down) else 1
            words[way] = max(words[way], scene.measure(_told(lever, side), "note") + 8)
            reach[way] = max(reach[way], abs(change))
        per_unit = (scene.width - names - sum(words.values())) / (sum(reach.values()) or 1)
        return cls(names + words[-1] + reach[-1] * per_unit, per_unit)


def _rows(lever: Lever) -> list[list[Side]]:
    """Return both sides in one row, or one below the other where both lie on one side."""
    down, up = (lever.usd_change(side) or 0.0 for side in (lever.down, lever.up))
    if down * up > 0:
        return [[lever.down], [lever.up]]
    return [[lever.down, lever.up]]


def _bar(scene: Scene, lever: Lever, side: Side, *, room: _Room, low: Number) -> None:
    other = lever.up if side is lever.down else lever.down
    change, opposite = lever.usd_change(side) or 0.0, lever.usd_change(other) or 0.0
    left = change < 0 or (change == 0 and opposite > 0)
    wide = abs(change) * room.per_unit
    if wide:
        box = Box(room.middle - wide if left else room.middle, low, wide, TALL)
        scene.rect(box, "good" if left else "bad", under=True)
    at = room.middle - wide - 6 if left else room.middle + wide + 6
    line = low + TALL / 2 - scene.size("note") / 2
    way = "end" if left else "start"
    scene.text((at, line), _told(lever, side), "note", side=way, colour="ink")
