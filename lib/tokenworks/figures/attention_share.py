"""What attention takes of a prompt, and what its kernels reach of the peak."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from tokenworks.accelerator import Chip
from tokenworks.architecture import ModelSpec
from tokenworks.cost.attention_call import Tiles
from tokenworks.cost.prompt_attention import PromptFloors, prompt_floors
from tokenworks.data.attention_speed import attention_speeds
from tokenworks.figures.box import Box
from tokenworks.figures.marks import key
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.specs import chip as chip_of


def prompt_shares(
    spec: ModelSpec, on: Chip, lengths: Sequence[int], *, tiles: Tiles | None = None
) -> Figure:
    """Draw a prompt of each length twice, with naive and with flash attention, all at floors.

    Each pair has a scale of its own: the naive prompt fills the width.
    """
    floors = {n: prompt_floors(spec, on, n, tiles=tiles or Tiles(128, 64)) for n in lengths}

    numbers: dict[str, Number] = {f"{n:,} tokens": n for n in lengths}
    for n, parts in floors.items():
        numbers |= {f"rest of {n:,}": parts.rest, f"naive of {n:,}": parts.naive}
        numbers |= {f"flash of {n:,}": parts.flash, f"gain of {n:,}": parts.gain}
        numbers |= {f"share of {n:,}": parts.naive / (parts.naive + parts.rest)}
    first, last = lengths[0], lengths[-1]
    alt = (
        f"Pairs of bars, attention and all other work of a prompt, the naive way above flash "
        f"attention. At {first:,} tokens they hardly differ, at {last:,} flash attention makes the "
        f"prompt {floors[last].gain:.2f}× as fast."
    )
    return drawing(partial(_pairs, floors), alt=alt, numbers=numbers)


def _pairs(floors: Mapping[int, PromptFloors], scene: Scene) -> None:
    low = key(scene, (0, 0), {"attention": "scores", "all other work": "weights"}) + 10
    left = max(scene.measure(f"{n:,} tokens") for n in floors) + 12 if scene.wide else 0.0
    room, tall = scene.width - left - (64 if scene.wide else 56), 15.0
    for tokens, parts in floors.items():
        whole, name = parts.rest + parts.naive, f"{tokens:,} tokens"
        if scene.wide:
            scene.text((left - 12, low + tall - 6), name, side="end")
        else:
            low = scene.text((0, low), name).bottom + 4
        x = left
        for i, attention in enumerate((parts.naive, parts.flash)):
            y, own = low + i * (tall + 2), room * attention / whole
            scene.rect(Box(left, y, own, tall), "scores")
            rest = Box(left + own, y, room * parts.rest / whole, tall)
            x = scene.rect(rest, "weights").right
        gain = f"{parts.gain:.2f}×"
        longer = f"{gain} as fast"
        fits = x + 8 + scene.measure(longer, "note", bold=True) <= scene.width
        place = (x + 8, low + tall + 2)
        scene.text(place, longer if fits else gain, "note", colour="ink", bold=True)
        low += 2 * tall + 16


def kernel_versions(names: Sequence[str]) -> Figure:
    """Draw what versions of flash attention reach of their chip's peak, and what each moved away.

    `names` are rows of the table of published speeds, in order; one without a share: ValueError.
    """
    known = {row.name: row for row in attention_speeds()}
    rows = [known[name] for name in names]
    best = {row.name: row.share_high for row in rows if row.share_high}
    if missing := [row.name for row in rows if row.name not in best]:
        raise ValueError(f"{missing[0]} has no published share of the peak")

    def layout(scene: Scene) -> None:
        low, room, tall = 0.0, scene.width - 2, 24.0
        for row in rows:
            chip = chip_of(row.chip).label.split()[0]
            head = f"{row.label}, {row.year}, {chip}"
            low = scene.text((0, low), head, "label", bold=True).bottom + 4
            scene.rect(Box(1, low, room, tall), "panel", under=True)
            scene.rect(Box(1, low, room * best[row.name], tall), "scores")
            spread = f"{row.share_low * 100:.0f} % to " if row.share_low else ""
            words = f"{spread}{best[row.name] * 100:.0f} %"
            scene.inside(Box(1, low, room * best[row.name], tall), words, bold=True)
            told = f"written against {row.against}" if row.against else row.changed
            low = scene.text((0, low + tall + 4), told, "note", width=scene.width).bottom + 14

    numbers: dict[str, Number] = dict(best) | {str(row.year): row.year for row in rows}
    numbers |= {f"{row.name}, low": row.share_low for row in rows if row.share_low}
    shown = "; ".join(f"{row.label} {best[row.name] * 100:.0f} %" for row in rows)
    alt = f"Bars of the share of their chip's peak that versions reach at best: {shown}."
    return drawing(layout, alt=alt, numbers=numbers)
