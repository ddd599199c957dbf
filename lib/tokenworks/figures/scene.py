"""What a drawing is made of: rectangles, lines and words at places in px, checked as they go in.

A scene of our own and not matplotlib or `drawsvg`: one unit is one CSS px on the reader's screen,
so that a font size is what is read; every word has a measured box, so that two that touch are an
error and not a flaw that somebody has to see; colours are classes of the theme, not values; and the
bytes are ours, the same everywhere. Neither library gives the second, and the first scales its text
with the picture. It needs Python alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise
from typing import Literal

from tokenworks.figures.box import Box, Point, Words, troubles
from tokenworks.figures.text_size import ASCENT, DESCENT, LINE, text_width, wrapped
from tokenworks.number import Number

WIDE, NARROW = 700, 328  # px: the text column at 1280 px, and on a phone of 360 px
SIZES = {  # role of words -> font size in the wide and in the narrow layout, px
    "title": (15.0, 13.5),
    "label": (14.0, 12.5),
    "note": (13.0, 12.0),
    "tick": (13.0, 12.0),
    "value": (22.0, 18.0),
}
BOLD = ("title", "value")
Role = Literal["title", "label", "note", "tick", "value"]
Side = Literal["start", "middle", "end"]


@dataclass
class Scene:
    """A drawing in the making: `width` px wide, as high as what is put into it."""

    width: Number
    parts: list[str] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)
    fills: list[Box] = field(default_factory=list)  # which words may not cross the edge of
    strokes: list[tuple[Point, Point]] = field(default_factory=list)  # which may not cross words
    low: Number = 0.0

    @property
    def wide(self) -> bool:
        """Whether this is the layout of a wide screen."""
        return self.width > (WIDE + NARROW) / 2

    def size(self, role: Role = "label") -> float:
        """Return the font size of a role of words, px."""
        return SIZES[role][0 if self.wide else 1]

    def line_height(self, role: Role = "label") -> float:
        """Return the distance of two lines of words, px."""
        return self.size(role) * LINE

    def measure(self, words: str, role: Role = "label", *, bold: bool | None = None) -> float:
        """Return the width of words on one line, px."""
        return text_width(words, self.size(role), bold=role in BOLD if bold is None else bold)

    def text(
        self,
        at: Point,
        words: str,
        role: Role = "label",
        *,
        side: Side = "start",
        colour: str = "",
        bold: bool | None = None,
        width: Number | None = None,
        halo: bool = False,
    ) -> Box:
        """Write words with their upper edge at a point; return the box that they take.

        `side` says which end of the words stands there; `width` wraps them; a `halo` of paper lets
        lines pass behind. Without a colour a note is muted and all else ink.
        """
        x, y = at
        heavy = role in BOLD if bold is None else bold
        size = self.size(role)
        lines = words.split("\n") if width is None else wrapped(words, size, width, bold=heavy)
        widest = max(text_width(line, size, bold=heavy) for line in lines)
        left = x - {"start": 0.0, "middle": widest / 2, "end": widest}[side]
        height = size * ((len(lines) - 1) * LINE + ASCENT + DESCENT)
        box = Box(left, y, widest, height)
        classes = [f"f-{colour or ('muted' if role in ('note', 'tick') else 'ink')}"]
        classes += ["b"] * heavy + ["halo"] * halo
        anchor = "" if side == "start" else f' text-anchor="{side}"'
        for i, line in enumerate(lines):
            top = y + i * size * LINE
            self.parts.append(
                f'<text x="{_px(x)}" y="{_px(top + size * ASCENT)}" font-size="{_px(size)}"'
                f'{anchor} class="{" ".join(classes)}">{escape(line, quote=False)}</text>'
            )
        self.words.append(Words(words, box, role, halo))
        self.low = max(self.low, box.bottom)
        return box

    def inside(
        self,
        box: Box,
        *choices: str,
        role: Role = "label",
        colour: str = "paper",
        bold: bool | None = None,
        halo: bool = False,
    ) -> bool:
        """Write the first of these words that fits into a box, in its middle; tell whether one did.

        Lines within a choice are parted by `\\n`.
        """
        heavy = role in BOLD if bold is None else bold
        for words in choices:
            lines = words.split("\n")
            wide = max(self.measure(line, role, bold=heavy) for line in lines)
            tall = self.size(role) * ((len(lines) - 1) * LINE + ASCENT + DESCENT)
            if wide <= box.w - 4 and tall <= box.h:
                top = box.cy - tall / 2
                at = (box.cx, top)
                self.text(at, words, role, side="middle", colour=colour, bold=heavy, halo=halo)
                return True
        return False

    def rect(
        self,
        box: Box,
        fill: str = "",
        *,
        stroke: str = "",
        thick: Number = 1,
        dashed: bool = False,
        faint: bool = False,
        under: bool = False,
        round_: Number = 0,
    ) -> Box:
        """Draw a rectangle; `faint` is a tint; `under` lets words cross its edge."""
        shape = f'<rect x="{_px(box.x)}" y="{_px(box.y)}"'
        shape += f' width="{_px(box.w)}" height="{_px(box.h)}"'
        shape += f' rx="{_px(round_)}"' if round_ else ""
        self._add(shape, fill=fill, stroke=stroke, thick=thick, dashed=dashed, faint=faint)
        if fill and not under:
            self.fills.append(box)
        self.low = max(self.low, box.bottom + (thick / 2 if stroke else 0))
        return box

    def line(
        self,
        points: Sequence[Point],
        stroke: str = "ink",
        *,
        thick: Number = 1.5,
        dashed: bool = False,
    ) -> None:
        """Draw a line through points; no word without a halo may stand on it."""
        d = "M" + "L".join(f"{_px(x)} {_px(y)}" for x, y in points)
        self._add(f'<path d="{d}"', stroke=stroke, thick=thick, dashed=dashed)
        self.strokes += list(pairwise(points))
        self.low = max(self.low, *(y + thick / 2 for _, y in points))

    def shape(
        self,
        d: str,
        low: Number,
        fill: str = "",
        *,
        stroke: str = "",
        thick: Number = 1.5,
        faint: bool = False,
        opacity: Number = 1,
    ) -> None:
        """Draw an SVG path whose lowest point is at `low`; words over it are not checked."""
        see = "" if opacity == 1 else f' fill-opacity="{opacity:g}"'
        self._add(f'<path d="{d}"{see}', fill=fill, stroke=stroke, thick=thick, faint=faint)
        self.low = max(self.low, low)

    def dots(self, points: Sequence[Point], stroke: str, *, thick: Number, told: str = "") -> None:
        """Draw the dots of one thing, `thick` px wide; a pointer over them is `told` what it is.

        Words over them are not checked.
        """
        d = "".join(f"M{_px(x)} {_px(y)}h0" for x, y in points)
        look = 'fill="none" stroke-linecap="round" stroke-opacity="0.6"'
        shape = f'<path d="{d}" class="dots s-{stroke}" {look} stroke-width="{_px(thick)}"'
        name = escape(told, quote=False)
        self.parts.append(f"{shape}><title>{name}</title></path>" if told else f"{shape}/>")
        self.low = max(self.low, *(y + thick / 2 for _, y in points))

    def _add(
        self,
        shape: str,
        *,
        fill: str = "",
        stroke: str = "",
        thick: Number = 1,
        dashed: bool = False,
        faint: bool = False,
    ) -> None:
        classes = [f"f-{fill}" if fill else "f-none", *([f"s-{stroke}"] if stroke else [])]
        classes += ["dash"] * dashed + ["faint"] * faint
        width = f' stroke-width="{_px(thick)}"' if stroke else ""
        self.parts.append(f'{shape}{width} class="{" ".join(classes)}"/>')

    def wrap(self, words: str, role: Role, width: Number, *, bold: bool | None = None) -> list[str]:
        """Break words into lines of at most `width` px."""
        heavy = role in BOLD if bold is None else bold
        return wrapped(words, self.size(role), width, bold=heavy)

    def is_free(self, place: Box, leader: Sequence[Point] | None = None) -> bool:
        """Tell whether words may stand at a place: no words, no line and no edge of a shape there.

        A `leader` to it must pass no words.
        """
        wide = Box(place.x - 3, place.y - 1, place.w + 6, place.h + 2)
        if any(wide.meets(words.box) for words in self.words):
            return False
        if any(wide.crossed(*stroke) for stroke in self.strokes):
            return False
        if any(wide.meets(fill) and not fill.holds(wide) for fill in self.fills):
            return False
        steps = list(pairwise(leader or ()))
        return not any(words.box.crossed(*step) for step in steps for words in self.words)

    def troubles(self) -> list[str]:
        """List words that touch others, an edge of a shape, a line or the edge of the drawing."""
        frame = Box(0, 0, self.width, self.low)
        return troubles(frame, self.words, fills=self.fills, strokes=self.strokes)

    def svg(self, name: str) -> str:
        """Return the SVG element, with `name` ("wide" or "narrow") as its class."""
        width, height = _px(self.width), _px(self.low + 1)
        body = "\n".join(self.parts)
        return (
            f'<svg class="tw-{name}" viewBox="0 0 {width} {height}" width="{width}"'
            f' height="{height}" focusable="false" aria-hidden="true">\n{body}\n</svg>'
        )


def _px(value: Number) -> str:
    """Print a length with at most one decimal."""
    text = f"{value:.1f}"
    return text.removesuffix(".0") if text != "-0.0" else "0"
