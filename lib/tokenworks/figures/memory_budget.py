"""A budget against what a chip has: what adds up to the need, and remedies as small copies."""

from __future__ import annotations

from collections.abc import Mapping

from tokenworks.cost.memory_budget import Budget
from tokenworks.figures.box import Box
from tokenworks.figures.marks import hatch, key
from tokenworks.figures.memory_layout import Part, memory_row
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import show

PARTS = {  # what a budget adds up -> its colour ("hatch" is waste)
    "weights": "weights",
    "conversations": "kv",
    "runtime": "runtime",
    "activations": "activations",
    "unusable": "hatch",
}


def budget_parts(of: Budget) -> dict[str, Number]:
    """Return the parts of a budget by the words of the pictures, in bytes."""
    names = ("weight", "kv", "overhead", "activation", "fragmentation")
    return {k: getattr(of, f"{v}_bytes") for k, v in zip(PARTS, names, strict=True)}


def budget_waterfall(
    budgets: Mapping[str, Budget], *, title: str, alt: str, caption: str = ""
) -> Figure:
    """Draw the first budget part by part against its chip, and all others as one bar each.

    All bars share one scale; the line is what the chip has. An empty mapping raises ValueError.
    """
    if not budgets:
        raise ValueError("a waterfall needs at least one budget")
    first, *others = budgets
    capacity = budgets[first].capacity_bytes
    longest = max(capacity, *(b.needed_bytes for b in budgets.values()))

    def layout(scene: Scene) -> None:
        low = scene.text((0, 0), title, "title").bottom + 8
        low = _waterfall(scene, low, budgets[first], longest=longest)
        if others:
            low = key(scene, (0, low + 12), PARTS) + 10
        across = 2 if scene.wide else 1
        wide = (scene.width - 24 * (across - 1)) / across
        for i, name in enumerate(others):
            column = i % across
            box = Box(column * (wide + 24), low, wide, 22)
            bottom = _copy(scene, box, name, of=budgets[name], longest=longest)
            if column == across - 1:
                low = bottom + 14

    numbers: dict[str, Number] = {"capacity": capacity}
    for name, of in budgets.items():
        numbers |= {f"{name}: {part}": size for part, size in budget_parts(of).items()}
        numbers |= {f"{name}: needed": of.needed_bytes, f"{name}: left": abs(of.free_bytes)}
    return drawing(layout, alt=alt, caption=caption, numbers=numbers)


def gigabytes(size: Number) -> str:
    """Print bytes in GB with two decimals, as the text does."""
    return show(size, "GB", decimals=2)


def balance(of: Budget) -> str:
    """Say what a budget leaves, or lacks."""
    return f"{gigabytes(abs(of.free_bytes))} {'left' if of.fits else 'missing'}"


def _waterfall(scene: Scene, top: Number, of: Budget, *, longest: Number) -> Number:
    """Draw one part a row, each beginning where the last one ended; return the lower edge."""
    names = max(scene.measure(name) for name in [*PARTS, "all"]) + 10
    values = scene.measure(gigabytes(longest)) + 8
    room = scene.width - names - values
    per_px, tall, step = longest / room, 20.0, 25.0
    edge = names + of.capacity_bytes / per_px
    head = scene.text((edge, top), f"a chip has {gigabytes(of.capacity_bytes)}", "note", side="end")
    low, at = head.bottom + 4, 0.0
    start = low
    for name, size in budget_parts(of).items():
        x, wide = names + at / per_px, size / per_px
        scene.text((names - 10, low + 2), name, side="end")
        if PARTS[name] == "hatch":
            hatch(scene, Box(x, low, wide, tall))
        else:
            scene.rect(Box(x, low, wide, tall), PARTS[name], under=True)
        before = x + wide <= edge  # beside the bar the words would stand on the line
        if not (before and scene.inside(Box(x, low, wide, tall), gigabytes(size))):
            scene.text((x + wide + 6, low + 2), gigabytes(size), halo=True)
        at, low = at + size, low + step
    scene.text((names - 10, low + 2), "all", side="end", bold=True)
    inside = min(of.needed_bytes, of.capacity_bytes) / per_px
    scene.rect(Box(names, low, inside, tall), "muted", under=True)
    scene.inside(Box(names, low, inside, tall), gigabytes(of.needed_bytes), bold=True)
    if not of.fits:
        scene.rect(Box(edge, low, -of.free_bytes / per_px, tall), "bad", under=True)
    scene.line([(edge, start - 2), (edge, low + tall + 2)], "ink", thick=2)
    if not of.fits:
        text = scene.text(
            (scene.width, low + tall + 5), balance(of), side="end", colour="bad", bold=True
        )
        low = text.bottom - tall
    return low + tall


def _copy(scene: Scene, box: Box, name: str, *, of: Budget, longest: Number) -> Number:
    """Draw one budget as a bar with its name over it and its balance; return the lower edge."""
    scene.text((box.x, box.y), name, bold=True)
    colour = "good" if of.fits else "bad"
    text = scene.text((box.right, box.y), balance(of), side="end", colour=colour)
    parts = [Part(size, PARTS[part]) for part, size in budget_parts(of).items()]
    bar = Box(box.x + 1, text.bottom + 4, box.w - 2, box.h)
    memory_row(scene, bar, parts, capacity=of.capacity_bytes, scale_bytes=longest)
    return bar.bottom
