"""Numbers as doors: what a worked call checks is a button that opens its computation.

A number in the prose, a caption or a table becomes the door of the worked number with the same
digits and unit in its own `##` section. On a notebook's page the numbers are those of its cells, on
another page those that its directives keep. A worked number without a door fails the build.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util import logging

from book._ext.door_notes import door, note
from book._ext.exercise_pages import runner_megabytes
from book._ext.html_text import Open, texts
from book._ext.page_numbers import numbers_of
from tokenworks.units import quantities, quantity
from tokenworks.worked_number import MIME
from tools.number_scan import located, same
from tools.repository import ROOT

logger = logging.getLogger(__name__)

QUIZZES = ROOT / "lib" / "tokenworks" / "data" / "quizzes.json"
PAGE = Open(classes=("tw-widget", "fold", "no-doors"))
# Where the numbers of one part end and those of the next begin.
PART = re.compile(r'(?=<h2\b|<div class="(?:[^"]* )?own-numbers[" ])')
CELL = re.compile(r'id="cell-([\w-]+)"')


@dataclass
class Number:
    """A worked number of a page: its data, its cell, its place among all, its doors, its code."""

    data: dict[str, Any]
    cell: str
    place: int
    doors: int = 0
    code: str = ""  # the address of what computes it

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the number of the prose: digits and unit."""
        return same(quantity(self.data["literal"]))


@dataclass
class Section:
    """What lies between two headings of the second level, or an entry: its HTML, its numbers."""

    html: str
    numbers: list[Number] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The heading's text, for messages."""
        heading = re.match(r"<h2[^>]*>(.*?)<a class=\"headerlink|<h2[^>]*>(.*?)</h2>", self.html)
        text = next(filter(None, heading.groups()), "") if heading else ""
        return re.sub(r"<[^>]+>", "", text) or "the top"


def sections(body: str, numbers: list[Number]) -> list[Section]:
    """Split a page at its headings of second level and its entries; give each part its numbers."""
    found = [Section(part) for part in PART.split(body)]
    for section in found:
        cells = set(CELL.findall(section.html))
        section.numbers = [number for number in numbers if number.cell in cells]
    return found


def with_doors(section: Section) -> str:
    """Return a section's HTML with a door at each number that one of its cells works out."""
    by_key: dict[tuple[str, str], list[Number]] = {}
    for number in section.numbers:
        by_key.setdefault(number.key, []).append(number)
    ends = {match[1]: match.start() for match in CELL.finditer(section.html)}
    pieces = []
    for start, text, is_open in texts(section.html, PAGE):
        pieces.append(_opened(text, start, (by_key, ends)) if is_open and by_key else text)
    return "".join(pieces)


def _opened(text: str, start: int, known: tuple[dict[Any, list[Number]], dict[str, int]]) -> str:
    """Put doors into one piece of text that begins at `start` of its section."""
    by_key, ends = known
    plain = text.replace("&nbsp;", "\u00a0").replace("μ", "µ")
    pieces, last = [], 0
    for first, end, found in located(plain):
        candidates = by_key.get(same(found), [])
        if candidates and first >= last:
            number = chosen(candidates, start + first, ends)
            number.doors += 1
            pieces += [plain[last:first], door(plain[first:end], number.place)]
            last = end
    return "".join([*pieces, plain[last:]]) if pieces else text


def chosen(candidates: list[Number], place: int, ends: dict[str, int]) -> Number:
    """Return which of several worked numbers with the same digits is meant at a place.

    The next cell after it, as cells follow the prose that they check; else the last before it. In
    one cell each in turn. On a page without cells a mark stands for one.
    """
    after = [number for number in candidates if ends[number.cell] > place]
    cell = (after[0] if after else candidates[-1]).cell
    turn = [number for number in candidates if number.cell == cell]
    return min(turn, key=lambda number: number.doors)


def worked_numbers(book: dict[str, Any]) -> list[Number]:
    """List the worked numbers of a notebook, in its order."""
    found: list[Number] = []
    for cell in book["cells"]:
        for output in cell.get("outputs", []):
            for data in output.get("data", {}).get(MIME, []):
                code = f"#cell-{cell['id']}"
                found.append(Number(data, cell["id"], len(found), code=code))
    return found


def asked(book: dict[str, Any]) -> set[tuple[str, str]]:
    """Return the numbers in the quizzes that a notebook asks: a call may check one of these."""
    quizzes = json.loads(QUIZZES.read_text(encoding="utf-8"))
    code = "".join("".join(c["source"]) for c in book["cells"] if c["cell_type"] == "code")
    used = [text for name, text in quizzes.items() if f'quiz("{name}")' in code]
    return {same(number) for number in quantities(json.dumps(used, ensure_ascii=False))}


def without_a_door(parts: list[Section], questions: set[tuple[str, str]]) -> list[str]:
    """Say of each worked number that no reader can open where it is."""
    missing = []
    for section in parts:
        placed = {number.key for number in section.numbers if number.doors}
        missing += [
            f"section {section.title!r}: the worked number {number.data['literal']!r} stands "
            "nowhere in the section's text, captions or tables; state it there or drop the call"
            for number in section.numbers
            if number.key not in placed and number.key not in questions
        ]
    return missing


def open_doors(app: Sphinx, *page: Any) -> None:
    """Turn the worked numbers of a page into doors, and add what they open."""
    name, _template, context, doctree = page
    if doctree is None:
        return
    source = Path(app.env.doc2path(name))
    book = json.loads(source.read_text("utf-8")) if source.suffix == ".ipynb" else {"cells": []}
    kept = enumerate(numbers_of(app.env, name))
    numbers = worked_numbers(book) or [
        Number(one.data, one.mark, place, code=one.code) for place, one in kept
    ]
    parts = sections(context["body"], numbers)
    body = "".join(with_doors(section) for section in parts)
    for problem in without_a_door(parts, asked(book)):
        logger.warning(problem, location=name, type="doors")
    fetches = runner_megabytes(Path(app.outdir))
    notes = "".join(
        note(number.data, number.place, number.code, runs=fetches is not None)
        for number in numbers
        if number.doors
    )
    size = "" if fetches is None else f' data-megabytes="{fetches}"'
    context["body"] = body + (f'<div class="door-notes"{size}>{notes}</div>\n' if notes else "")
    if "data-again" in notes:
        app.add_js_file("door_inputs.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the build: after all that rewrites a page's body."""
    app.connect("html-page-context", open_doors, priority=600)
    app.add_css_file("doors.css")
    app.add_js_file("doors.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
