"""The guesses of the book: each key asks one thing, in one place, and is answered there, once.

What the chapters asked and revealed is read off their notebooks, and a problem fails the build.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from book._ext.widgets import WIDGET

logger = logging.getLogger(__name__)

HEADING = re.compile(r"(?m)^##+ (.+)$")


class Asked(NamedTuple):
    """A guess or what reveals it: which of the two, its data, and where it stands."""

    kind: str
    data: dict[str, Any]
    page: str
    section: str


def asked(book: dict[str, Any], page: str) -> Iterator[Asked]:
    """Yield the guesses and the reveals that a notebook shows, in its order."""
    section = "the top"
    for cell in book["cells"]:
        if cell["cell_type"] == "markdown":
            section = [section, *HEADING.findall("".join(cell["source"]))][-1]
        for output in cell.get("outputs", []):
            for widget in WIDGET.finditer("".join(output.get("data", {}).get("text/html", ""))):
                if widget["name"] in ("guess", "reveal"):
                    data = json.loads(widget["held"])["data"]
                    yield Asked(widget["name"], data, page, section)


def problems(found: list[Asked]) -> Iterator[tuple[str, str]]:
    """Yield page and description of each guess without one answer inside its slider."""
    guesses: dict[str, Asked] = {}
    told: set[str] = set()
    for one in found:
        key, place = one.data["key"], f"section {one.section!r}"
        first = guesses.get(key)
        if one.kind == "guess":
            if first is not None:
                where = f"{first.page}, section {first.section!r}"
                yield one.page, f"{place}: the guess {key!r} is asked in {where}, too; rename one"
            guesses.setdefault(key, one)
        elif first is None or first.page != one.page:
            yield one.page, f"{place}: {key!r} is revealed, but not asked above on this page"
        else:
            told.add(key)
            low, *_, high = first.data["values"]
            if not low <= one.data["truth_value"] <= high:
                ends = f"{first.data['texts'][0]} to {first.data['texts'][-1]}"
                lies = f"lies outside the slider, {ends}"
                yield one.page, f"{place}: the truth of {key!r}, {one.data['truth']}, {lies}"
    for key, one in guesses.items():
        if key not in told:
            yield one.page, f"section {one.section!r}: the guess {key!r} is never revealed"


def check(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of each problem; the book is built with warnings as errors."""
    del app
    found: list[Asked] = []
    for page in sorted(env.found_docs):
        path = Path(env.doc2path(page))
        if path.suffix == ".ipynb":
            found += asked(json.loads(path.read_text(encoding="utf-8")), page)
    for page, problem in problems(found):
        logger.warning(problem, location=page, type="guesses")


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the build."""
    app.connect("env-check-consistency", check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
