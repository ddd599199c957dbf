"""Served rows on the rungs of the ladder: predicted over measured, rung by rung."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tokenworks.cost.ladder import RUNGS
from tokenworks.data.silicon import LICENCE
from tokenworks.figures.box import Box
from tokenworks.figures.marks import key
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.scales import Scale
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.percentiles import percentile
from tokenworks.units import plain, show
from tokenworks.validate import Errors, ScoredRow, errors, scored_rows
from tokenworks.validate.scored import KINDS

SCALE = Scale(0.05, 4, "log")  # of predicted over measured; what lies beyond stands at its end
TICKS = (0.05, 0.1, 0.2, 0.5, 1, 2, 4)
FILLS: dict[str, str] = dict(zip(KINDS, ("1", "2", "4"), strict=True))
GOLDEN = 0.6180339887  # its multiples spread evenly: how high in its lane a row stands
DOT = (4.0, 3.2)  # px, wide and narrow


@dataclass(frozen=True)
class Rung:
    """What is drawn of one rung: its words, its errors, and the 10 to 90 % band of its ratios."""

    words: str
    found: Errors
    band: tuple[float, float]


def error_ladder(
    rows: Sequence[ScoredRow] | None = None, *, every: int = 7, caption: str = ""
) -> Figure:
    """Draw the ratios of served rows on six rungs, with each rung's error; by default all clean.

    Every `every`-th row is drawn, from the first: a dot a rung in the lane of its class. All rows
    count in the errors and bands. No rows, or an `every` below 1, raises ValueError.
    """
    rows = scored_rows() if rows is None else rows
    if not rows or every < 1:
        raise ValueError(f"a ladder needs rows, and draws every n-th of them: not {every!r}")
    rungs = [_rung(rows, i) for i in range(len(RUNGS))]
    drawn = rows[::every]

    def layout(scene: Scene) -> None:
        low = key(scene, (0, 0), FILLS) + 8
        boxes = []
        for i, rung in enumerate(rungs):
            box = _words(scene, rung, low, first=i == 0)
            _ground(scene, box, rung)
            boxes.append(box)
            low = box.bottom + (14 if scene.wide else 16)
        _dots(scene, boxes, drawn)
        for box, rung in zip(boxes, rungs, strict=True):
            _stroke(scene, box, rung.found.median_ratio, thick=3)
        _axis(scene, boxes[-1])

    caption = f"{caption} {_told(len(rows), every)} {LICENCE}".strip()
    alt = "Six rungs of dots, one below the other, each dot a served row at predicted over measured"
    alt += " time a token; the cloud tightens around one. "
    alt += "; ".join(f"{rung.words}: {_errors(rung.found)}" for rung in rungs) + "."
    numbers: dict[str, Number] = {"rows": len(rows), "drawn": len(drawn)}
    for rung in rungs:
        numbers |= {f"{rung.words}: median error": rung.found.median}
        numbers |= {f"{rung.words}: P90": rung.found.p90}
    said = numbers_in(" ".join([caption, *(rung.words for rung in rungs)]))
    return drawing(layout, alt=alt, caption=caption, numbers=said | numbers)


def _rung(rows: Sequence[ScoredRow], i: int) -> Rung:
    ratios = sorted(row.ratios[i] for row in rows)
    words = f"{RUNGS[i].number} {'+ ' if i else ''}{RUNGS[i].adds}"
    return Rung(words, errors(ratios), (percentile(ratios, 10), percentile(ratios, 90)))


def _told(rows: int, every: int) -> str:
    nth = {1: "Every row is", 2: "Every second row is", 3: "Every third row is"}
    drawn = nth.get(every, f"Every {every}th row is")
    return (
        f"{drawn} drawn, in the lane of its class; all {rows:,} count in the numbers. Shaded: from "
        "the 10th to the 90th percentile; the thick stroke is the median."
    )


def _percent(share: float) -> str:
    return show(share, "%", decimals=1 if share < 0.1 else 0)


def _errors(found: Errors) -> str:
    return f"median error {_percent(found.median)}, P90 {_percent(found.p90)}"


def _words(scene: Scene, rung: Rung, low: Number, *, first: bool) -> Box:
    """Write a rung's words and errors; return the box of its lanes, beside or below them."""
    found = rung.found
    if not scene.wide:
        head = scene.text((0, low), rung.words, bold=True, width=scene.width)
        told = scene.text((0, head.bottom + 2), _errors(found), "note", colour="ink")
        return Box(4, told.bottom + 5, scene.width - 8, 33)
    box = Box(172, low + (scene.line_height("note") if first else 0), 382, 48)
    if first:
        scene.text((box.right + 14, low - 4), "median error, P90", "note")
    lines = len(scene.wrap(rung.words, "label", box.x - 14))
    top = box.cy - (lines * scene.line_height() - 0.3 * scene.size()) / 2
    scene.text((0, top), rung.words, width=box.x - 14)
    value = scene.text((box.right + 14, box.cy - 13), _percent(found.median), "value")
    at = (value.right + 8, value.bottom - scene.size("label") - 2)
    scene.text(at, _percent(found.p90), colour="muted")
    return box


