"""The student notebooks, the class build, and Colab's constraints."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import pytest

from exercises import build
from tokenworks.checks.grader import questions
from tools import notebook
from tools.repository import ROOT

SEED = "a seed that only this test knows 4711"
each_source = pytest.mark.parametrize("source", build.SOURCES, ids=lambda path: path.stem)


def _student_text(source: Path) -> str:
    return (ROOT / "exercises" / f"{source.stem}.ipynb").read_text(encoding="utf-8")


@each_source
def test_committed_notebook_equals_its_derivation(source: Path):
    derived = notebook.dumps(build.student(source))
    assert _student_text(source) == derived
    assert derived == notebook.dumps(build.student(source))
    nbformat.validate(nbformat.reads(derived, as_version=4))


def test_check_mode_accepts_what_is_committed():
    command = [sys.executable, "-m", "exercises.build", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@each_source
def test_student_notebook_holds_no_solution(source: Path):
    code = source.read_text(encoding="utf-8")
    blocks = [match.group(0).splitlines()[1:-1] for match in build.SOLUTION.finditer(code)]
    assert len(blocks) == len(questions(source.stem[:2])) >= 4
    student = _student_text(source)
    lines = {line.strip() for block in blocks for line in block if len(line.strip()) > 8}
    assert lines
    assert [line for line in lines if line in student] == []
    assert "SOLUTION" not in student
    assert "hidden" not in student.lower()
    assert "otter" not in student


@each_source
def test_every_question_has_text_stub_with_size_and_check(source: Path):
    cells = build.student(source).cells
    for question in questions(source.stem[:2]).values():
        at = next(i for i, c in enumerate(cells) if f'check("{question.id}",' in c.source)
        assert cells[at - 2].source.startswith(f"## {question.id} {question.title}\n")
        assert "Example: " in cells[at - 2].source
        assert f"    # {question.size_hint}\n    ..." in cells[at - 1].source


@each_source
def test_size_hints_fit_the_solutions(source: Path):
    code = source.read_text(encoding="utf-8")
    hints = [int(number) for number in re.findall(r"# about (\d+) lines?\n", code)]
    blocks = [match.group(0).splitlines()[1:-1] for match in build.SOLUTION.finditer(code)]
    for hint, block in zip(hints, blocks, strict=True):
        lines = [line for line in block if line.strip()]
        assert abs(len(lines) - hint) <= 1


@each_source
def test_source_is_formatted_py_percent(source: Path):
    cells = jupytext.read(source, fmt="py:percent").cells
    assert {cell.cell_type for cell in cells} == {"markdown", "code"}
    assert build.stripped("    # BEGIN SOLUTION\n    x = 1\n    # END SOLUTION") == "    ..."


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
    work.mkdir()
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


@each_source
def test_colab_runs_solutions_and_stubs(source: Path, tmp_path: Path):
    (tmp_path / "a").mkdir()
    installed, reports = _in_colab(build.solved(source), tmp_path / "a")
    assert installed == [f'install -q "{notebook.package()} @ {notebook.origin()}"']
    ids = list(questions(source.stem[:2]))
    assert reports == [[question_id, True, ""] for question_id in ids]
    (tmp_path / "b").mkdir()
    _, reports = _in_colab(build.student(source), tmp_path / "b")
    assert reports == [[question_id, False, "not yet written"] for question_id in ids]


def _grade(submission: Path, zipped: Path, folder: Path) -> dict[str, Any]:
    """Run `otter run` as the README tells a teacher to: with limits, in a process of its own."""
    folder.mkdir()
    otter = [sys.executable, "-m", "otter", "run", "-a", zipped, "-o", folder, "--no-logo"]
    done = subprocess.run(
        ["prlimit", "--cpu=300", "--fsize=100000000", "timeout", "300", *otter, submission],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "results.json").read_text(encoding="utf-8"))


def _points(results: dict[str, Any]) -> dict[str, float]:
    return {t["name"]: t["score"] for t in results["tests"] if "score" in t}


@pytest.mark.timeout(600)
@each_source
def test_otter_grades_solution_full_and_stub_zero(source: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("TOKENWORKS_HIDDEN_SEED", SEED)
    folder = build.assign(source, tmp_path / "dist")
    monkeypatch.delenv("TOKENWORKS_HIDDEN_SEED")  # the grading machine has only the zip
    ids = [f"q{question_id.replace('.', '_')}" for question_id in questions(source.stem[:2])]
    student = {path.name: path.read_text(encoding="utf-8") for path in _files(folder / "student")}
    assert sorted(student) == sorted([f"{source.stem}.ipynb", *(f"{id}.py" for id in ids)])
    assert not any(SEED in text or "hidden=True" in text for text in student.values())
    (zipped,) = (folder / "autograder").glob("*.zip")
    with zipfile.ZipFile(zipped) as archive:
        assert archive.read("files/hidden_seed.txt").decode().strip() == SEED
        tests = [archive.read(f"tests/{id}.py").decode() for id in ids]
    assert all(text.count("OK_FORMAT = False") == 1 for text in tests)
    assert all(text.count(".require()") == 2 for text in tests)
    submission = tmp_path / f"{source.stem}.ipynb"
    nbformat.write(build.solved(source), submission)
    solved = _grade(submission, zipped, tmp_path / "solved")
    assert _points(solved) == dict.fromkeys(ids, 2.0)
    submission.write_text(_student_text(source), encoding="utf-8")  # no otter in this notebook
    stubs = _grade(submission, zipped, tmp_path / "stubs")
    assert _points(stubs) == dict.fromkeys(ids, 0.0)
    assert "not yet written" in json.dumps(stubs)
    assert SEED not in json.dumps(stubs)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_class_build_asks_for_a_seed(tmp_path: Path, monkeypatch):
    monkeypatch.delenv("TOKENWORKS_HIDDEN_SEED", raising=False)
    with pytest.raises(SystemExit, match="set TOKENWORKS_HIDDEN_SEED"):
        build.assign(build.SOURCES[0], tmp_path / "dist")
    assert not (tmp_path / "dist").exists()
