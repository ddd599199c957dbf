"""Activations by token and channel: which few are many times as large as the rest."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from statistics import median

from tokenworks.figures.box import Box
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import plain

TIMES = (10, 30, 300, 3000)  # the median magnitude: how dark a mark is
OPACITIES = (0.35, 0.6, 0.8, 1.0)
TALL = 17.0  # px, a token's row
LEAST = 3.0  # px, a mark
NAMED = 3  # channels

Rows = Sequence[Sequence[Number]]


def channel_peaks(activations: Rows) -> list[tuple[int, float]]:
    """Return (channel, times the median magnitude) of each channel's largest, largest first."""
    typical = median(abs(value) for row in activations for value in row)
    peaks = [max(abs(row[c]) for row in activations) / typical for c in range(len(activations[0]))]
    return sorted(enumerate(peaks), key=lambda pair: -pair[1])


def large_activations(
    activations: Rows, tokens: Sequence[str], *, title: str, caption: str = ""
) -> Figure:
    """Draw a row for each token and a column for each channel; marks where a value is large.

    The darker a mark, the more times the median magnitude. The channels of the largest are named.
    As many tokens as rows, rows alike, and a median above 0 are needed, else ValueError.
    """
    if not activations or len({len(row) for row in activations}) != 1:
        raise ValueError("activations are rows of equal length, one for each token")
    if len(tokens) != len(activations):
        raise ValueError(f"{len(activations)} rows of activations need as many tokens")
    typical = median(abs(value) for row in activations for value in row)
    if not typical > 0:
        raise ValueError("the median magnitude is 0: there is nothing to compare with")
    peaks = channel_peaks(activations)[:NAMED]
    told = ", ".join(f"channel {c} with {plain(round(t))} times" for c, t in peaks)
    alt = f"{title}: {plain(len(tokens))} tokens by {plain(len(activations[0]))} channels, marked "
    alt += f"where a value is large. The largest against the median of all: {told}."
    numbers: dict[str, Number] = dict(numbers_in(f"{title} {caption} {told} {' '.join(tokens)}"))
    numbers |= {"tokens": len(tokens), "channels": len(activations[0])}
    numbers |= {f"{times} times": times for times in TIMES}
    numbers |= {f"channel {c}": c for c, _ in peaks}
    layout = partial(
        _layout,
        rows=[[abs(value) / typical for value in row] for row in activations],
        tokens=tokens,
        title=title,
        named=[c for c, _ in peaks],
    )
    return drawing(layout, alt=alt, caption=caption, numbers=numbers)


def _layout(
    scene: Scene, *, rows: Rows, tokens: Sequence[str], title: str, named: Sequence[int]
) -> None:
    low = scene.text((0, 0), title, "title", width=scene.width).bottom + 8
    low = _key(scene, low) + 8
    names = min(0.3 * scene.width, max(scene.measure(token, "note") for token in tokens)) + 8
    field = Box(names, low + scene.line_height("note") + 6, scene.width - names, TALL * len(rows))
    scene.rect(field, "panel", under=True)
    wide = field.w / len(rows[0])
    for i, (token, row) in enumerate(zip(tokens, rows, strict=True)):
        top = field.y + i * TALL
        middle = top + TALL / 2 - scene.size("note") / 2
        scene.text((names - 8, middle), token.strip() or "␣", "note", side="end")
        _marks(scene, Box(field.x, top, wide, TALL - 1), row)
    _name_channels(scene, field, named, wide=wide)
    scene.text((field.x, field.bottom + 6), f"{plain(len(rows[0]))} channels", "note")


def _marks(scene: Scene, cell: Box, row: Sequence[Number]) -> None:
    """Mark the large values of one token; `cell` is that of its first channel."""
    broad = max(LEAST, cell.w)
    for times, more, opacity in zip(TIMES, [*TIMES[1:], float("inf")], OPACITIES, strict=True):
        lefts = [
            cell.x + (c + 0.5) * cell.w - broad / 2 for c, v in enumerate(row) if times <= v < more
        ]
        d = "".join(f"M{x:.1f} {cell.y:.1f}h{broad:.1f}v{cell.h:g}h{-broad:.1f}z" for x in lefts)
        if d:
            scene.shape(d, cell.bottom, "activations", opacity=opacity)


def _key(scene: Scene, y: Number) -> Number:
    """Say how many times the median each shade is."""
    size = scene.size("note")
    left = scene.text((0, y + 1), "times the median:", "note").right + 10
    for times, opacity in zip(TIMES, OPACITIES, strict=True):
        d = f"M{left:.1f} {y + 1:.1f}h{size:g}v{size:g}h{-size:g}z"
        scene.shape(d, y + 1 + size, "activations", opacity=opacity)
        left = scene.text((left + size + 4, y + 1), plain(times), "note").right + 12
    return y + 1 + scene.line_height("note")


def _name_channels(scene: Scene, field: Box, named: Sequence[int], *, wide: Number) -> None:
    """Name channels above their columns, the largest first, where there is room."""
    taken: list[tuple[Number, Number]] = []
    for channel in named:
        x, words = field.x + (channel + 0.5) * wide, f"{channel}"
        half = scene.measure(words, "note", bold=True) / 2
        middle = min(max(x, field.x + half), scene.width - half)
        if all(abs(middle - other) > half + its + 6 for other, its in taken):
            at = (middle, field.y - scene.line_height("note") - 1)
            scene.text(at, words, "note", side="middle", colour="activations", bold=True)
            taken.append((middle, half))
