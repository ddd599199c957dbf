"""What a chip can do while one byte arrives, as squares, and how many of them are used."""

from __future__ import annotations

from collections.abc import Mapping

from tokenworks.accelerator import Chip
from tokenworks.cost.roofline import Operation, ridge_intensity
from tokenworks.figures.marks import squares
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.scene import Scene
from tokenworks.units import plain

COLUMNS = 20


def ridge_squares(
    on: Chip, operations: Mapping[str, tuple[str, Operation]], *, caption: str = ""
) -> Figure:
    """Draw a square for each operation that fits into the time of one byte; fill those asked for.

    `operations` maps words to a phase ("prefill" or "decode", its colour) and an operation.
    """
    ridge = ridge_intensity(on.bf16_flops_per_s, on.hbm_bytes_per_s)
    room = round(ridge)
    used = {name: min(room, round(op.intensity)) for name, (_, op) in operations.items()}
    numbers = numbers_in(" ".join([*operations, caption]))
    numbers |= {"ridge": room, **used}

    def layout(scene: Scene) -> None:
        words = f"While one byte arrives, one {on.label} can do {plain(room)} operations"
        low = scene.text((0, 0), words, "title", width=scene.width).bottom + 14
        across, gap = len(operations), 22.0 if scene.wide else 12.0
        panel = (scene.width - gap * (across - 1)) / across
        size = (panel + 1) / COLUMNS - 1
        for i, (name, (phase, _)) in enumerate(operations.items()):
            x = i * (panel + gap)
            at, rest = (x, low), room - used[name]
            squares(scene, at, used[name], columns=COLUMNS, size=size, fill=phase)
            squares(scene, at, rest, columns=COLUMNS, size=size, first=used[name], fill="line")
            top = low + -(-room // COLUMNS) * (size + 1) + 6
            asks = f"asks for {plain(used[name])}" if rest else f"fills all {plain(room)}"
            words = scene.text((x, top), name, colour=phase, bold=True, width=panel)
            scene.text((x, words.bottom + 3), asks, "note", width=panel)

    first = next(iter(used))
    alt = (
        f"A field of {plain(room)} squares for each operation. Few are filled in {first}, "
        f"all in {max(used, key=lambda name: used[name])}."
    )
    return drawing(layout, alt=alt, caption=caption, numbers=numbers)
