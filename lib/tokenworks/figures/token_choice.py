"""One turn of the loop: the text's tokens, the model's candidates, the one that is appended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tokenworks.figures.box import Box
from tokenworks.figures.marks import arrow, bracket
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import show


def next_token(
    text: Sequence[str], candidates: Mapping[str, Number], *, chosen: str, model: str
) -> Figure:
    """Draw one turn of the loop: the text's tokens, the model, its candidates, the one appended."""
    most = max(candidates.values())

    def layout(scene: Scene) -> None:
        tall = scene.line_height() + 8
        new = _pills(scene, text, chosen, tall=tall)
        bottom = bracket(scene, (0, new.x - 5), f"read by {model}", y=tall + 6).bottom
        top = bottom + 14
        names = max(scene.measure(piece) for piece in candidates) + 12
        step = scene.line_height() + 7
        for i, (piece, share) in enumerate(candidates.items()):
            y, mine = top + i * step, piece == chosen
            shade = "decode" if mine else ""
            scene.text((names - 8, y + 3), piece, side="end", bold=mine, colour=shade)
            box = Box(names, y, max(2, (scene.width * 0.55 - names) * share / most), step - 6)
            scene.rect(box, "decode" if mine else "scores")
            scene.text((box.right + 7, y + 3), show(share, "%", decimals=1), "note")
        row = top + list(candidates).index(chosen) * step + step / 2 - 3
        start = scene.width * 0.55 + 66
        turn = max(start + 14, new.right + 30)
        scene.line([(start, row), (turn, row), (turn, tall / 2)], "decode", thick=2)
        way = (turn, tall / 2), (new.right + 4, tall / 2)
        arrow(scene, *way, stroke="decode", thick=2)
        scene.text((turn - 8, tall + 7), "appended", "note", side="end", colour="decode")

    alt = f"The tokens {' '.join(text)} go through {model}; {chosen} is drawn and appended."
    return drawing(layout, alt=alt, numbers=candidates)


def _pills(scene: Scene, text: Sequence[str], chosen: str, *, tall: Number) -> Box:
    """Draw tokens in a row, the new one last; return the box of the new one."""
    x = 0.0
    for piece in text:
        box = Box(x, 0.5, scene.measure(piece) + 14, tall)
        scene.rect(box, "panel", stroke="line", round_=4)
        scene.inside(box, piece, colour="ink")
        x = box.right + 5
    new = Box(x, 0.5, scene.measure(chosen, bold=True) + 14, tall)
    scene.rect(new, "decode", round_=4)
    scene.inside(new, chosen, bold=True)
    return new
