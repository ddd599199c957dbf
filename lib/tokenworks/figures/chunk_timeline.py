"""A long prompt among users who decode, read whole or in pieces: what their streams wait for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import accumulate

from tokenworks.figures.box import Box
from tokenworks.figures.marks import key
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.scene import Scene
from tokenworks.figures.timelines import Span, lanes, time_axis
from tokenworks.number import Number
from tokenworks.units import show

TALL = 20


def chunked_prompt(
    ways: Mapping[str, Sequence[Number]], *, decode_seconds: Number, caption: str = ""
) -> Figure:
    """Draw the steps of each way to read one prompt, in seconds, and plain decode steps around it.

    Each step gives every user a token: the step is the gap. The longest gap of each way is printed,
    and when its prompt is read. No way, or one without steps, raises ValueError.
    """
    if not ways or not all(ways.values()):
        raise ValueError("give at least one way to read a prompt, and the steps of each")
    before = 3 * decode_seconds
    end = before + max(sum(steps) for steps in ways.values()) + 2 * decode_seconds
    numbers: dict[str, Number] = dict(numbers_in(" ".join([*ways, caption])))
    numbers["a decode step"] = decode_seconds
    for name, steps in ways.items():
        numbers |= {f"{name}: steps": len(steps), f"{name}: longest gap": max(steps)}
        numbers |= {f"{name}: prompt read after": sum(steps)}

    told = "; ".join(
        f"{name}: {len(steps)} step{'s' * (len(steps) > 1)}, the longest {_ms(max(steps))}, "
        f"all {_ms(sum(steps))}"
        for name, steps in ways.items()
    )
    alt = f"Steps on one scale of time. The prompt is read {told}."
    layout = partial(_layout, ways=ways, decode_seconds=decode_seconds, end=end)
    return drawing(layout, alt=alt, caption=caption, numbers=numbers)


def _layout(
    scene: Scene, *, ways: Mapping[str, Sequence[Number]], decode_seconds: Number, end: Number
) -> None:
    low, at = 0.0, float
    for name, steps in ways.items():
        head = scene.text((0, low), name, bold=True)
        said = f"longest gap {_ms(max(steps))}, read after {_ms(sum(steps))}"
        if head.w + scene.measure(said, "note") + 12 > scene.width:
            head = scene.text((0, head.bottom + 2), said, "note")
        else:
            scene.text((scene.width, low), said, "note", side="end")
        box = Box(0, head.bottom + 4, scene.width, TALL)
        at = lanes(scene, box, {" ": _spans(steps, decode_seconds, end)}, end=end)
        low = box.bottom + 10
    low = time_axis(scene, at, y=low - 4, end=end, unit="ms")
    meanings = {
        "a step that reads of the prompt": "prefill",
        "a step that only decodes": "decode",
    }
    key(scene, (0, low + 8), meanings)


def _spans(steps: Sequence[Number], decode_seconds: Number, end: Number) -> list[Span]:
    """Return three decode steps, those of the prompt, and decode steps until the end."""
    ends = [3 * decode_seconds + t for t in accumulate(steps)]
    starts = [3 * decode_seconds, *ends[:-1]]
    spans = [Span(i * decode_seconds, (i + 1) * decode_seconds, "decode") for i in range(3)]
    spans += [Span(*pair, "prefill") for pair in zip(starts, ends, strict=True)]
    left = int((end - ends[-1]) / decode_seconds)
    after = [ends[-1] + i * decode_seconds for i in range(left + 1)]
    return spans + [Span(a, min(a + decode_seconds, end), "decode") for a in after if a < end]


def _ms(seconds: Number) -> str:
    return show(seconds, "ms", decimals=0 if seconds >= 0.1 else 1)
