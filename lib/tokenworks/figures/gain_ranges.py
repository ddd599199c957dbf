"""What ten things are printed to buy, as bars, and what they buy in one case, as dots."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from tokenworks.figures.box import Box
from tokenworks.figures.marks import dot
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.scales import Scale
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.printed_gains import ComputedGain, computed_gains
from tokenworks.units import plain

ENDS, TICKS = (0.8, 42.0), (1, 2, 5, 10, 20)
HEAD = "times as much, or as soon"


def what_each_buys(*, caption: str = "") -> Figure:
    """Draw the printed range of each gain, and the computed one with what it depends on."""
    gains = computed_gains()
    inside = sum(gain.inside for gain in gains)
    numbers: dict[str, Number] = {f"tick {tick}": tick for tick in TICKS}
    for gain in gains:
        name = gain.printed.name
        numbers |= {f"{name}, printed from": gain.printed.low, f"{name}, to": gain.printed.high}
        numbers |= {f"{name}, least": gain.low, f"{name}, most": gain.high}
        numbers |= {f"{name}, least said": float(_times(gain.low))}
        numbers |= {f"{name}, most said": float(_times(gain.high))}
        numbers |= numbers_in(f"{gain.printed.label} {gain.depends}")
    numbers |= numbers_in(caption) | {"rows": len(gains), "inside": inside}
    told = "; ".join(
        f"{g.printed.label} {_range(g.printed.low, g.printed.high)}, here {_range(g.low, g.high)}"
        for g in gains
    )
    alt = (
        f"{len(gains)} ways to serve better, printed and computed on one logarithmic scale; "
        f"{inside} of the computed ranges lie within the printed ones. {told}."
    )
    return drawing(partial(_layout, gains=gains), alt=alt, caption=caption, numbers=numbers)


def _times(value: Number) -> str:
    return plain(round(value, 1 if value < 10 else None))


def _range(low: Number, high: Number) -> str:
    first, last = _times(low), _times(high)
    return f"{first}×" if first == last else f"{first} to {last}×"


def _layout(scene: Scene, *, gains: Sequence[ComputedGain]) -> None:
    scale = Scale(*ENDS, "log")
    names = max(scene.measure(g.printed.label) for g in gains) + 12 if scene.wide else 0.0
    room = scene.measure("1.1 to 4.8×", "note") + 10
    wide = scene.width - names - room
    low = 0.0

    def at(times: Number) -> float:
        return names + wide * scale.share(times)

    for gain in gains:
        if scene.wide:
            head = scene.text((0, low), gain.printed.label)
            scene.text((0, head.bottom + 1), gain.depends, "note", width=names - 4)
            lane = Box(names, low, wide, 30)
        else:
            head = scene.text((0, low), gain.printed.label, bold=True)
            head = scene.text((0, head.bottom + 1), gain.depends, "note")
            lane = Box(names, head.bottom + 2, wide, 18)
        _lane(scene, lane, gain, ends=(at(gain.printed.low), at(gain.printed.high)))
        _dots(scene, lane, [at(gain.low), at(gain.high)])
        middle = lane.cy - scene.size("note") / 2
        said = _range(gain.low, gain.high)
        scene.text((scene.width, middle), said, "note", side="end", colour="ink", bold=True)
        low = max(scene.low, lane.bottom) + 8
    for tick in TICKS:
        scene.text((at(tick), low), f"{tick}×", "tick", side="middle")
    scene.text((scene.width, scene.low + 4), HEAD, "note", side="end")
    _key(scene, scene.low + 5)


def _lane(scene: Scene, lane: Box, gain: ComputedGain, *, ends: tuple[float, float]) -> None:
    line = f"M{lane.x:.1f} {lane.cy:.1f}H{lane.right:.1f}"
    scene.shape(line, lane.cy, stroke="line", thick=0.75)
    left, right = ends
    if right - left < 3:
        left, right = left - 1.5, right + 1.5
    scene.rect(Box(left, lane.cy - 6, right - left, 12), "6", faint=True, under=True)


def _dots(scene: Scene, lane: Box, places: Sequence[float]) -> None:
    first, last = places
    if last - first > 1:
        path = f"M{first:.1f} {lane.cy:.1f}H{last:.1f}"
        scene.shape(path, lane.cy, stroke="1", thick=2)
    for x in places:
        dot(scene, (x, lane.cy), "1")


def _key(scene: Scene, low: Number) -> None:
    y = low + scene.size("note") / 2
    scene.rect(Box(0, y - 6, 16, 12), "6", faint=True)
    box = scene.text((22, low), "printed", "note")
    dot(scene, (box.right + 22, y), "1")
    scene.text((box.right + 32, low), "computed here, and its ends", "note")
