"""Derive the student notebooks from the exercises in the package.

python -m tools.exercises            write exercises/NN-name.ipynb (make exercises)
python -m tools.exercises --check    only compare exercise and notebook
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell

from tokenworks.checks.catalogue import chapters, exercises
from tokenworks.checks.example import misprints
from tokenworks.checks.exercise import Exercise
from tokenworks.checks.source import solved
from tools import notebook
from tools.repository import ROOT

FOLDER = ROOT / "exercises"
COUNTS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")
INTRO = """# Exercises {number}: {title}

{count} functions. {intro} About {minutes} minutes.

Replace the dots in a function, run its cell, then run the `check` cell below it. The check tries
your function on a few cases. It says how far off it is, and which mistake it looks like. Plain
Python is enough, and NumPy is fine. Do not change arguments, and return the answer instead of
printing it. A call that never ends is stopped after five seconds."""


def stem(chapter: str) -> str:
    """Return the name of a chapter's notebook without its ending, from its number."""
    return chapters()[chapter].CHAPTER


def student(chapter: str) -> nbformat.NotebookNode:
    """Return the notebook that a learner starts from."""
    return _book(chapter, lambda exercise: exercise.stub)


def answered(chapter: str) -> nbformat.NotebookNode:
    """Return the notebook with the solutions in it."""
    return _book(chapter, solution)


def solution(exercise: Exercise) -> str:
    """Return the code of a solved exercise, as a notebook has it."""
    return solved(exercise.solution, f"{exercise.title}.", exercise.size_hint)


def check_call(exercise: Exercise) -> str:
    """Return the code of the cell that checks an exercise."""
    return f'check("{exercise.id}", {exercise.name})'


def _book(chapter: str, code: Callable[[Exercise], str]) -> nbformat.NotebookNode:
    known = exercises(chapter)
    wrong = {id: found for id, exercise in known.items() if (found := misprints(exercise))}
    if wrong:
        raise SystemExit(
            "\n".join(f"{id}: {told}" for id, found in wrong.items() for told in found)
        )
    cells = opening(chapter)
    for exercise in known.values():
        cells += [task(exercise), new_code_cell(code(exercise))]
        cells.append(new_code_cell(check_call(exercise)))
    for cell, name in zip(cells, notebook.cell_ids(c.source for c in cells), strict=True):
        cell.id = name
    return nbformat.v4.new_notebook(cells=cells, metadata=notebook.METADATA)


def opening(chapter: str) -> list[nbformat.NotebookNode]:
    """Return the cells before the first exercise: introduction, bootstrap, import."""
    cells = [
        new_markdown_cell(introduction(chapter)),
        new_code_cell("from tokenworks.checks import check"),
    ]
    return notebook.opened(cells, f"exercises/{stem(chapter)}.ipynb", extras=())


def task(exercise: Exercise) -> nbformat.NotebookNode:
    """Return the cell that says what to write."""
    return new_markdown_cell(f"## {exercise.id} {exercise.title}\n\n{exercise.task}")


def introduction(chapter: str) -> str:
    """Write a notebook's first cell from the docstring of the chapter's package."""
    return INTRO.format(number=chapter, **introduced(chapter))


def introduced(chapter: str) -> dict[str, str | int]:
    """Return what the docstring of the chapter's package says: title, count, intro, minutes."""
    package = chapters()[chapter]
    title, _, intro = (package.__doc__ or "").strip().partition("\n")
    return {
        "title": title.removesuffix("."),
        "count": COUNTS[len(exercises(chapter))],
        "intro": intro.strip(),
        "minutes": package.MINUTES,
    }


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare only, write nothing")
    arguments = parser.parse_args()
    stale = []
    for chapter in chapters():
        target = FOLDER / f"{stem(chapter)}.ipynb"
        text = notebook.dumps(student(chapter))
        if not arguments.check:
            target.write_text(text, encoding="utf-8")
        elif not target.exists() or target.read_text(encoding="utf-8") != text:
            stale.append(f"{target.name} was not made from its exercises as they are")
    if stale:
        stale.append("run `make exercises`")
    wanted = {f"{stem(chapter)}.ipynb" for chapter in chapters()}
    odd = [path.name for path in notebooks() if path.name not in wanted]
    if told := [*stale, *(f"{name} has no exercises: remove it" for name in odd)]:
        sys.exit("\n".join(told))


def notebooks() -> list[Path]:
    """List the committed student notebooks."""
    return sorted(FOLDER.glob("[0-9][0-9]-*.ipynb"))


if __name__ == "__main__":
    main()
