"""What a code cell holds, and the words for it: the line that stands where the code folds away."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tokenworks.worked_number import MIME
from tools.number_scan import without_magics

SHOW = "show"  # the tag of code that is the lesson: it stays open
SHOW_OUTPUT = "show-output"  # the tag of a cell whose printed text stays beside the prose
MEASURED = "measured-here"
WITHOUT_CODE = "remove-input"  # what myst-nb calls a cell of which only results show
WIDGET = re.compile(r'<div class="tw-widget" data-widget="(\w+)"')
# What a result is, by its HTML: the first that is found.
KINDS = {"picture": r"<svg|<img|tw-picture", "facts": r'class="tw-facts', "table": r"<table"}
MADE = {
    "picture": ("how this picture was made", "how these pictures were made"),
    "table": ("how this table was made", "how these tables were made"),
    "facts": ("how these facts were found", "how these facts were found"),
    "quiz": ("the quiz in code", "the quiz in code"),
    "guess": ("the question in code", "the questions in code"),
    "reveal": ("the answer in code", "the answers in code"),
    "widget": ("the widget's code", "the widgets' code"),
    "measured": ("how this was measured", "how this was measured"),
    "text": ("how this text was made", "how these texts were made"),
}
ALIKE = {"quiz", "guess", "reveal", "widget"}  # neighbours of such a kind share a fold


@dataclass(frozen=True)
class Part:
    """One code cell: its text, and its results sorted into those that show and those that fold."""

    cell: dict[str, Any]
    shown: tuple[dict[str, Any], ...]
    folded: tuple[dict[str, Any], ...]

    @classmethod
    def of(cls, cell: dict[str, Any]) -> Part:
        """Sort a cell's results: numbers that were worked out fold, and so does printed text."""
        tags = cell["metadata"].get("tags", [])
        keeps_text = bool({SHOW, SHOW_OUTPUT, MEASURED} & set(tags))
        shown: list[dict[str, Any]] = []
        folded: list[dict[str, Any]] = []
        for output in cell["outputs"]:
            data = output.get("data", {})
            drawn = any(kind == "text/html" or kind.startswith("image/") for kind in data)
            stays = MIME not in data and (drawn or keeps_text)
            (shown if stays else folded).append(output)
        return cls(cell, tuple(shown), tuple(folded))

    @property
    def id(self) -> str:
        """The cell's id, made from its content."""
        return self.cell["id"]

    @property
    def tags(self) -> list[str]:
        """The cell's tags."""
        return self.cell["metadata"].get("tags", [])

    @property
    def open(self) -> bool:
        """Whether the code itself is the lesson and stays."""
        return SHOW in self.tags

    @property
    def source(self) -> str:
        """The code."""
        source = self.cell["source"]
        return source if isinstance(source, str) else "".join(source)

    @property
    def numbers(self) -> int:
        """How many numbers the cell works out."""
        return sum(len(output.get("data", {}).get(MIME, ())) for output in self.folded)

    @property
    def kind(self) -> str:
        """What the first result that shows is: a table, a picture, a quiz; "" where none shows."""
        if not self.shown:
            return ""
        if MEASURED in self.tags:
            return "measured"
        html = "".join(self.shown[0].get("data", {}).get("text/html", "")) or "<img" * (
            "text" not in self.shown[0] and "text/plain" not in self.shown[0].get("data", {})
        )
        widget = WIDGET.search(html)
        if widget:
            return widget[1] if widget[1] in MADE else "widget"
        return next((kind for kind, sign in KINDS.items() if re.search(sign, html)), "text")

    def results(self) -> dict[str, Any]:
        """Return the cell as it stays on the page: its results, and its code where that is open."""
        tags = self.tags if self.open else [*self.tags, WITHOUT_CODE]
        return self._cell("out", self.source if self.open else "", self.shown, tags=tags)

    def behind(self, fold: dict[str, Any]) -> dict[str, Any]:
        """Return the cell as it stands in a fold: its code unless that is open, and its numbers."""
        tags = [*self.tags, WITHOUT_CODE] if self.open else self.tags
        cell = self._cell("in", "" if self.open else self.source, self.folded, tags=tags)
        cell["metadata"]["fold"] = {**fold, "cell": self.id}
        return cell

    def _cell(
        self, suffix: str, source: str, outputs: Sequence[dict[str, Any]], *, tags: list[str]
    ) -> dict[str, Any]:
        plain = [
            {**output, "data": {k: v for k, v in output["data"].items() if k != MIME}}
            if "data" in output
            else output
            for output in outputs
        ]
        return {
            **self.cell,
            "id": f"{self.id}-{suffix}",
            "source": source or "...",  # myst-nb drops a cell without text, results and all
            "outputs": plain,
            "metadata": {**self.cell["metadata"], "tags": tags},
        }


def label(parts: Sequence[Part]) -> str:
    """Say in a few words what a fold holds: "how this table was made · 4 numbers worked out"."""
    kinds = [part.kind for part in parts if part.kind and not part.open]
    words = []
    for kind in dict.fromkeys(kinds):
        one, several = MADE[kind]
        words.append(several if kinds.count(kind) > 1 else one)
    numbers = sum(part.numbers for part in parts)
    if numbers:
        words.append(f"{numbers} number{'s' if numbers > 1 else ''} worked out")
    if not words:
        printed = any(part.folded for part in parts)
        words.append("code and what it prints" if printed else _silent(parts))
    return " · ".join(words)


def _silent(parts: Sequence[Part]) -> str:
    """Name code that shows nothing: a check, or what later cells need."""
    checks = [
        isinstance(node, ast.Assert)
        for part in parts
        for node in ast.parse(without_magics(part.source)).body
        if not isinstance(node, ast.Import | ast.ImportFrom)
    ]
    return "a check" if checks and all(checks) else "set-up"
