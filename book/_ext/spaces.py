"""Quantities as a reader's eye wants them: a number and its unit on one line, and set as prose.

The sources keep plain spaces, which are easier to write and to search; the built page gets spaces
that do not break, in prose, captions and tables. So do the number of a chapter, the dot behind it
and the first word of its title. A quantity that the text gives rather than computes stands in
backticks there; the page sets it as what it is, a number in a sentence. A button in a sentence
keeps the marks that touch it. Other code and formulas stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sphinx.application import Sphinx

from tokenworks.units import QUANTITY, UNITS

NO_BREAK = "\u00a0"
COUNTED = ("tokens", "token", "million", "billion", "trillion")  # not units, but read as one thing
KEPT = "script|style|pre|code|svg|textarea"
PIECE = re.compile(rf"<(?P<kept>{KEPT}|math)\b.*?</(?P=kept)>|<(?P<tag>/?\w+)[^>]*>|[^<]+|<", re.S)
INLINE = {"a", "b", "button", "em", "i", "math", "small", "span", "strong", "sub", "sup"}
_NAMES = sorted({*UNITS, *COUNTED}, key=len, reverse=True)
_UNIT = rf"(?:{'|'.join(map(re.escape, _NAMES))})(?![\w/])"
BETWEEN = re.compile(rf"(?<=\d) (?={_UNIT})|(?<=\bUSD) (?=\d)")
CHAPTER = re.compile(r"(?<!\d)(\d\d) · (?=\w)")  # as tools.contents writes it before a title
BEFORE_TAG = re.compile(rf"(?<=\d) (?=<(?:small|span|b|strong|em)\b[^>]*>{_UNIT})")
AT_START = re.compile(rf" (?={_UNIT})")


CODE = re.compile(r'<code class="docutils literal notranslate">((?:(?!</code>).)*)</code>')
TAG = re.compile(r"<[^>]*>")
# A button is a box: without more, a line may end between it and the comma behind it.
_BUTTON = r'<button type="button" class="(?:door|term)\b[^>]*>[^<]*</button>'
TOUCHED = re.compile(rf"([(“]*)({_BUTTON})([,.;:!?)”’]*)")


def joined(body: str) -> str:
    """Return a page's HTML with its quantities as prose, their numbers tied to their units."""
    tied = BEFORE_TAG.sub(NO_BREAK, "".join(_pieces(CODE.sub(_as_prose, body))))
    return TOUCHED.sub(_held, tied)


def _held(button: re.Match[str]) -> str:
    whole, before, _, after = button.group(0, 1, 2, 3)
    return f'<span class="held">{whole}</span>' if before or after else whole


def _as_prose(code: re.Match[str]) -> str:
    text = TAG.sub("", code[1])
    first, _, last = text.rpartition(" to ")  # "5 to 10 %"
    given = QUANTITY.fullmatch(last) and (first == "" or first.replace(".", "").isdecimal())
    return text if given else code[0]


def _pieces(body: str) -> Iterator[str]:
    after_digit = False  # the text before, in this line, ends in a digit
    for match in PIECE.finditer(body):
        piece, tag = match[0], match["kept"] or (match["tag"] or "").lstrip("/")
        if not tag:
            if after_digit and AT_START.match(piece):
                piece = NO_BREAK + piece[1:]
            piece = CHAPTER.sub(rf"\1{NO_BREAK}·{NO_BREAK}", BETWEEN.sub(NO_BREAK, piece))
            after_digit = piece[-1].isdigit()
        elif match["kept"]:
            after_digit = re.sub(r"<[^>]*>|\s+$", "", piece)[-1:].isdigit() and tag == "math"
        elif tag not in INLINE:
            after_digit = False
        yield piece


def tie(app: Sphinx, *page: Any) -> None:
    """Tie the numbers of a page, after all other extensions have written into it."""
    del app
    _name, _template, context, _doctree = page
    if "body" in context:
        context["body"] = joined(context["body"])


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the build."""
    app.connect("html-page-context", tie, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
