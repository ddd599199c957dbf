"""What one sequence's room is for, to scale: tokens, tokens to come, cells that none will use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tokenworks.figures.box import Box
from tokenworks.figures.cell_uses import USES, fill_use, name_uses
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.serving.memory_map import Span


def cut(spans: Sequence[Span], sequence: int) -> dict[str, int]:
    """Return the cells of a sequence by their use, and those of the gap behind its last one.

    A sequence that is not in memory raises ValueError.
    """
    own = [i for i, span in enumerate(spans) if span.sequence == sequence]
    if not own:
        raise ValueError(f"sequence {sequence} is not in this memory")
    cells: dict[str, int] = {}
    for i in own:
        use = spans[i].use
        cells[use] = cells.get(use, 0) + spans[i].stop - spans[i].start
    after = spans[own[-1] + 1 : own[-1] + 2]
    if after and after[0].use == "external" and after[0].sequence is None:
        cells["gap"] = after[0].stop - after[0].start
    return cells


def dissected_pieces(
    maps: Mapping[str, Sequence[Span]], sequence: int, *, caption: str = ""
) -> Figure:
    """Draw the same sequence's room in several memories, one scale for all, each part labelled."""
    pieces = {name: cut(spans, sequence) for name, spans in maps.items()}
    longest = max(sum(cells.values()) for cells in pieces.values())
    numbers: dict[str, Number] = {}
    for name, cells in pieces.items():
        numbers |= {f"{name}: {use}": count for use, count in cells.items()}
        numbers[f"{name}: in all"] = sum(cells.values())

    def layout(scene: Scene) -> None:
        low = 0.0
        for name, cells in pieces.items():
            top = scene.text((0, low), name, "title").bottom + 5
            low = _bar(scene, top, cells, longest=longest) + 12

    told = "; ".join(
        f"{name}: {', '.join(_label(use, count) for use, count in cells.items())}"
        for name, cells in pieces.items()
    )
    alt = f"The room of one sequence, in cells, to scale. {told}."
    return drawing(layout, alt=alt, caption=caption, numbers=numbers)


def _label(use: str, count: int) -> str:
    return f"{count:,} {USES[use]}"


def _bar(scene: Scene, top: Number, cells: Mapping[str, int], *, longest: int) -> Number:
    """Draw one room with its labels; return the lower edge."""
    unit, tall, at = (scene.width - 2) / longest, 24.0, 1.0
    for use, count in cells.items():
        box = Box(at, top, count * unit, tall)
        fill_use(scene, box, use)
        at = box.right
    return name_uses(scene, top + tall + 7, {use: _label(use, n) for use, n in cells.items()})
