"""A finished picture: two layouts as inline SVG, its alt text, its caption, its numbers.

A picture is refused, with the reason, where words touch, where it has no alt text, and where it
prints a number that is not among those it was given: no number without a computation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from html import escape
from importlib.resources import files

from tokenworks.figures.scene import NARROW, WIDE, Scene
from tokenworks.number import Number
from tokenworks.units import QUANTITY, quantities

COUNT = re.compile(r"(?<![\w.,/-])\d[\d,]*\d(?:\.\d+)?(?![\w/-])")  # of two digits and more
COLOUR = re.compile(r"(--tw-([\w]+)):\s*(#[0-9a-f]{6})")
Layout = Callable[[Scene], None]


@cache
def palette() -> dict[str, str]:
    """Read the light values of the colour variables from the theme file."""
    css = _css("tokenworks.widgets", "theme.css")
    light = css[css.index(":root") : css.index("}")]
    return {name: value for name, _, value in COLOUR.findall(light)}


@cache
def style() -> str:
    """Return the rules that a picture needs outside the book: colours by name, then the layout."""
    return re.sub(r"\s+", " ", _css("tokenworks.widgets", "theme.css") + figure_rules()).strip()


@cache
def figure_rules() -> str:
    """Return the rules of pictures without the palette: the book has that on every page."""
    names = [name.removeprefix("--tw-") for name in palette()]
    paint = "".join(
        f".tw-drawing .f-{name}{{fill:var(--tw-{name})}}"
        f".tw-drawing .s-{name}{{stroke:var(--tw-{name})}}"
        for name in names
    )
    return f"{paint}{_css('tokenworks.figures', 'figure.css')}"


def _css(package: str, name: str) -> str:
    text = files(package).joinpath(name).read_text(encoding="utf-8")
    return re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)


@dataclass(frozen=True)
class Figure:
    """A picture, the sentence that replaces it for who cannot see it, and the numbers it prints.

    `numbers` maps what each number is to its value in the base unit.
    """

    wide: str
    narrow: str
    alt: str
    caption: str = ""
    numbers: Mapping[str, Number] = field(default_factory=dict)
    printed: tuple[str, ...] = ()

    def __repr__(self) -> str:
        lines = [f"Figure: {self.alt}", self.caption, " · ".join(self.printed)]
        return "\n".join(line for line in lines if line)

    def _repr_html_(self) -> str:
        caption = f"<figcaption>{escape(self.caption, quote=False)}</figcaption>"
        return (
            f'<figure class="tw-figure"><style class="tw-own">{style()}</style>'
            f'<div class="tw-drawing" role="img" aria-label="{escape(self.alt)}">\n'
            f"{self.wide}\n{self.narrow}\n</div>{caption if self.caption else ''}</figure>"
        )


def drawing(
    layout: Layout,
    *,
    alt: str,
    caption: str = "",
    numbers: Mapping[str, Number] | None = None,
) -> Figure:
    """Lay a picture out twice, for a wide screen and for a phone, and check both.

    Words that touch, a missing alt text, and a printed number that is none of `numbers` raise
    ValueError; so do a number with a unit and a count of two digits and more in alt and caption.
    """
    if not alt.strip():
        raise ValueError("a picture needs alt text: one sentence that says what it shows")
    drawn = []
    for width in (WIDE, NARROW):
        scene = Scene(width)
        layout(scene)
        if troubles := scene.troubles():
            more = f" and {len(troubles) - 3} more" if len(troubles) > 3 else ""
            raise ValueError(f"at {width} px: {'; '.join(troubles[:3])}{more}")
        drawn.append(scene)
    shown = [words.text for scene in drawn for words in scene.words if words.role != "tick"]
    known = dict(numbers or {})
    for text in [*shown, alt, caption]:
        if unknown := _unknown(text.replace("\n", " "), list(known.values())):
            raise ValueError(f"{text!r} prints {unknown}, which is none of the picture's numbers")
    printed = [text.replace("\n", " ") for text in dict.fromkeys(shown) if re.search(r"\d", text)]
    wide, narrow = (scene.svg(name) for scene, name in zip(drawn, ("wide", "narrow"), strict=True))
    return Figure(wide, narrow, alt, caption, known, tuple(printed))


def numbers_in(words: str) -> dict[str, Number]:
    """Return the numbers that words state, for names that a caller chose and computed himself."""
    found: dict[str, Number] = {q.literal: q.value for q in quantities(words)}
    counts = COUNT.findall(QUANTITY.sub(" ", words))
    return found | {count: float(count.replace(",", "")) for count in counts}


def _unknown(text: str, known: list[Number]) -> str:
    """Return the first number of a text that agrees with none of those known."""
    for stated in quantities(text):
        if not any(stated.agrees(value) for value in known):
            return stated.literal
    for count in COUNT.findall(QUANTITY.sub(" ", text)):
        if not any(float(count.replace(",", "")) == value for value in known):
            return count
    return ""
