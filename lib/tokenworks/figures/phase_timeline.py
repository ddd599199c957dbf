"""A request's two phases on one axis of time, and how busy each keeps arithmetic and memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.roofline import Operation, decode_operation, prefill_operation
from tokenworks.cost.step_time import decode_seconds, prefill_seconds
from tokenworks.figures.box import Box
from tokenworks.figures.marks import bracket
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.scene import Scene
from tokenworks.figures.timelines import time_axis
from tokenworks.number import Number
from tokenworks.units import plain, show

TALL, GAP = 46.0, 12.0


class Pass(NamedTuple):
    """One pass through the model: from when to when, its colour, and how busy it keeps both."""

    start: Number
    end: Number
    fill: str
    arithmetic: Number
    memory: Number


def passes(on: Deployment, prompt_tokens: int, steps: int) -> list[Pass]:
    """Return the prefill of a prompt and so many decode steps, one after another, at the floor."""
    found, end = [], 0.0
    for k in range(steps + 1):
        fill = "decode" if k else "prefill"
        if k:
            seconds = decode_seconds(on, prompt_tokens + k)
            work = decode_operation(on, prompt_tokens + k)
        else:
            seconds, work = prefill_seconds(on, prompt_tokens), prefill_operation(on, prompt_tokens)
        found.append(Pass(end, end + seconds, fill, *_shares(on, work, seconds)))
        end += seconds
    return found


def _shares(on: Deployment, work: Operation, seconds: Number) -> tuple[float, float]:
    return work.flops / (seconds * on.flops_per_s), work.bytes / (seconds * on.bytes_per_s)


def two_phases(on: Deployment, *, prompt_tokens: int, steps: int = 8) -> Figure:
    """Draw a prefill and the decode steps after it: the filled height is the share that is busy."""
    timed = passes(on, prompt_tokens, steps)
    first, later = timed[0], timed[1]
    end = timed[-1].end

    def layout(scene: Scene) -> None:
        left = max(scene.measure(name, "note") for name in ("arithmetic", "memory")) + 10

        def at(seconds: Number) -> float:
            return left + (scene.width - 2 - left) * float(seconds / end)

        _heads(scene, at, first=first, end=end)
        top = scene.line_height() + 22
        for name in ("arithmetic", "memory"):
            middle = top + TALL / 2 - scene.size("note") / 2
            scene.text((left - 8, middle), name, "note", side="end")
            for one in timed:
                place = Box(at(one.start), top, at(one.end) - at(one.start) - 1.5, TALL)
                scene.rect(place, one.fill, faint=True)
                busy = max(1.0, TALL * getattr(one, name))
                scene.rect(Box(place.x, top + TALL - busy, place.w, busy), one.fill)
            top += TALL + GAP
        time_axis(scene, at, y=top, end=end, unit="ms")

    one = later.end - later.start
    reading, step = (show(seconds, "ms", decimals=0) for seconds in (first.end, one))
    return drawing(
        layout,
        alt=f"Time from left to right. The prompt keeps the arithmetic busy for {reading} at "
        "least; each later token keeps the memory busy and the arithmetic idle.",
        caption=f"{on.name}: a prompt of {plain(prompt_tokens)} tokens takes {reading}, each later "
        f"token {step}, at least. The filled height is the share of the time that is used.",
        numbers={
            "prompt tokens": prompt_tokens,
            "prefill, seconds": first.end,
            "decode step, seconds": one,
        }
        | numbers_in(on.name),
    )


def _heads(scene: Scene, at: Callable[[Number], float], *, first: Pass, end: Number) -> None:
    """Name the two phases over their stretches of time."""
    y = scene.line_height() + 14
    marks = {
        "reads the prompt|prefill": (first.start, first.end, "prefill"),
        "writes, token by token|writes": (first.end, end, "decode"),
    }
    for words, (start, stop, colour) in marks.items():
        room = at(stop) - at(start)
        shown = next((w for w in words.split("|") if scene.measure(w) <= room), "")
        bracket(scene, (at(start) + 1, at(stop) - 2), shown, y=y, side="above", colour=colour)
