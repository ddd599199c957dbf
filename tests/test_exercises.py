"""The student notebooks: derived from the package, free of answers, and at home in Colab."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

import tools.exercises
from tokenworks.checks.catalogue import chapters, exercises
from tokenworks.checks.source import body_lines
from tools import notebook
from tools.exercises import (
    FOLDER,
    answered,
    check_call,
    introduction,
    main,
    notebooks,
    stem,
    student,
)
from tools.repository import ROOT

each_chapter = pytest.mark.parametrize("chapter", chapters())


def _text(chapter: str) -> str:
    return (FOLDER / f"{stem(chapter)}.ipynb").read_text(encoding="utf-8")


def test_each_chapter_has_its_exercises_and_no_other():
    stems = [path.stem for path in sorted((ROOT / "chapters").glob("[0-9][0-9]-*.md"))]
    assert [stem(chapter) for chapter in chapters()] == stems
    assert [path.stem for path in notebooks()] == stems


@each_chapter
def test_committed_notebook_equals_its_derivation(chapter: str):
    derived = notebook.dumps(student(chapter))
    assert _text(chapter) == derived
    nbformat.validate(nbformat.reads(derived, as_version=4))


@each_chapter
def test_student_notebook_holds_no_solution(chapter: str):
    shown = _text(chapter)
    solutions = [
        line.strip() for e in exercises(chapter).values() for line in body_lines(e.solution)
    ]
    long = [line for line in solutions if len(line) > 8]
    assert long
    assert [line for line in long if json.dumps(line)[1:-1] in shown] == []
    assert "SOLUTION" not in shown
    assert "hidden" not in shown.lower()
    assert "otter" not in shown


@each_chapter
def test_every_exercise_has_text_stub_with_size_and_check(chapter: str):
    cells = student(chapter).cells
    for exercise in exercises(chapter).values():
        at = next(i for i, cell in enumerate(cells) if cell.source == check_call(exercise))
        assert cells[at - 2].source.startswith(f"## {exercise.id} {exercise.title}\n")
        assert "\n\nExample" in cells[at - 2].source
        assert f"    # {exercise.size_hint}\n    ..." in cells[at - 1].source
        assert len(exercise.title) < 60


@each_chapter
def test_a_notebook_begins_without_saying_anything_twice(chapter: str):
    sentences = " ".join(introduction(chapter).split()).split(". ")
    assert len(sentences) == len(set(sentences))


def test_check_mode_finds_a_notebook_that_is_not_as_derived(tmp_path: Path, monkeypatch):
    for path in notebooks():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(tools.exercises, "FOLDER", tmp_path)
    monkeypatch.setattr(sys, "argv", ["exercises", "--check"])
    main()
    one = tmp_path / f"{stem('05')}.ipynb"
    one.write_text(one.read_text(encoding="utf-8").replace("64 bytes", "72 bytes"))
    (tmp_path / "99-odd.ipynb").write_text("{}")
    with pytest.raises(SystemExit) as error:
        main()
    told = str(error.value).splitlines()
    assert told[0] == f"{one.name} was not made from its exercises as they are"
    assert told[1:] == ["run `make exercises`", "99-odd.ipynb has no exercises: remove it"]


def test_no_notebook_is_made_with_an_example_that_is_wrong(monkeypatch):
    monkeypatch.setattr(tools.exercises, "misprints", lambda exercise: [f"{exercise.id} is off"])
    with pytest.raises(SystemExit, match=r"05\.1: 05\.1 is off"):
        student("05")


COLAB = """
import json, sys, types
colab = sys.modules["google.colab"] = types.ModuleType("google.colab")
colab.output = types.ModuleType("google.colab.output")  # JAX looks for it
from IPython.core.interactiveshell import InteractiveShell
shell, installed, reports = InteractiveShell.instance(), [], []
shell.register_magic_function(lambda line: installed.append(line), "line", "pip")
for source in json.load(sys.stdin):
    done = shell.run_cell(source)
    done.raise_error()
    if done.result is not None:
        html = done.result._repr_html_()
        assert "<script" not in html and 'class="tw-check' in html
        reports.append([done.result.id, done.result.passed, done.result.misconception])
print("\\n" + json.dumps([installed, reports]))
"""


def _in_colab(book: nbformat.NotebookNode, folder: Path) -> tuple[list[str], list[list[Any]]]:
    """Run a notebook's cells as Colab does: the file is not there, the folder is empty."""
    cells = [cell.source for cell in book.cells if cell.cell_type == "code"]
    environment = {**os.environ, "IPYTHONDIR": str(folder / "ipython"), "JAX_PLATFORMS": "cpu"}
    work = folder / "content"
    work.mkdir(parents=True)
    done = subprocess.run(
        [sys.executable, "-P", "-c", COLAB],
        input=json.dumps(cells),
        cwd=work,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert list(work.iterdir()) == []
    installed, reports = json.loads(done.stdout.splitlines()[-1])
    return installed, reports


@each_chapter
def test_colab_runs_solutions_and_stubs(chapter: str, tmp_path: Path):
    installed, reports = _in_colab(answered(chapter), tmp_path / "a")
    assert installed == [f'install -q "tokenworks @ {notebook.origin()}"']
    ids = list(exercises(chapter))
    assert reports == [[exercise_id, True, ""] for exercise_id in ids]
    _, reports = _in_colab(student(chapter), tmp_path / "b")
    assert reports == [[exercise_id, False, "not yet written"] for exercise_id in ids]
