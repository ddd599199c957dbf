"""The build for Otter and Gradescope: what is in it, and that Otter grades with it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell
from submissions import CHAPTER, FAKE

from tokenworks.checks.catalogue import chapters, exercises
from tools import classroom
from tools.exercises import answered, stem, student
from tools.repository import ROOT

SEED = "a seed that only this test knows 4712"


@pytest.mark.parametrize("chapter", chapters())
def test_the_master_has_two_tests_an_exercise(chapter: str):
    cells = classroom.master(chapter).cells
    tests = [c.source for c in cells if "def test_" in c.source]
    assert len(tests) == 2 * len(exercises(chapter))
    assert sum(test.startswith("# HIDDEN\n") for test in tests) == len(exercises(chapter))
    for exercise in exercises(chapter).values():
        assert sum(f'check("{exercise.id}", {exercise.name}' in test for test in tests) == 2
    solved = [c.source for c in cells if "# BEGIN SOLUTION\n" in c.source]
    assert len(solved) == len(exercises(chapter))


def _assigned(chapter: str, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run `otter assign`, which runs the solutions too, and look at what it made."""
    with monkeypatch.context() as teacher:  # the grading machine has only the zip
        teacher.setenv("TOKENWORKS_HIDDEN_SEED", SEED)
        folder = classroom.assign(chapter, target)
    ids = [classroom.otter_name(id) for id in exercises(chapter)]
    files = [path for path in (folder / "student").rglob("*") if path.is_file()]
    shown = {path.name: path.read_text(encoding="utf-8") for path in files}
    assert sorted(shown) == sorted([f"{stem(chapter)}.ipynb", *(f"{id}.py" for id in ids)])
    assert not any(SEED in text or "hidden=True" in text for text in shown.values())
    (zipped,) = (folder / "autograder").glob("*.zip")
    with zipfile.ZipFile(zipped) as archive:
        assert archive.read("files/hidden_seed.txt").decode().strip() == SEED
        names = [name for name in archive.namelist() if name.startswith("tests/")]
        assert sorted(names) == sorted(f"tests/{id}.py" for id in ids)
        tests = [archive.read(name).decode() for name in names]
    assert all(text.count("OK_FORMAT = False") == 1 for text in tests)
    assert all(text.count(".require()") == 2 for text in tests)


@pytest.mark.parametrize("chapter", [chapter for chapter in chapters() if chapter != CHAPTER])
def test_otter_takes_every_master(chapter: str, tmp_path: Path, monkeypatch):
    _assigned(chapter, tmp_path / "dist", monkeypatch)


def _otter_run(book: nbformat.NotebookNode, name: str, root: Path) -> dict[str, Any]:
    """Grade a notebook as exercises/README.md tells a teacher to."""
    page = (ROOT / "exercises" / "README.md").read_text(encoding="utf-8")
    (told,) = re.findall(r"```sh\n([^`]* -m otter run [^`]*)```", page)
    nbformat.write(book, root / "submissions" / f"{name}.ipynb")
    command = ["bash", "-c", told.replace("NAME", name)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads((root / "results" / "results.json").read_text(encoding="utf-8"))


def _points(results: dict[str, Any]) -> dict[str, float]:
    return {t["name"]: t["score"] for t in results["tests"] if "score" in t}


def test_otter_grades_solution_full_and_fakes_zero(tmp_path: Path, monkeypatch):
    _assigned(CHAPTER, tmp_path / "exercises" / "dist" / stem(CHAPTER), monkeypatch)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "submissions").mkdir()
    ids = [classroom.otter_name(id) for id in exercises(CHAPTER)]
    solved = _otter_run(answered(CHAPTER), "solved", tmp_path)
    assert _points(solved) == dict.fromkeys(ids, 2.0)
    fake = student(CHAPTER)  # no otter in this notebook
    fake.cells.insert(2, new_code_cell(FAKE))
    stubs = _otter_run(fake, "stubs", tmp_path)
    assert _points(stubs) == dict.fromkeys(ids, 0.0)
    assert "not yet written" in json.dumps(stubs)
    assert SEED not in json.dumps(stubs)
