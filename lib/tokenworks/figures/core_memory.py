"""The two memories of a chip to one scale, and how many of its cores have work."""

from __future__ import annotations

from collections.abc import Sequence

from tokenworks.data.chip_memory import level
from tokenworks.figures.box import Box, Point
from tokenworks.figures.marks import arrow, squares
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.specs import chip as chip_of
from tokenworks.units import show, show_as

MAGNIFIED = 20
COLUMNS = 12


def two_memories(chip: str = "a100-80gb") -> Figure:
    """Draw a chip's HBM as a field, and beside it what its cores hold, to the same scale.

    A chip whose rates are not published raises ValueError.
    """
    far, near, label = level(f"{chip}-hbm"), level(f"{chip}-l1"), chip_of(chip).label.split()[0]
    times = far.capacity_bytes / near.bytes_each
    slow, fast = far.bytes_per_s, near.bytes_per_s
    if slow is None or fast is None:
        raise ValueError(f"the rates of {label}'s memories are not published")

    def layout(scene: Scene) -> None:
        field = Box(1, 1, 420, 300) if scene.wide else Box(1, 1, scene.width - 2, 230)
        scene.rect(field, "panel", stroke="line", under=True)
        at = (field.x + 14, field.y + 12)
        low = scene.text(at, f"HBM: {show_as(far.capacity_bytes, 'bytes')}", "title").bottom
        told = f"read at {show_as(slow, 'bytes_per_s')}"
        scene.text((field.x + 14, low + 6), told, "note")
        dot = (field.w * field.h / times) ** 0.5
        at = (452.0, 8.0) if scene.wide else (1.0, field.bottom + 18)
        words = f"{near.count} cores of {show(near.bytes_each, 'KiB')}, to the same scale"
        low = _cores_twice(scene, at, words, count=near.count, size=dot)
        told = f"the same, {MAGNIFIED} times as large; read at "
        told += f"{show_as(fast, 'bytes_per_s')} together"
        scene.text((at[0], low + 10), told, "note", width=scene.width - at[0])

    numbers = {"HBM": far.capacity_bytes, "its rate": slow, "cores": near.count}
    numbers |= {"a core": near.bytes_each, "their rate": fast}
    numbers |= {"times as small": times, "times as fast": fast / slow, "magnified": MAGNIFIED}
    alt = (
        f"The {show_as(far.capacity_bytes, 'bytes')} of an {label} as a large field, and beside it "
        f"{near.count} specks of {show(near.bytes_each, 'KiB')}, each a core's own memory."
    )
    return drawing(layout, alt=alt, numbers=numbers)


def _cores_twice(scene: Scene, at: Point, words: str, *, count: int, size: Number) -> Number:
    """Draw cores of a size in px, and below them magnified; return the lower edge."""
    x, y = at
    speck = squares(scene, (x, y + 6), count, columns=COLUMNS, size=size, gap=size)
    room = scene.width - speck.right - 26
    told = scene.text((speck.right + 26, y), words, "label", width=room)
    arrow(scene, (told.x - 4, speck.cy), (speck.right + 4, speck.cy), stroke="muted")
    large = size * MAGNIFIED
    place = (x, told.bottom + 18)
    return squares(scene, place, count, columns=COLUMNS, size=large, gap=large * 0.4).bottom


def cores_at_work(heads: int, parts: Sequence[int], *, chip: str = "a100-80gb") -> Figure:
    """Draw a chip's cores once for each count of parts that a head's keys are cut into.

    A piece of work is one part of one head; more pieces than cores raise ValueError.
    """
    cores, label = level(f"{chip}-l1").count, chip_of(chip).label.split()[0]
    if too_many := [count for count in parts if heads * count > cores]:
        raise ValueError(f"{heads} heads of {too_many[0]} parts are more than {cores} cores")

    def layout(scene: Scene) -> None:
        across = len(parts) if scene.wide else 1
        wide = (scene.width - 40 * (across - 1)) / across
        low = 0.0
        for i, count in enumerate(parts):
            x, top = (i * (wide + 40), 0.0) if scene.wide else (0.0, low)
            columns, gap, busy = 27, 3.0, heads * count
            size = (wide - gap * (columns - 1)) / columns
            words = "the keys whole" if count == 1 else f"the keys in {count} parts"
            told = scene.text((x, top), f"{words}: {busy} of {cores} cores work", width=wide)
            at = (x, told.bottom + 8)
            squares(scene, at, busy, columns=columns, size=size, gap=gap, fill="kv")
            idle = squares(
                scene,
                at,
                cores - busy,
                columns=columns,
                size=size,
                gap=gap,
                fill="line",
                first=busy,
            )
            low = idle.bottom + 16

    numbers = {"cores": cores} | {f"pieces of {count} parts": heads * count for count in parts}
    numbers |= {f"parts {count}": count for count in parts}
    shown = "; ".join(f"keys in {n} part{chr(115) * (n > 1)}: {heads * n} work" for n in parts)
    alt = f"The {cores} cores of an {label} as squares, those with work filled. {shown}."
    return drawing(layout, alt=alt, numbers=numbers)
