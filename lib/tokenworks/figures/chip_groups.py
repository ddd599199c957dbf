"""Chips as copies of a model or as groups that hold it together: squares, and tokens a second."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from tokenworks.cost.copies import Groups
from tokenworks.figures.box import Box
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import plain

SIDE, TALL = 11.0, 15.0  # px: a chip, a bar
NEAR, FAR = 1.0, 6.0  # px between chips of one group, and between groups


def copies_or_groups(cases: Sequence[Sequence[Groups]], *, caption: str = "") -> Figure:
    """Draw ways to group the same chips, with the tokens a second of all users, for some batches.

    Each case is what `cost.tokens_of_groups` returns for a batch, and has its own scale. No case,
    or cases of different ways, raise ValueError.
    """
    if not cases or not cases[0]:
        raise ValueError("give at least one batch: see cost.tokens_of_groups")
    if len({tuple(way.name for way in ways) for ways in cases}) > 1:
        raise ValueError("every batch needs the same ways, in the same order")
    numbers: dict[str, Number] = dict(numbers_in(caption))
    for ways in cases:
        for way in ways:
            numbers |= numbers_in(way.name) | {f"{way.batch}": way.batch}
            key = f"{way.name}, {way.batch} users"
            numbers |= {key: way.tokens_per_s, f"{key}, printed": round(way.tokens_per_s)}
    told = "; ".join(
        f"{plain(ways[0].batch)} users: " + ", ".join(f"{w.name} {_printed(w)}" for w in ways)
        for ways in cases
    )
    alt = f"Rows of chips in groups, and bars of the tokens a second of all users. {told}."
    return drawing(partial(_layout, cases=cases), alt=alt, caption=caption, numbers=numbers)


def _printed(way: Groups) -> str:
    return f"{round(way.tokens_per_s):,}" if way.fits else "do not fit"


def _layout(scene: Scene, *, cases: Sequence[Sequence[Groups]]) -> None:
    first = cases[0]
    chips = first[0].copies * first[0].chips
    squares = chips * (SIDE + NEAR) + (chips - 1) * (FAR - NEAR)
    names = max(scene.measure(way.name, bold=True) for way in first) + 12
    left = names + squares + 18 if scene.wide else 0.0
    wide = (scene.width - left) / len(cases)
    low = 0.0
    for i, ways in enumerate(cases):
        words = f"{plain(ways[0].batch)} users"
        head = scene.text((left + i * wide, 0), words, "note", bold=True, width=wide - 8)
        low = max(low, head.bottom)
    low += 8
    room = max(scene.measure(_printed(way), "note") for ways in cases for way in ways) + 12
    for row, way in enumerate(first):
        name = scene.text((0, low), way.name, bold=True)
        _chips(scene, (names, name.cy - SIDE / 2), way)
        top = name.cy - TALL / 2 if scene.wide else name.bottom + 4
        for i, ways in enumerate(cases):
            most = max(each.tokens_per_s for each in ways if each.fits)
            shown = ways[row].tokens_per_s if ways[row].fits else 0.0
            bar = Box(left + i * wide, top, max(1.0, (wide - room) * shown / most), TALL)
            scene.rect(bar, "decode")
            at = (bar.right + 5, bar.cy - scene.size("note") / 2)
            scene.text(at, _printed(ways[row]), "note")
        low = top + TALL + 12


def _chips(scene: Scene, at: tuple[Number, Number], way: Groups) -> None:
    """Draw the chips of a way: those of a group stand close together."""
    x, y = at
    for chip in range(way.copies * way.chips):
        x += FAR if chip and chip % way.chips == 0 else NEAR * (chip > 0)
        scene.rect(Box(x, y, SIDE, SIDE), "weights")
        x += SIDE
