"""The teacher's path: a folder of submissions graded here, and the build for Otter."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tokenworks.checks.catalogue import chapters, exercises
from tools import classroom, grading, notebook
from tools.exercises import answered, stem, student
from tools.repository import ROOT

SEED = "a seed that only this test knows 4711"
CHAPTER = "05"
FULL = 2 * len(exercises(CHAPTER))


def _with(code: str, at: int = 2) -> Callable[[], nbformat.NotebookNode]:
    """Return a maker of the solved notebook with one more cell."""

    def make() -> nbformat.NotebookNode:
        book = answered(CHAPTER)
        book.cells.insert(at, new_code_cell(code))
        return book

    return make


def _edited(old: str, new: str) -> Callable[[], nbformat.NotebookNode]:
    def make() -> nbformat.NotebookNode:
        book = answered(CHAPTER)
        (cell,) = [c for c in book.cells if old in c.source and c.cell_type == "code"]
        cell.source = cell.source.replace(old, new)
        return book

    return make


FAKE = """
import tokenworks.checks, tokenworks.checks.grader, tokenworks.checks.plain as plain
class Yes:
    passed = True
    def require(self): pass
tokenworks.checks.check = tokenworks.checks.grader.check = lambda *_, **__: Yes()
plain.same = lambda *_: True
"""
STOLEN = """
from tokenworks.checks.catalogue import exercises
kv_bytes_per_token = exercises("05")["05.1"].solution
"""
SUBMISSIONS: dict[str, tuple[Callable[[], Any], int | str]] = {  # points, or why there are none
    "solution": (lambda: answered(CHAPTER), FULL),
    "stub": (lambda: student(CHAPTER), 0),
    "one layer": (_edited("2 * n_layers * n_kv", "2 * n_kv"), FULL - 2),
    "all heads": (_edited("n_layers * n_kv_heads", "n_layers * n_heads"), FULL - 2),
    "public cases only": (
        _edited(
            "return 2 * n_layers * n_kv_heads * d_head * bits_per_value / 8",
            "return {80: 327680, 32: 65536, 30: 46080, 126: 129024}[n_layers]",
        ),
        FULL - 1,
    ),
    "syntax error": (_edited("return 2 * n_layers", "return 2 * * n_layers"), FULL - 2),
    "renamed": (_edited("def kv_bytes_per_token", "def kv_bytes"), FULL - 2),
    "raises": (_edited("return 2 * n_layers", "raise ValueError(n_layers)  # "), FULL - 2),
    "never ends": (_edited("return 2 * n_layers", "while True: pass  # "), FULL - 2),
    "cell that raises": (_with("1 / 0"), FULL),
    "cell that exits": (_with("import sys; sys.exit(0)"), FULL),
    "cell that prints": (_with("for _ in range(10**5): print('x' * 100)"), FULL),
    "cell that draws": (_with("%matplotlib inline\n!ls\nx = 1"), FULL),
    "cell that reads": (_with("input('?')"), FULL),
    "another answer last": (_with("def tokens_kept(*_): return 0", at=-1), FULL - 2),
    "numpy": (
        _edited("return 2 * n_layers", "import numpy as np\n    return np.float64(2) * n_layers"),
        FULL,
    ),
    "fake checks": (
        lambda: _mixed(_with(FAKE)(), "return 2 * n_layers", "return 3 * n_layers"),
        FULL - 2,
    ),
    "stolen": (_with(STOLEN, at=-1), FULL),
    "leaves a process": (_with("import subprocess; subprocess.Popen(['sleep', '600'])"), FULL),
    "seed in the environment": (
        _with("import os\nassert 'TOKENWORKS_HIDDEN_SEED' not in os.environ\nTOLD = 1"),
        FULL,
    ),
    "dies": (_with("import os; os._exit(0)"), "its process ended before every exercise was tried"),
    "sleeps": (_with("import time; time.sleep(600)"), "no answer within 8 seconds"),
    "other notebook": (lambda: new_notebook(cells=[new_code_cell("1")]), "no exercise"),
    "not a notebook": (lambda: "hello", "JSON"),
    "empty": (lambda: "", "JSON"),
}


def _mixed(book: nbformat.NotebookNode, old: str, new: str) -> nbformat.NotebookNode:
    for cell in book.cells:
        cell.source = cell.source.replace(old, new)
    return book


@pytest.fixture
def seeded(monkeypatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("TOKENWORKS_HIDDEN_SEED", SEED)
    return monkeypatch


def _hand_in(folder: Path, name: str) -> Path:
    made = SUBMISSIONS[name][0]()
    path = folder / f"{name}.ipynb"
    path.write_text(made if isinstance(made, str) else notebook.dumps(made), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", SUBMISSIONS)
def test_a_submission_gets_what_it_is_worth(name: str, tmp_path: Path, seeded):
    seeded.setattr(grading, "LIMIT_SECONDS", 8 if name == "sleeps" else 120)
    wanted = SUBMISSIONS[name][1]
    result = grading.grade(_hand_in(tmp_path, name))
    if isinstance(wanted, str):
        assert wanted in result.failure
        assert result.total == 0
        assert "no result" in result.summary
    else:
        assert (result.failure, result.total, result.most) == ("", wanted, FULL), result.told
        assert SEED not in result.told
    assert bool(result.look_at) == (
        name in {"fake checks", "stolen", "leaves a process"}
        or (name in {"seed in the environment", "dies"})
    )
    assert list(tmp_path.iterdir()) == [tmp_path / f"{name}.ipynb"]


def test_a_folder_becomes_a_table_that_leaves_nobody_out(tmp_path: Path, seeded, capsys):
    names = ["solution", "stub", "one layer", "dies", "empty"]
    (tmp_path / "in").mkdir()
    for name in names:
        _hand_in(tmp_path / "in", name)
    classroom.grade_folder(tmp_path / "in", tmp_path / "out")
    with (tmp_path / "out" / "results.csv").open(encoding="utf-8") as file:
        rows = {row["submission"]: row for row in csv.DictReader(file)}
    assert sorted(rows) == sorted(f"{name}.ipynb" for name in names)
    assert rows["solution.ipynb"]["points"] == str(FULL)
    assert (rows["one layer.ipynb"]["05.1"], rows["one layer.ipynb"]["05.2"]) == ("0", "2")
    assert rows["dies.ipynb"]["no result"]
    told = (tmp_path / "out" / "one layer.txt").read_text(encoding="utf-8")
    assert "Looks like: one layer only" in told
    assert capsys.readouterr().out.count("no result") == 2


def test_grading_asks_for_a_seed_and_for_notebooks(tmp_path: Path, monkeypatch):
    monkeypatch.delenv("TOKENWORKS_HIDDEN_SEED", raising=False)
    with pytest.raises(SystemExit, match=r"holds no notebooks"):
        classroom.grade_folder(tmp_path, tmp_path / "out")
    _hand_in(tmp_path, "stub")
    for command in (
        lambda: classroom.grade_folder(tmp_path, tmp_path / "out"),
        lambda: classroom.assign(CHAPTER, tmp_path / "dist"),
    ):
        with pytest.raises(SystemExit, match="set TOKENWORKS_HIDDEN_SEED"):
            command()
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "dist").exists()


@pytest.mark.parametrize("chapter", chapters())
def test_the_master_for_otter_has_two_tests_an_exercise(chapter: str):
    cells = classroom.master(chapter).cells
    tests = [c.source for c in cells if "def test_" in c.source]
    assert len(tests) == 2 * len(exercises(chapter))
    assert sum(test.startswith("# HIDDEN\n") for test in tests) == len(exercises(chapter))
    for exercise in exercises(chapter).values():
        assert sum(f'check("{exercise.id}", {exercise.name}' in test for test in tests) == 2
    solved = [c.source for c in cells if "# BEGIN SOLUTION\n" in c.source]
    assert len(solved) == len(exercises(chapter))


def _otter(submission: Path, zipped: Path, folder: Path) -> dict[str, Any]:
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
def test_otter_grades_solution_full_and_fakes_zero(tmp_path: Path, seeded):
    folder = classroom.assign(CHAPTER, tmp_path / "dist")
    seeded.delenv("TOKENWORKS_HIDDEN_SEED")  # the grading machine has only the zip
    ids = [classroom.otter_name(id) for id in exercises(CHAPTER)]
    files = [path for path in (folder / "student").rglob("*") if path.is_file()]
    shown = {path.name: path.read_text(encoding="utf-8") for path in files}
    assert sorted(shown) == sorted([f"{stem(CHAPTER)}.ipynb", *(f"{id}.py" for id in ids)])
    assert not any(SEED in text or "hidden=True" in text for text in shown.values())
    (zipped,) = (folder / "autograder").glob("*.zip")
    with zipfile.ZipFile(zipped) as archive:
        assert archive.read("files/hidden_seed.txt").decode().strip() == SEED
        tests = [archive.read(f"tests/{id}.py").decode() for id in ids]
    assert all(text.count("OK_FORMAT = False") == 1 for text in tests)
    assert all(text.count(".require()") == 2 for text in tests)
    submission = tmp_path / f"{stem(CHAPTER)}.ipynb"
    nbformat.write(answered(CHAPTER), submission)
    solved = _otter(submission, zipped, tmp_path / "solved")
    assert _points(solved) == dict.fromkeys(ids, 2.0)
    fake = student(CHAPTER)  # no otter in this notebook
    fake.cells.insert(2, new_code_cell(FAKE))
    nbformat.write(fake, submission)
    stubs = _otter(submission, zipped, tmp_path / "stubs")
    assert _points(stubs) == dict.fromkeys(ids, 0.0)
    assert "not yet written" in json.dumps(stubs)
    assert SEED not in json.dumps(stubs)


def test_the_command_line_says_what_is_missing(tmp_path: Path):
    environment = {k: v for k, v in os.environ.items() if k != "TOKENWORKS_HIDDEN_SEED"}
    for arguments in (["build"], ["grade", str(tmp_path)]):
        done = subprocess.run(
            [sys.executable, "-m", "tools.classroom", *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert len(done.stderr.strip().splitlines()) == 1
