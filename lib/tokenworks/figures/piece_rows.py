"""Texts cut into tokens: a box for each piece, its id below, the count behind the last one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tokenworks.figures.box import Box, Point
from tokenworks.figures.marks import hatch
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import plain

GAP = 3  # between two boxes, px


@dataclass(frozen=True)
class Cut:
    """A text in pieces: the pieces that are drawn, their ids, and the tokens of the whole text.

    `tokens` counts the whole text where the pieces are only its beginning. The `last` pieces have
    the colour of a meaning, `fill`, or are hatched; `said` replaces the count behind them.
    """

    pieces: Sequence[str]
    ids: Sequence[int] = ()
    tokens: int = 0
    last: int = 0
    fill: str = "decode"
    said: str = ""

    @property
    def count(self) -> int:
        """How many tokens the whole text has."""
        return self.tokens or len(self.pieces)


def token_pieces(rows: Mapping[str, Cut], *, alt: str, caption: str = "") -> Figure:
    """Draw each text as its pieces in order, on as many lines as they need.

    A row whose ids are not as many as its pieces, or more marked than there are, raises
    ValueError.
    """
    if any(not 0 <= cut.last <= len(cut.pieces) for cut in rows.values()):
        raise ValueError("a row marks its last pieces: at most as many as it has")
    if any(cut.ids and len(cut.ids) != len(cut.pieces) for cut in rows.values()):
        raise ValueError("a piece without its id: give an id for each piece, or none")

    def layout(scene: Scene) -> None:
        names = max(scene.measure(name) for name in rows) if scene.wide else 0.0
        left, low = (names + 14 if names else 0.0), 0.0
        for name, cut in rows.items():
            if scene.wide:
                scene.text((names, low + 4), name, side="end")
            elif name:
                low = scene.text((0, low), name, bold=True).bottom + 4
            end = _pieces(scene, (left, low), cut)
            low = _count(scene, end, cut, left=left) + (10 if scene.wide else 12)

    numbers: dict[str, Number] = {f"tokens of {name}": cut.count for name, cut in rows.items()}
    numbers |= numbers_in(" ".join([*rows, *(cut.said for cut in rows.values()), caption, alt]))
    numbers |= {piece: n for cut in rows.values() for piece in cut.pieces
                for n in numbers_in(piece).values()}  # fmt: skip
    return drawing(layout, alt=alt, caption=caption, numbers=numbers)


def _pieces(scene: Scene, at: Point, cut: Cut) -> Box:
    """Draw the pieces from a point on; return the box of the last one, its id included."""
    (x, y), tall = at, scene.line_height() + 5
    line = tall + (scene.line_height("tick") + 5 if cut.ids else 5)
    place = Box(x, y, 0, tall)
    for i, piece in enumerate(cut.pieces):
        id_ = str(cut.ids[i]) if cut.ids else ""
        wide = max(scene.measure(piece) + 9, scene.measure(id_, "tick") + 4)
        if x > at[0] and x + wide > scene.width:
            x, y = at[0], y + line
        marked = i >= len(cut.pieces) - cut.last
        place = _box(scene, Box(x, y, wide, tall), piece, fill=cut.fill if marked else "panel")
        if id_:
            scene.text((place.cx, place.bottom + 4), id_, "tick", side="middle")
        x = place.right + GAP
    return place


def _box(scene: Scene, place: Box, piece: str, *, fill: str) -> Box:
    """Draw one piece; "hatch" is one that was drawn and is not used."""
    plain_box = fill in ("panel", "hatch")
    scene.rect(place, "panel" if plain_box else fill, stroke="line" if plain_box else "", round_=4)
    if fill == "hatch":
        hatch(scene, place)
    scene.inside(place, piece, colour="ink" if plain_box else "paper", halo=fill == "hatch")
    return place


def _count(scene: Scene, last: Box, cut: Cut, *, left: Number) -> Number:
    """Write how many tokens the text has, behind its last piece; return the lower edge."""
    more = len(cut.pieces) < cut.count
    words = (
        cut.said or f"{'… ' if more else ''}{plain(cut.count)} tokens{' in all' if more else ''}"
    )
    x, y = last.right + 8, last.cy - scene.size("note") / 2
    if x + scene.measure(words, "note") > scene.width:
        x, y = left, scene.low + 5
    scene.text((x, y), words, "note")
    return scene.low
