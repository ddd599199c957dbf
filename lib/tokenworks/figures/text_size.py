"""How much room words take, the same on every machine.

The widths are those of DejaVu Sans, the widest of the fonts in which a reader may see a drawing: in
Segoe UI, San Francisco or Arial the same words are narrower, so what fits here fits there.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from tokenworks.number import Number

ASCENT, DESCENT, LINE = 0.78, 0.24, 1.3  # of the font size: above and below the baseline, a line
UNKNOWN = 1000  # thousandths of the font size: wider than any letter of the table


@cache
def _widths(weight: str) -> dict[str, int]:
    text = files("tokenworks.figures").joinpath("font_widths.json").read_text(encoding="utf-8")
    return {
        letter: int(width) for width, all_ in json.loads(text)[weight].items() for letter in all_
    }


def text_width(words: str, size: Number, *, bold: bool = False) -> float:
    """Return the width of one line of words in px at a font size in px."""
    widths = _widths("bold" if bold else "regular")
    return sum(widths.get(letter, UNKNOWN) for letter in words) * size / 1000


def wrapped(words: str, size: Number, width: Number, *, bold: bool = False) -> list[str]:
    """Break words into lines of at most `width` px; `\\n` breaks too.

    A word that is wider than a line raises ValueError.
    """
    lines: list[str] = []
    for paragraph in words.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            if text_width(word, size, bold=bold) > width:
                raise ValueError(f"the word {word!r} is wider than its {width:.0f} px")
            longer = f"{line} {word}" if line else word
            if line and text_width(longer, size, bold=bold) > width:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    return lines
