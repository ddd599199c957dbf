"""A teacher's folder of submissions, graded on this machine."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest
from submissions import CHAPTER, FULL, SUBMISSIONS, hand_in

from tools import classroom, grading
from tools.repository import ROOT

SEED = "a seed that only this test knows 4711"


@pytest.fixture
def seeded(monkeypatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("TOKENWORKS_HIDDEN_SEED", SEED)
    return monkeypatch


@pytest.mark.parametrize("name", SUBMISSIONS)
def test_a_submission_gets_what_it_is_worth(name: str, tmp_path: Path, seeded):
    seeded.setattr(grading, "LIMIT_SECONDS", 8 if name == "sleeps" else 120)
    note, folder = tmp_path / "pid", tmp_path / "in"
    seeded.setenv("NOTE", str(note))
    folder.mkdir()
    _, worth, look_at = SUBMISSIONS[name]
    result = grading.grade(hand_in(folder, name))
    if isinstance(worth, str):
        assert worth in result.failure
        assert result.total == 0
        assert "no result" in result.summary
    else:
        assert (result.failure, result.total, result.most) == ("", worth, FULL), result.told
        assert SEED not in result.told
    assert bool(result.look_at) == look_at
    assert list(folder.iterdir()) == [folder / f"{name}.ipynb"]
    left_one = name in ("leaves a process", "dies", "sleeps", "burns")
    assert note.exists() == left_one
    assert not (left_one and Path(f"/proc/{note.read_text()}").exists())


def _rows(results: Path) -> dict[str, dict[str, str]]:
    with (results / "results.csv").open(encoding="utf-8", newline="") as file:
        return {row["submission"]: row for row in csv.DictReader(file)}


def test_a_folder_becomes_a_table_that_leaves_nobody_out(tmp_path: Path, seeded, capsys):
    names = ["empty", "one layer", "raises what no encoding has", "solution", "writes a dict"]
    (tmp_path / "in").mkdir()
    for name in names:
        hand_in(tmp_path / "in", name)
    odd = os.fsdecode(b"\xe9t\xe9")  # a name from a system with another encoding
    (tmp_path / "in" / f"{odd}.ipynb").write_text("")
    classroom.grade_folder(tmp_path / "in", tmp_path / "out")
    rows = _rows(tmp_path / "out")
    assert sorted(rows) == sorted(f"{name}.ipynb" for name in [*names, "\\udce9t\\udce9"])
    assert rows["solution.ipynb"]["points"] == str(FULL)
    assert (rows["one layer.ipynb"]["05.1"], rows["one layer.ipynb"]["05.2"]) == ("0", "2")
    assert rows["writes a dict.ipynb"]["no result"]
    told = {path.stem: path.read_text("utf-8") for path in (tmp_path / "out").glob("*.txt")}
    assert sorted(told) == sorted([*names, odd])
    assert "Looks like: one layer only" in told["one layer"]
    assert r"\ud800" in told["raises what no encoding has"]
    assert capsys.readouterr().out.count("no result") == 3


def test_a_run_that_is_interrupted_keeps_what_was_graded(tmp_path: Path, seeded):
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.ipynb").write_text("")

    def grade(submission: Path) -> grading.Result:
        if submission.stem == "c":
            raise KeyboardInterrupt
        return grading.grade(submission)

    seeded.setattr(classroom, "grade", grade)
    with pytest.raises(KeyboardInterrupt):
        classroom.grade_folder(tmp_path, tmp_path / "out")
    assert list(_rows(tmp_path / "out")) == ["a.ipynb", "b.ipynb"]
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["a.txt", "b.txt", "results.csv"]


def test_grading_asks_for_a_seed_and_for_notebooks(tmp_path: Path, monkeypatch):
    monkeypatch.delenv("TOKENWORKS_HIDDEN_SEED", raising=False)
    with pytest.raises(SystemExit, match=r"holds no notebooks"):
        classroom.grade_folder(tmp_path, tmp_path / "out")
    hand_in(tmp_path, "stub")
    for command in (
        lambda: classroom.grade_folder(tmp_path, tmp_path / "out"),
        lambda: classroom.assign(CHAPTER, tmp_path / "dist"),
    ):
        with pytest.raises(SystemExit, match="set TOKENWORKS_HIDDEN_SEED"):
            command()
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "dist").exists()


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


def test_make_grade_takes_a_folder_with_a_space():
    command = ["make", "-n", "--no-print-directory", "grade", "SUBMISSIONS=my class"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith('-m tools.classroom grade "my class"')
