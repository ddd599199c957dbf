"""Ways to split one model over devices: what one of them holds, and what a step takes it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from tokenworks.cost.hybrid import SplitCost
from tokenworks.figures.box import Box
from tokenworks.figures.marks import key
from tokenworks.figures.memory_layout import Part, memory_row
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import show

TALL = 18.0


def split_ways(ways: Mapping[str, SplitCost], *, caption: str = "") -> Figure:
    """Draw for each way a device's memory, and the step: memory and messages one after another.

    Memories share a scale, and so do the steps. Without a way ValueError.
    """
    if not ways:
        raise ValueError("give at least one way to split a model: see cost.split_cost")
    numbers: dict[str, Number] = dict(numbers_in(" ".join([*ways, caption])))
    for name, cost in ways.items():
        numbers |= {f"{name}: weights": cost.weight_bytes, f"{name}: cache": cost.kv_bytes}
        numbers |= {f"{name}: held": cost.weight_bytes + cost.kv_bytes}
        numbers |= {
            f"{name}: capacity": cost.capacity_bytes,
            f"{name}: devices": cost.split.devices,
        }
        numbers |= {f"{name}: memory": cost.memory_seconds, f"{name}: sums": cost.message_seconds}
    said = "; ".join(f"{name}: {_held(cost)}, {_step(cost)}" for name, cost in ways.items())
    alt = f"For each way a bar of one device's memory and a bar of a step. {said}."
    return drawing(partial(_layout, ways=ways), alt=alt, caption=caption, numbers=numbers)


def _held(cost: SplitCost) -> str:
    held, has = (
        show(size, "GB", decimals=1)
        for size in (cost.weight_bytes + cost.kv_bytes, cost.capacity_bytes)
    )
    return f"{held} of {has}" if cost.fits else f"{held} do not fit into {has}"


def _step(cost: SplitCost) -> str:
    memory, messages = (
        show(seconds, "ms", decimals=1) for seconds in (cost.memory_seconds, cost.message_seconds)
    )
    return f"{memory} of memory and {messages} of messages at least"


def _layout(scene: Scene, *, ways: Mapping[str, SplitCost]) -> None:
    most = max(max(c.weight_bytes + c.kv_bytes, c.capacity_bytes) for c in ways.values())
    longest = max(cost.in_turn_seconds for cost in ways.values())
    low = 0.0
    for name, cost in ways.items():
        head = scene.text((0, low), name, bold=True, width=scene.width)
        said = f"{_held(cost)}; {_step(cost)}"
        words = scene.text((0, head.bottom + 2), said, "note", width=scene.width)
        box = Box(1, words.bottom + 5, scene.width - 2, TALL)
        parts = [Part(cost.weight_bytes, "weights"), Part(cost.kv_bytes, "kv")]
        memory_row(scene, box, parts, capacity=cost.capacity_bytes, scale_bytes=most)
        step = Box(1, box.bottom + 4, box.w * cost.memory_seconds / longest, TALL * 0.6)
        scene.rect(step, "decode")
        wide = max(1.0, box.w * cost.message_seconds / longest)
        scene.rect(Box(step.right, step.y, wide, step.h), "activations")
        low = step.bottom + 14
    meanings = {"weights": "weights", "cache": "kv", "a step: memory": "decode"}
    meanings["messages"] = "activations"
    key(scene, (0, low), meanings)