def _x(box: Box, ratio: Number) -> float:
    inside = min(max(ratio, SCALE.low), SCALE.high)
    return box.x + SCALE.share(inside) * box.w


def _ground(scene: Scene, box: Box, rung: Rung) -> None:
    """Draw the band, the ticks through the lanes, and the stroke where predicted is measured."""
    low, high = (_x(box, ratio) for ratio in rung.band)
    band = f"M{low:.1f} {box.y:.1f}H{high:.1f}V{box.bottom:.1f}H{low:.1f}z"
    scene.shape(band, box.bottom, "muted", opacity=0.2)
    for ratio in TICKS:
        _stroke(scene, box, ratio, stroke="ink" if ratio == 1 else "line", thick=1)


def _stroke(scene: Scene, box: Box, ratio: Number, *, stroke: str = "ink", thick: Number) -> None:
    x, out = _x(box, ratio), 3 if thick > 1 else 0
    d = f"M{x:.1f} {box.y - out:.1f}V{box.bottom + out:.1f}"
    scene.shape(d, box.bottom + out, stroke=stroke, thick=thick)


def _dots(scene: Scene, boxes: Sequence[Box], rows: Sequence[ScoredRow]) -> None:
    """Draw a row's dots on all rungs as one thing, so that a pointer over one shows them all."""
    thick = DOT[0 if scene.wide else 1]
    for i, row in enumerate(rows):
        lane = KINDS.index(row.kind)
        points = []
        for box, ratio in zip(boxes, row.ratios, strict=True):
            tall = box.h / len(KINDS)
            room = tall - thick - 1
            y = box.y + lane * tall + (tall - room) / 2 + room * (i * GOLDEN % 1)
            points.append((_x(box, ratio), y))
        scene.dots(points, FILLS[row.kind], thick=thick, told=_tip(row) if scene.wide else "")


def _tip(row: ScoredRow) -> str:
    served, labels = row.served, row.labels
    measured = served.tpot_seconds or 0.0
    return (
        f"{labels['model']} ({labels['precision']}) on {labels['chips']}, {labels['engine']}; "
        f"{served.isl:,} + {served.osl:,} tokens, {served.concurrency:,} users: "
        f"{show(measured, 'ms')} a token, by rung 5 {show(measured * row.ratios[4], 'ms')}. "
        f"{labels['source']}"
    )


def _axis(scene: Scene, box: Box) -> None:
    top = box.bottom + 5
    for ratio in TICKS:
        half = scene.measure(plain(ratio), "tick") / 2
        x = min(max(_x(box, ratio), half), scene.width - half)
        scene.text((x, top), plain(ratio), "tick", side="middle")
    words = "predicted over measured; left of 1 is too fast"
    at = ((box.x + box.right) / 2, top + scene.line_height("tick") + 2)
    scene.text(at, words, "note", side="middle", width=box.w)
