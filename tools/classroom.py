"""What a teacher does with the exercises: build them for Otter and Gradescope, grade a folder.

    python -m tools.classroom build           exercises/dist/, for Otter and Gradescope (make class)
    python -m tools.classroom grade FOLDER    each notebook of a folder, here (make grade)

The seed of the hidden cases is the teacher's: TOKENWORKS_HIDDEN_SEED, a text that nobody guesses.
It goes into exercises/dist/ alone, which is never committed.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_raw_cell

from tokenworks.checks.catalogue import chapters, exercises
from tokenworks.checks.exercise import Exercise
from tokenworks.checks.hidden import SEED_FILE, SEED_VARIABLE
from tools import notebook
from tools.exercises import FOLDER, opening, solution, stem, task
from tools.grading import Result, grade

DIST = FOLDER / "dist"
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
# The checks are imported afresh: what a submission has put in their place is thrown away.
TEST = """{mark}def test_{kind}({name}):
    import sys
    for module in [name for name in sys.modules if name.split(".")[0] == "tokenworks"]:
        del sys.modules[module]
    from tokenworks.checks import check
    check("{id}", {name}{hidden}).require()"""


def master(chapter: str) -> nbformat.NotebookNode:
    """Return the notebook for `otter assign`: a public and a hidden test for each exercise."""
    package = f"{notebook.package()} @ {notebook.origin()}"
    cells = [new_raw_cell(CONFIG.format(package=package, seed_file=SEED_FILE)), *opening(chapter)]
    for exercise in exercises(chapter).values():
        cells += _question(exercise)
    return nbformat.v4.new_notebook(cells=cells, metadata=notebook.METADATA)


def _question(exercise: Exercise) -> list[nbformat.NotebookNode]:
    fields = {"id": exercise.id, "name": exercise.name}
    public = TEST.format(kind="public", mark="", hidden="", **fields)
    hidden = TEST.format(kind="hidden", mark="# HIDDEN\n", hidden=", hidden=True", **fields)
    return [
        new_raw_cell(f"# BEGIN QUESTION\nname: {otter_name(exercise.id)}\npoints: [1, 1]"),
        task(exercise),
        new_raw_cell("# BEGIN SOLUTION"),
        new_code_cell(solution(exercise)),
        new_raw_cell("# END SOLUTION"),
        new_raw_cell("# BEGIN TESTS"),
        new_code_cell(public),
        new_code_cell(hidden),
        new_raw_cell("# END TESTS"),
        new_raw_cell("# END QUESTION"),
    ]


def otter_name(exercise_id: str) -> str:
    """Return the name of an exercise that Otter takes, such as "q05_1"."""
    return f"q{exercise_id.replace('.', '_')}"


def seed() -> str:
    """Return the teacher's seed; without one the command ends and says what to do."""
    value = os.environ.get(SEED_VARIABLE, "").strip()
    if not value:
        raise SystemExit(f"set {SEED_VARIABLE} to a text that only the teacher knows")
    return value


def assign(chapter: str, target: Path) -> Path:
    """Run `otter assign` on a chapter; return the folder with student/ and autograder/."""
    text = seed()
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    (target / SEED_FILE).write_text(text + "\n", encoding="utf-8")
    nbformat.write(master(chapter), target / f"{stem(chapter)}.ipynb")
    command = [sys.executable, "-m", "otter", "assign", f"{stem(chapter)}.ipynb", "otter"]
    subprocess.run(command, cwd=target, check=True)
    return target / "otter"


def grade_folder(folder: Path, results: Path) -> list[Result]:
    """Grade every notebook of a folder; write a text for each into `results`, and a table of all.

    The table is whole after each of them, so that a run that is interrupted loses nothing.
    """
    submissions = sorted(folder.glob("*.ipynb"))
    if not submissions:
        raise SystemExit(f"{folder} holds no notebooks (*.ipynb)")
    seed()
    results.mkdir(parents=True, exist_ok=True)
    graded = []
    for submission in submissions:
        result = grade(submission)
        graded.append(result)
        _write(results / f"{submission.stem}.txt", result.told)
        _write(results / "results.csv", table(graded))
        print(_printable(f"{submission.name}: {result.summary}"), flush=True)
    return graded


def table(graded: Sequence[Result]) -> str:
    """Return results as CSV, a column for each exercise that one of them has."""
    ids = sorted({id for result in graded for id in result.points})
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow(["submission", "points", "of", *ids, "no result", "look at"])
    for result in graded:
        points = [result.points.get(id, "") for id in ids]
        look = "; ".join(result.look_at)
        rows.writerow([result.name, result.total, result.most, *points, result.failure, look])
    return text.getvalue()


def _write(target: Path, text: str) -> None:
    """Write a file that is whole whenever it is there; what no encoding has is written as \\u…."""
    part = target.with_suffix(".part")
    part.write_bytes(text.encode("utf-8", "backslashreplace"))
    part.replace(target)


def _printable(text: str) -> str:
    """Return a text as the terminal can show it."""
    return text.encode(sys.stdout.encoding, "backslashreplace").decode(sys.stdout.encoding)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="build exercises/dist/ for Otter and Gradescope")
    folder = commands.add_parser("grade", help="grade each notebook of a folder")
    folder.add_argument("folder", type=Path)
    folder.add_argument("--results", type=Path, default=Path("results"), help="default: results/")
    arguments = parser.parse_args()
    if arguments.command == "build":
        seed()
        for chapter in chapters():
            print(assign(chapter, DIST / stem(chapter)))
        return
    graded = grade_folder(arguments.folder, arguments.results)
    failed = [result.name for result in graded if result.failure]
    count = f"{len(graded)} submissions in {arguments.results / 'results.csv'}"
    print(f"{count}, {len(failed)} of them without a result")
    for name in failed:
        print(_printable(f"  {name}"))


if __name__ == "__main__":
    main()
