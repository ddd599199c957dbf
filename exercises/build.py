"""Derive everything a learner or a class needs from the solved exercises in src/NN-name.py.

    python -m exercises.build            write the student notebooks NN-name.ipynb (make exercises)
    python -m exercises.build --check    only compare source and notebook
    python -m exercises.build --otter    also build dist/: for otter and Gradescope; needs a seed

The seed of the hidden cases is the teacher's: TOKENWORKS_HIDDEN_SEED, a text that nobody guesses.
It goes into dist/ alone, which is never committed.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat

from tools import notebook
from tools.repository import ROOT

SOURCES = sorted((ROOT / "exercises" / "src").glob("[0-9][0-9]-*.py"))
DIST = ROOT / "exercises" / "dist"
SEED_VARIABLE, SEED_FILE = "TOKENWORKS_HIDDEN_SEED", "hidden_seed.txt"
SOLUTION = re.compile(r"^( *)# BEGIN SOLUTION\n.*?# END SOLUTION$", re.MULTILINE | re.DOTALL)
CHECK = re.compile(r'check\("(?P<id>\d\d\.\d)", (?P<name>\w+)\)')

CONFIG = """# ASSIGNMENT CONFIG
init_cell: true
check_all_cell: false
export_cell: false
run_tests: true
requirements:
  - {package}
autograder_files:
  - {seed_file}
tests:
  files: true
  ok_format: false
"""
TEST = """{mark}def test_{kind}({name}):
    from tokenworks.checks import check
    check("{id}", {name}{hidden}).require()"""


def stripped(code: str) -> str:
    """Replace every solution by dots at its own depth."""
    return SOLUTION.sub(r"\1...", code)


def solved(source: Path) -> nbformat.NotebookNode:
    """Read a source as a notebook that still holds the solutions, with badge and bootstrap."""
    cells = jupytext.read(source, fmt="py:percent").cells
    cells = notebook.opened(cells, f"exercises/{source.stem}.ipynb")
    for cell, name in zip(cells, notebook.cell_ids(stripped(c.source) for c in cells), strict=True):
        cell.id = name
        cell.metadata = {}
    return nbformat.v4.new_notebook(cells=cells, metadata=notebook.METADATA)


def student(source: Path) -> nbformat.NotebookNode:
    """Derive the student notebook: the same cells with the solutions taken out."""
    book = solved(source)
    for cell in book.cells:
        cell.source = stripped(cell.source)
    return book


def master(source: Path) -> nbformat.NotebookNode:
    """Derive the notebook that `otter assign` reads: each check cell becomes two tests."""
    book = solved(source)
    package = f"{notebook.package()} @ {notebook.origin()}"
    cells = [_raw(CONFIG.format(package=package, seed_file=SEED_FILE))]
    waiting: list[nbformat.NotebookNode] = []
    for cell in book.cells:
        found = CHECK.fullmatch(cell.source.strip())
        if found:
            cells += _question(waiting, found["id"], name=found["name"])
            waiting = []
        elif waiting or cell.source.startswith("## "):
            waiting.append(cell)
        else:
            cells.append(cell)
    return nbformat.v4.new_notebook(cells=cells, metadata=book.metadata)


def _question(
    cells: list[nbformat.NotebookNode], question_id: str, *, name: str
) -> list[nbformat.NotebookNode]:
    text, code = cells
    fields = {"id": question_id, "name": name}
    public = TEST.format(kind="public", mark="", hidden="", **fields)
    hidden = TEST.format(kind="hidden", mark="# HIDDEN\n", hidden=", hidden=True", **fields)
    return [
        _raw(f"# BEGIN QUESTION\nname: q{question_id.replace('.', '_')}\npoints: [1, 1]"),
        text,
        _raw("# BEGIN SOLUTION"),
        code,
        _raw("# END SOLUTION"),
        _raw("# BEGIN TESTS"),
        nbformat.v4.new_code_cell(public),
        nbformat.v4.new_code_cell(hidden),
        _raw("# END TESTS"),
        _raw("# END QUESTION"),
    ]


def _raw(text: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_raw_cell(text)


def assign(source: Path, target: Path) -> Path:
    """Run `otter assign` on a source and return the folder with student/ and autograder/."""
    seed = os.environ.get(SEED_VARIABLE)
    if not seed:
        raise SystemExit(f"set {SEED_VARIABLE} to a text that only the teacher knows")
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    (target / SEED_FILE).write_text(seed + "\n", encoding="utf-8")
    nbformat.write(master(source), target / f"{source.stem}.ipynb")
    command = [sys.executable, "-m", "otter", "assign", f"{source.stem}.ipynb", "otter"]
    subprocess.run(command, cwd=target, check=True)
    return target / "otter"


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare only, write nothing")
    parser.add_argument("--otter", action="store_true", help="also build dist/ for a class")
    arguments = parser.parse_args()
    stale = []
    for source in SOURCES:
        target = ROOT / "exercises" / f"{source.stem}.ipynb"
        text = notebook.dumps(student(source))
        if not arguments.check:
            target.write_text(text, encoding="utf-8")
        elif not target.exists() or target.read_text(encoding="utf-8") != text:
            stale.append(f"{target.name} was not made from src/{source.name} as it is")
        if arguments.otter:
            assign(source, DIST / source.stem)
    if stale:
        sys.exit("\n".join([*stale, "run `make exercises`"]))


if __name__ == "__main__":
    main()
