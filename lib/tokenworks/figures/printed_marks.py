"""Printed speeds as shares of the floor's: beside what to expect, and what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from tokenworks.data.silicon import LICENCE
from tokenworks.figures.box import Box
from tokenworks.figures.marks import dot
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.scales import Scale
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import plain
from tokenworks.validate.printed import ALONE, FIRST, TOGETHER, PrintedCheck, printed_checks

HEADS = {FIRST: "First token", ALONE: "One user", TOGETHER: "Many users"}
TICKS = (0.25, 1.0)
ENDS = (0.13, 3.6)  # shares of the floor's speed


def published_speeds(*, caption: str = "") -> Figure:
    """Draw each printed speed of a guide as a share of what the chips allow at best.

    A dot is printed, a stroke expected, a ring measured nearest to it, each over the floor at its
    own load; beyond the dashed line nothing can be.
    """
    checks = printed_checks()
    impossible, counts = sum(not check.possible for check in checks), _counts(checks)
    rows: dict[str, list[PrintedCheck]] = {}
    for check in checks:
        rows.setdefault(check.printed.label, []).append(check)
    said = f"{caption} {' '.join(rows)}"
    numbers = numbers_in(said) | {"cells": len(checks), "impossible": impossible}
    numbers |= {f"share {i}": 100 * tick for i, tick in enumerate(TICKS)} | {"floor": 1.0}
    fastest = max(checks, key=lambda check: check.share)
    numbers["most"] = fastest.share
    numbers["most, printed"] = round(fastest.share, 1)
    alt = (
        f"{len(checks)} printed speeds of {len(rows)} deployments as shares of the speed at the "
        f"floor. {impossible} cannot be. {counts['faster']} beat the floor, by up to "
        f"{fastest.share:.1f} times; {_crowded(counts)}. {counts['measured']} have a ring."
    )
    numbers |= {"rows": len(rows)} | counts
    whole = f"{caption} {LICENCE}".strip()
    layout = partial(_layout, rows=rows)
    return drawing(layout, alt=alt, caption=whole, numbers=numbers_in(whole) | numbers)


def _counts(checks: Sequence[PrintedCheck]) -> dict[str, int]:
    """Return how many beat the floor, have more users than fit, with it or alone, and a ring."""
    crowded = [check for check in checks if check.users > check.fits]
    both = sum(check.share > 1 for check in crowded)
    return {
        "faster": sum(check.share > 1 for check in checks),
        "faster and crowded": both,
        "crowded alone": len(crowded) - both,
        "measured": sum(check.nearest is not None for check in checks),
    }


def _crowded(counts: Mapping[str, int]) -> str:
    both, alone = counts["faster and crowded"], counts["crowded alone"]
    text = f"{both} of them have also more users than fit"
    return f"{text}, and so have {alone} more" if alone else text


def _layout(scene: Scene, *, rows: dict[str, list[PrintedCheck]]) -> None:
    names = max(scene.measure(name, "note") for name in rows) + 12 if scene.wide else 0.0
    gap = 14.0
    wide = (scene.width - names - 2 * gap) / 3
    lefts = {kind: names + i * (wide + gap) for i, kind in enumerate(HEADS)}
    scale = Scale(*ENDS, "log")
    low = 0.0
    for kind, head in HEADS.items():
        low = scene.text((lefts[kind], 0), head, bold=True).bottom
    low += 8
    step, before = 22.0 if scene.wide else 19.0, ""
    for name, checks in rows.items():
        model = name.split()[0]
        low += 8 if before and model != before else 0
        before = model
        if scene.wide:
            scene.text((0, low + step / 2 - scene.size("note") / 2), name, "note", colour="ink")
        else:
            low = scene.text((0, low), name, "note", colour="ink").bottom + 1
        for kind, left in lefts.items():
            lane = Box(left, low, wide, step)
            _lane(scene, lane, [c for c in checks if c.quantity == kind], scale=scale)
        low += step
    for left in lefts.values():
        for tick in TICKS:
            at = left + wide * scale.share(tick)
            scene.text((at, low + 5), plain(100 * tick), "tick", side="middle")
    low = scene.low + 8
    scene.text((0, low), "% of the speed at the floor, logarithmic", "note")
    _key(scene, scene.low + 6)


def _lane(scene: Scene, lane: Box, checks: Sequence[PrintedCheck], *, scale: Scale) -> None:
    line = f"M{lane.x:.1f} {lane.cy:.1f}H{lane.right:.1f}"
    scene.shape(line, lane.cy, stroke="line", thick=0.75)

    def at(share: Number) -> float:
        return lane.x + lane.w * scale.share(share)

    scene.line([(at(1), lane.y), (at(1), lane.bottom)], "floor", thick=1.25, dashed=True)

    for check in checks:
        x = at(check.expected_share)
        scene.shape(f"M{x:.1f} {lane.cy - 6:.1f}v12", lane.cy + 6, stroke="ink", thick=2)
        if check.nearest:
            dot(scene, (at(check.nearest.share), lane.cy), "3", hollow=True)
    for check in checks:
        fill = "1" if check.possible else "bad"
        dot(scene, (at(check.share), lane.cy), fill)


def _key(scene: Scene, low: Number) -> None:
    """Name the marks, in a row that wraps."""
    marks = {
        "printed, and possible": "1",
        "printed, and impossible": "bad",
        "expected": "stroke",
        "measured": "ring",
    }
    x: Number = 0
    for words, mark in marks.items():
        wide = 16 + scene.measure(words, "note")
        if x and x + wide > scene.width:
            x, low = 0, low + scene.line_height("note") + 3
        y = low + scene.size("note") / 2
        if mark == "stroke":
            scene.shape(f"M{x + 5:.1f} {y - 6:.1f}v12", y + 6, stroke="ink", thick=2)
        else:
            dot(scene, (x + 5, y), "3" if mark == "ring" else mark, hollow=mark == "ring")
        scene.text((x + 16, low), words, "note")
        x += wide + 18
