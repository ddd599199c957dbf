"""How long a chapter takes, counted from its text: words, lines of code, exercises.

The rates stand here and nowhere else. Nothing that the build writes is counted, so the minutes
do not depend on themselves.
"""

from __future__ import annotations

import re

import nbformat

from tokenworks.checks.catalogue import chapters
from tools.contents import Chapter

WORDS_A_MINUTE = 200  # adults read 238 of easy prose (doi 10.1016/j.jml.2019.104047); formulas slow
CODE_LINES_A_MINUTE = 12  # five seconds to read a line and to look at what it prints
WORD = re.compile(r"\w[\w'’.,%-]*")
MARKUP = re.compile(r"\]\([^)]*\)|<[^>]*>")


def reading_minutes(cells: list[nbformat.NotebookNode]) -> int:
    """Return the minutes for the prose alone."""
    prose = " ".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return max(1, round(len(WORD.findall(MARKUP.sub(" ", prose))) / WORDS_A_MINUTE))


def notebook_minutes(cells: list[nbformat.NotebookNode], stem: str) -> int:
    """Return the minutes for prose, code and exercises, in steps of five."""
    code = [line for cell in cells if cell.cell_type == "code" for line in cell.source.splitlines()]
    reading = sum(1 for line in code if line.strip()) / CODE_LINES_A_MINUTE
    solving = sum(part.MINUTES for part in chapters().values() if stem == part.CHAPTER)
    return 5 * round((reading_minutes(cells) + reading + solving) / 5)


def kicker(chapter: Chapter, cells: list[nbformat.NotebookNode], stem: str) -> str:
    """Write the line under a chapter's title: its part, and how long it takes."""
    read, worked = reading_minutes(cells), notebook_minutes(cells, stem)
    return f"{chapter.part} · {read} min read, {worked} min with the notebook"
