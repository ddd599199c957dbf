"""Stages of a pipeline over time: who works on which micro-batch, and who stands idle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from tokenworks.cost.pipeline import Turn, idle_share
from tokenworks.figures.box import Box
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.scene import Scene
from tokenworks.figures.timelines import Span, lanes
from tokenworks.number import Number
from tokenworks.units import show

TALL = 24.0
SHADES = ("1", "2", "3", "4", "5", "6")  # of micro-batches, again from the seventh on


def stage_turns(ways: Mapping[str, Sequence[Turn]], *, caption: str = "") -> Figure:
    """Draw schedules below each other on one scale of turns; idle turns are hatched.

    A turn's number is its micro-batch's. No schedule, or an empty one, raises ValueError.
    """
    if not ways or not all(ways.values()):
        raise ValueError("give at least one schedule, and its turns")
    end = max(turn.start for turns in ways.values() for turn in turns) + 1
    numbers: dict[str, Number] = dict(numbers_in(" ".join([*ways, caption])))
    for name, turns in ways.items():
        batches = max(turn.micro_batch for turn in turns) + 1
        numbers |= {f"{name}: idle": idle_share(turns), f"{name}: micro-batches": batches}
        numbers |= {f"{name}: micro-batch {i}": i for i in range(10, batches + 1)}
    said = "; ".join(f"{name}: {_idle(turns)} of the turns idle" for name, turns in ways.items())
    alt = f"Stages below each other, turns from left to right, idle ones hatched. {said}."
    layout = partial(_layout, ways=ways, end=end)
    return drawing(layout, alt=alt, caption=caption, numbers=numbers)


def _idle(turns: Sequence[Turn]) -> str:
    return show(idle_share(turns), "%", decimals=0)


def _layout(scene: Scene, *, ways: Mapping[str, Sequence[Turn]], end: int) -> None:
    low = 0.0
    for name, turns in ways.items():
        head = scene.text((0, low), name, bold=True, width=scene.width)
        head = scene.text((0, head.bottom + 2), f"{_idle(turns)} of the turns idle", "note")
        stages = max(turn.stage for turn in turns) + 1
        rows = {f"stage {stage + 1}": _spans(turns, stage) for stage in range(stages)}
        box = Box(0, head.bottom + 6, scene.width, stages * TALL)
        lanes(scene, box, rows, end=end, gap=2.0)
        low = box.bottom + 16
    scene.text((scene.width, low - 10), "turns of a stage", "note", side="end")


def _spans(turns: Sequence[Turn], stage: int) -> list[Span]:
    """Return a stage's turns, and the idle stretches between the first and the last of all."""
    own = sorted(turn for turn in turns if turn.stage == stage)
    own.sort(key=lambda turn: turn.start)
    spans, free = [], 0
    for turn in own:
        if turn.start > free:
            spans.append(Span(free, turn.start, "hatch"))
        shade = SHADES[turn.micro_batch % len(SHADES)]
        spans.append(Span(turn.start, turn.start + 1, shade, str(turn.micro_batch + 1)))
        free = turn.start + 1
    last = max(turn.start for turn in turns) + 1
    return [*spans, Span(free, last, "hatch")] if free < last else spans
