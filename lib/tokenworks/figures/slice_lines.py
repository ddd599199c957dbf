"""Steps on slices of TPUs by batch: measured, expected and floor, for two ways to use the chips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.slice_steps import SliceStep, slice_step
from tokenworks.figures.line_chart import SERIES, Points
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.plane import Plane, titled_axes
from tokenworks.figures.scales import Scale
from tokenworks.figures.scene import Scene
from tokenworks.units import plain, show
from tokenworks.validate.timed_steps import SHAPES, TimedSlice, slice_errors, timed_slices

BATCHES = (8, 16, 32, 64, 128, 256)
MILLISECOND = 1e-3


def timed_slice_lines(context_tokens: int = 4096, *, batches: Sequence[int] = BATCHES) -> Figure:
    """Draw the step of the published rows at one context: dots; expected lines; dashed floors.

    The lines go on beyond what was measured, as far as memory does. A context that nobody measured
    raises ValueError.
    """
    rows = [row for row in timed_slices() if row.setting.context_tokens == context_tokens]
    if not rows:
        known = sorted({int(row.setting.context_tokens or 0) for row in timed_slices()})
        raise ValueError(f"nobody measured {context_tokens} tokens; measured: {known}")
    ways: dict[str, list[TimedSlice]] = {}
    for row in rows:
        ways.setdefault(row.way, []).append(row)
    steps = {way: _steps(found[0], context_tokens, batches) for way, found in ways.items()}
    spec, chip = rows[0].setting.model, rows[0].setting.chip
    common = sorted(set.intersection(*(set(found) for found in steps.values())))
    few, many = common[0], common[-1]
    said = "; ".join(
        f"with {plain(batch)} sequences {_fastest(steps, batch)} is faster" for batch in (few, many)
    )
    error = slice_errors()
    alt = (
        "Time of a step over the batch, both logarithmic, a line for each way through its measured "
        f"dots. Expected: {said}."
    )
    caption = (
        f"{spec.label} in int8 on 16 × {chip.label}, {plain(context_tokens)} tokens a sequence. "
        f"Expected: median error {show(error.median, '%', decimals=1)} over {error.rows} measured "
        "steps, to which its one constant is fitted. Measured: jax-llm-examples."
    )
    numbers = numbers_in(spec.label) | {"context": context_tokens, "error": error.median}
    numbers |= {"chips": 16, "rows": error.rows, "few": few, "many": many}
    layout = partial(_layout, ways=ways, steps=steps, label=spec.label)
    return drawing(layout, alt=alt, caption=caption, numbers=numbers)


def _steps(row: TimedSlice, context: int, batches: Sequence[int]) -> dict[int, SliceStep]:
    """Return the steps of a way at the batches whose cache fits beside the weights."""
    setting = row.setting
    on = Deployment(setting.model, setting.chip, weights="int8", kv="int8")
    shape, most = SHAPES[setting.chips], on.chip.planned_bytes / on.chip.hbm_bytes_per_s
    found = {
        batch: slice_step(on, shape, batch=batch, context_tokens=context, replicas=setting.replicas)
        for batch in batches
    }
    return {batch: step for batch, step in found.items() if step.read_seconds <= most}


def _fastest(steps: Mapping[str, Mapping[int, SliceStep]], batch: int) -> str:
    return min(steps, key=lambda way: steps[way][batch].expected_seconds)


def _layout(
    scene: Scene,
    *,
    ways: Mapping[str, Sequence[TimedSlice]],
    steps: Mapping[str, Mapping[int, SliceStep]],
    label: str,
) -> None:
    lines: dict[str, Points] = {
        way: [(batch, step.expected_seconds) for batch, step in found.items()]
        for way, found in steps.items()
    }
    heights = [seconds for points in lines.values() for _, seconds in points]
    lows = [step.floor_seconds for found in steps.values() for step in found.values()]
    batches = [batch for points in lines.values() for batch, _ in points]
    scales = (
        Scale(min(batches) / 1.2, max(batches) * 1.1, "log"),
        Scale(min(lows) / 1.15, max(heights) * 1.15, "log"),
    )
    margin = max(scene.measure(way, "note", bold=True) for way in lines) + 14
    labels, units = ("sequences in the batch", "a step (ms)"), (1, MILLISECOND)
    title = f"A step of {label} on sixteen chips"
    plane = titled_axes(scene, title, scales, labels=labels, margin=margin, units=units)
    ends = []
    for (way, points), colour in zip(lines.items(), SERIES, strict=False):
        plane.curve(points, colour, thick=1.75)
        floor = [(batch, step.floor_seconds) for batch, step in steps[way].items()]
        plane.curve(floor, colour, thick=1, dashed=True)
        _dots(plane, ways[way], colour)
        ends.append((plane.at(*points[-1])[1], way, colour))
    plane.end_names(ends, margin - 12)
    words = "a dot: measured; a line: expected; dashed: its floor"
    scene.text((0, scene.low + 8), words, "note", width=scene.width)


def _dots(plane: Plane, rows: Sequence[TimedSlice], colour: str) -> None:
    for row in rows:
        plane.dot((row.step.batch, row.seconds), colour)
