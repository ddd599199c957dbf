"""How often a guess is right, by its place in the draft: a chart for each kind of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tokenworks.data.acceptance_by_place import PlaceAcceptance
from tokenworks.figures.box import Box
from tokenworks.figures.line_chart import SERIES
from tokenworks.figures.marks import key
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.plane import Plane, axes
from tokenworks.figures.scales import Scale
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import show

GAP = 18.0
WORDS = {0: "guesses that are right, %", 1: "accepted at temperature 1, %"}


def acceptance_by_place(
    rows: Sequence[PlaceAcceptance], *, temperature: int = 0, caption: str = ""
) -> Figure:
    """Draw a line for each draft over the places of its guesses, a chart for each kind of text.

    At temperature 0 it is the share of greedy guesses that are the model's own token, at 1 the mean
    Σ min(p, q). All charts have one scale; the first and the last place of the best draft are
    printed. Another temperature, no rows, a draft without its row for a kind, or a row with fewer
    places raise ValueError.
    """
    if temperature not in WORDS:
        raise ValueError(f"acceptance was measured at temperature 0 and 1, not at {temperature}")
    if not rows:
        raise ValueError("there are no rows to draw")
    found = {(each.kind, each.label): _shares(each, temperature) for each in rows}
    kinds, labels = (list(dict.fromkeys(names)) for names in zip(*found, strict=True))
    if missing := [(kind, name) for kind in kinds for name in labels if (kind, name) not in found]:
        raise ValueError(f"each draft needs a row for each kind of text: {missing[0]} is missing")
    lines = {kind: {name: found[kind, name] for name in labels} for kind in kinds}
    if len({*map(len, found.values())}) != 1:
        raise ValueError("each row needs as many guesses as the others")
    most = max(max(shares) for shares in found.values())

    def layout(scene: Scene) -> None:
        low = key(scene, (0, 0), dict(zip(labels, SERIES, strict=False))) + 14
        for outer, (kind, drafts) in zip(
            _places(scene, low, len(kinds)), lines.items(), strict=True
        ):
            _chart(scene, outer, drafts, most=most, words=(kind, WORDS[temperature]))

    told = "; ".join(_told(kind, drafts) for kind, drafts in lines.items())
    return drawing(
        layout,
        alt=f"A chart for each kind of text, a line for each draft: {WORDS[temperature][:-3]}, by "
        f"the place of the guess, first to last. {told}.",
        caption=caption,
        numbers=_numbers(lines) | numbers_in(" ".join([caption, *labels, *kinds])),
    )


def _shares(row: PlaceAcceptance, temperature: int) -> tuple[float, ...]:
    return row.overlap if temperature else row.match


def _places(scene: Scene, low: Number, count: int) -> Iterator[Box]:
    """Yield where the charts stand: side by side, or one below the other on a phone."""
    wide = (scene.width - (count - 1) * GAP) / count if scene.wide else scene.width
    tall = 230.0 if scene.wide else 195.0
    for i in range(count):
        across, down = (i, 0) if scene.wide else (0, i)
        yield Box(across * (wide + GAP), low + down * (tall + GAP), wide - 4, tall)


def _chart(
    scene: Scene,
    outer: Box,
    drafts: dict[str, tuple[float, ...]],
    *,
    most: Number,
    words: tuple[str, str],
) -> None:
    top = scene.text(outer.corner, words[0], bold=True).bottom + 4
    count = len(next(iter(drafts.values())))
    scales = (Scale(0.5, count + 0.5), Scale(0, most * 1.2))
    below = Box(outer.x, top, outer.w, outer.bottom - top)
    plane = axes(scene, below, scales, labels=("guess", words[1]), units=(1.0, 0.01))
    for colour, shares in zip(SERIES, drafts.values(), strict=False):
        plane.curve(list(enumerate(shares, 1)), colour)
        for point in enumerate(shares, 1):
            plane.dot(point, colour)
    _print_best(plane, drafts)


def _print_best(plane: Plane, drafts: dict[str, tuple[float, ...]]) -> None:
    """Print the first and the last place of the draft that is right most often at first."""
    best, scene = max(drafts.values()), plane.scene
    for place in (1, len(best)):
        x, y = plane.at(place, best[place - 1])
        above = (x, y - 9 - scene.size("note"))
        scene.text(above, _percent(best[place - 1]), "note", colour="ink", side="middle", halo=True)


def _percent(share: Number) -> str:
    return show(share, "%", decimals=0)


def _told(kind: str, drafts: dict[str, tuple[float, ...]]) -> str:
    each = (f"{name} {', '.join(map(_percent, shares))}" for name, shares in drafts.items())
    return f"{kind}: {'; '.join(each)}"


def _numbers(lines: dict[str, dict[str, tuple[float, ...]]]) -> dict[str, Number]:
    return {
        f"{kind}, {name}, guess {place}": share
        for kind, drafts in lines.items()
        for name, shares in drafts.items()
        for place, share in enumerate(shares, 1)
    }
