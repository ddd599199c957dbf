"""Two distributions over the same tokens: what a draft gets right, and what is left to draw."""

from __future__ import annotations

from collections.abc import Mapping

from tokenworks.figures.box import Box
from tokenworks.figures.marks import hatch, key
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import show

TALL = 190.0  # of the most likely token
KEY = {
    "drafted and accepted: the smaller of p and q": "good",
    "drafted and rejected: q beyond p": "hatch",
    "drawn after a rejection: p beyond q": "decode",
}


def accepted_and_residual(
    candidates: Mapping[str, tuple[Number, Number]], *, caption: str = ""
) -> Figure:
    """Draw p (the target) and q (the draft) of each token as overlapping bars.

    What both have is accepted; what q has beyond p is rejected, and as much is drawn from what p
    has beyond q. `candidates` maps a token to (p, q), and both must add up to 1; else ValueError.
    """
    for name, total in zip("pq", map(sum, zip(*candidates.values(), strict=True)), strict=True):
        if abs(total - 1) > 1e-6:
            raise ValueError(f"{name} adds up to {total:.4g}, not to 1")
    most = max(max(pair) for pair in candidates.values())
    alpha = sum(min(pair) for pair in candidates.values())

    def layout(scene: Scene) -> None:
        low = key(scene, (0, 0), KEY) + 8 + scene.line_height("note")
        step = scene.width / len(candidates)
        bottom = low + TALL
        for i, (token, (p, q)) in enumerate(candidates.items()):
            box = Box(i * step + step * 0.14, low, step * 0.72, TALL)
            _column(scene, box, p=p / most, q=q / most)
            _name(scene, box, token, p=p, q=q)
        scene.line([(0, bottom), (scene.width, bottom)], "muted", thick=1)
        words = f"accepted {_percent(alpha)}, drawn anew {_percent(1 - alpha)}"
        scene.text((0, scene.low + 12), words, bold=True)

    told = "; ".join(f"{t} {_percent(p)} and {_percent(q)}" for t, (p, q) in candidates.items())
    numbers: dict[str, Number] = {"accepted": alpha, "rejected": 1 - alpha}
    for token, (p, q) in candidates.items():
        numbers |= {f"p of {token}": p, f"q of {token}": q, f"both of {token}": min(p, q)}
    return drawing(
        layout,
        alt="Overlapping bars of two distributions, target and draft by token: "
        f"{told}. Both have {_percent(alpha)} in common, the share that is accepted.",
        caption=caption,
        numbers=numbers | numbers_in(" ".join([*candidates, caption])),
    )


def _percent(share: Number) -> str:
    return show(share, "%", decimals=0)


def _column(scene: Scene, box: Box, *, p: Number, q: Number) -> None:
    """Draw what both have from the ground up, and on top of it what one has more of."""
    both = min(p, q) * box.h
    scene.rect(Box(box.x, box.bottom - both, box.w, both), "good")
    more = abs(p - q) * box.h
    if more < 0.5:
        return
    top = Box(box.x, box.bottom - both - more, box.w, more - 1)
    if p > q:
        scene.rect(top, "decode")
    else:
        hatch(scene, top)


def _name(scene: Scene, box: Box, token: str, *, p: Number, q: Number) -> None:
    """Write the token and both shares below its column."""
    line = scene.line_height("note")
    scene.text((box.cx, box.bottom + 6), token, side="middle", bold=True)
    scene.text((box.cx, box.bottom + 8 + line), f"p {_percent(p)}", "note", side="middle")
    scene.text((box.cx, box.bottom + 8 + 2 * line), f"q {_percent(q)}", "note", side="middle")
