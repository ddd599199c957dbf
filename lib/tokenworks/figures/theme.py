"""One look for every plot: colours from the widgets' theme file, drawn as SVG that can be themed.

A figure is inline SVG whose colours are CSS variables, so that it follows the reader's light or
dark page; its text is text, and its alt text is read aloud.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from io import StringIO
from typing import Any

from cycler import cycler
from matplotlib.figure import Figure as Canvas

SERIES = ("--tw-1", "--tw-2", "--tw-3", "--tw-4", "--tw-5", "--tw-6")
INK, MUTED, LINE = "--tw-ink", "--tw-muted", "--tw-line"


@cache
def palette() -> dict[str, str]:
    """Read the light values of the colour variables from the theme file."""
    css = files("tokenworks.widgets").joinpath("theme.css").read_text(encoding="utf-8")
    light = css[css.index(":root") : css.index("}")]
    return dict(re.findall(r"(--tw-[\w]+):\s*(#[0-9a-f]{6})", light))


def settings() -> dict[Any, Any]:
    """Build the matplotlib settings of every figure."""
    colour = palette()
    return {
        "axes.edgecolor": colour[LINE],
        "axes.labelcolor": colour[INK],
        "axes.prop_cycle": cycler(color=[colour[name] for name in SERIES]),
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlelocation": "left",
        "axes.titlesize": 13,
        "figure.figsize": (4.6, 3.2),
        "font.family": "DejaVu Sans",  # ships with matplotlib, so that layouts agree everywhere
        "font.size": 12,
        "grid.color": colour[LINE],
        "svg.fonttype": "none",
        "svg.hashsalt": "tokenworks",
        "text.color": colour[INK],
        "xtick.color": colour[MUTED],
        "ytick.color": colour[MUTED],
    }


@dataclass(frozen=True)
class Figure:
    """A finished plot: inline SVG and the sentence that replaces it for who cannot see it."""

    svg: str
    alt: str

    def __repr__(self) -> str:
        return f"Figure: {self.alt}"

    def _repr_html_(self) -> str:
        return (
            f'<figure class="tw-figure" role="img" aria-label="{escape(self.alt)}"'
            f' style="margin:1em 0;max-width:36rem">{self.svg}</figure>'
        )


def finish(canvas: Canvas, *, alt: str, markers: bool = False) -> Figure:
    """Turn a drawn canvas into a themed inline SVG; `markers` keeps the shapes it reuses."""
    buffer = StringIO()
    canvas.savefig(
        buffer, format="svg", transparent=True, bbox_inches="tight", metadata={"Date": None}
    )
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'width="[\d.]+pt" height="[\d.]+pt"', 'width="100%"', svg, count=1)
    svg = svg.replace("'DejaVu Sans'", "system-ui, sans-serif")
    kept = "[mp]" if markers else "p"
    svg = re.sub(rf' id="(?!{kept}[0-9a-f]{{10}}")[^"]*"', "", svg)  # several share one page
    if markers:
        own = sha256(svg.encode()).hexdigest()[:6]
        svg = re.sub(r"\b([mp][0-9a-f]{10})\b", rf"\g<1>{own}", svg)
    for name, colour in palette().items():
        svg = re.sub(rf"{colour}(?![0-9a-f)])", f"var({name}, {colour})", svg)
    return Figure(re.sub(r"\n\s*", "\n", svg).strip(), alt)
