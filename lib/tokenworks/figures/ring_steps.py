"""An all-reduce around a ring, step by step: what each device holds of the sum, share by share."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from tokenworks.cost.all_reduce_ways import all_reduce_way
from tokenworks.figures.box import Box
from tokenworks.figures.marks import arrow, key
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Scene
from tokenworks.number import Number, whole

MOST = 6  # devices that fit on a phone
TALL = 22.0


class Held(NamedTuple):
    """After a step: of each device and share, whose summands it holds; and what just arrived."""

    summands: tuple[tuple[frozenset[int], ...], ...]
    arrived: frozenset[tuple[int, int]]  # (device, share)


def ring_held(devices: int) -> list[Held]:
    """Return what devices in a ring hold before and after each step of an all-reduce.

    In each step every device sends one share to the next. For n - 1 steps that adds it to its own;
    then it holds one share of the sum, and for n - 1 steps passes the finished shares on.
    """
    n = whole(devices, "devices", least=2)
    held = [[frozenset({d})] * n for d in range(n)]
    steps = [Held(tuple(map(tuple, held)), frozenset())]
    for step in range(2 * (n - 1)):
        gathering = step >= n - 1
        going = [(d, (d + gathering - step % (n - 1)) % n) for d in range(n)]
        moved = [((d + 1) % n, share, held[d][share]) for d, share in going]
        for to, share, summands in moved:
            held[to][share] = summands if gathering else held[to][share] | summands
        steps.append(Held(tuple(map(tuple, held)), frozenset((to, s) for to, s, _ in moved)))
    return steps


def ring_all_reduce(devices: int = 4) -> Figure:
    """Draw an all-reduce around a ring: a row for each step, a box for each device's array.

    A share is filled as far as the sum in it is complete; what just arrived has a frame. More
    devices than fit on a phone, or fewer than two, raise ValueError.
    """
    n = whole(devices, "devices", least=2, most=MOST)
    rows = ring_held(n)
    way = all_reduce_way("ring", 1.0, n)
    numbers: dict[str, Number] = {"devices": n, "steps": way.steps, "shares sent": way.steps}
    alt = (
        f"{n} devices in a ring, each with its array in {n} shares. For {n - 1} steps each passes "
        "one share on, which grows by what it is added to, until each device has one share of the "
        f"whole sum; for {n - 1} more steps the finished shares go round. Each device sends "
        f"{way.steps} shares in {way.steps} steps."
    )
    return drawing(partial(_layout, rows=rows), alt=alt, numbers=numbers)


def _layout(scene: Scene, *, rows: list[Held]) -> None:
    n = len(rows[0].summands)
    scene.text((0, 0), f"All-reduce of {n} devices in a ring", "title", width=scene.width)
    names = ["start", *(f"step {i}" for i in range(1, len(rows)))]
    left = max(scene.measure(name, "note") for name in names) + 10
    phases = {1: "reduce-scatter: shares of the sum grow", n: "all-gather: they go round"}
    gap = 22.0 if scene.wide else 12.0
    wide = (scene.width - left - (n - 1) * gap - 4) / n
    boxes = [Box(left + d * (wide + gap), 0, wide, TALL) for d in range(n)]
    top = scene.low + 12
    for d, box in enumerate(boxes):
        words = f"device {d + 1}" if scene.wide else f"{d + 1}"
        scene.text((box.cx, top), words, "note", side="middle")
    top = scene.low + 6
    for i, (name, row) in enumerate(zip(names, rows, strict=True)):
        if i in phases:
            top = scene.text((0, top + 4), phases[i], "note").bottom + 5
        scene.text((0, top + TALL / 2 - scene.size("note") / 2), name, "note")
        for d, box in enumerate(boxes):
            place = Box(box.x, top, box.w, box.h)
            _array(scene, place, row, device=d)
            if row.arrived and d:
                ends = (place.x - gap + 1, place.cy), (place.x - 1, place.cy)
                arrow(scene, *ends, stroke="muted", thick=1)
        top += TALL + 7
    meanings = {"part of the sum": "activations", "the whole sum": "good"}
    low = key(scene, (0, top + 4), meanings)
    words = "framed: it came in this step, from the device on the left (the first from the last)"
    scene.text((0, low + 2), words, "note", width=scene.width)


def _array(scene: Scene, box: Box, row: Held, *, device: int) -> None:
    """Draw the shares of one device, each filled as far as its sum is complete."""
    shares = row.summands[device]
    each = box.w / len(shares)
    for share, summands in enumerate(shares):
        place = Box(box.x + share * each + 0.75, box.y, each - 1.5, box.h)
        full = box.h * len(summands) / len(shares)
        colour = "good" if len(summands) == len(shares) else "activations"
        scene.rect(place, "line", faint=True)
        scene.rect(Box(place.x, box.bottom - full, place.w, full), colour)
        if (device, share) in row.arrived:
            scene.rect(place, stroke="ink", thick=1.5)
