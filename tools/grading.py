"""Grade one notebook: its functions answer in a process of their own, the checks judge in this one.

What a submission does to the checks, to Python or to itself stays in its process; only plain values
come back. So it can be wrong, slow or dead, but it cannot give itself points.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

from tokenworks.checks.attempt import Outcome, Trial
from tokenworks.checks.catalogue import chapters, exercises
from tokenworks.checks.grader import judge
from tokenworks.checks.hidden import SEED_VARIABLE, hidden_cases, hidden_seed
from tokenworks.checks.report import Report
from tools.repository import ROOT

LIMIT_SECONDS = 300
SUSPICIOUS = re.compile(
    r"hidden_seed|HIDDEN_SEED|hidden_cases|catalogue|sys\.modules|importlib|__globals__|gc\.|"
    r"tokenworks(?!\.checks import check\s*$)|setattr|subprocess|os\.(?:fork|kill|_exit)"
)


@dataclass(frozen=True)
class Result:
    """What a submission got: points by exercise, why there is none, and lines to look at."""

    name: str
    points: dict[str, int] = field(default_factory=dict)
    most: int = 0
    failure: str = ""
    told: str = ""
    look_at: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """All points together."""
        return sum(self.points.values())

    @property
    def summary(self) -> str:
        """The result in one line."""
        words = f"no result: {self.failure}" if self.failure else f"{self.total} of {self.most}"
        return words + (f", look at {len(self.look_at)} lines" if self.look_at else "")


def grade(submission: Path) -> Result:
    """Grade a notebook: a point for the public cases of each exercise, a point for the hidden."""
    try:
        book = nbformat.read(submission, as_version=4)
        known = exercises(chapter_of(book))
    except Exception as error:  # whatever a student hands in, the others are graded
        told = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        return Result(submission.name, failure=told, told=told + "\n")
    look_at = tuple(suspicious(book))
    try:
        asked = [(exercise, hidden) for exercise in known.values() for hidden in (False, True)]
        cases = [hidden_cases(e, hidden_seed()) if hidden else e.cases for e, hidden in asked]
        trials = answers(submission, [(e.id, c) for (e, _), c in zip(asked, cases, strict=True)])
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        told = str(error) or type(error).__name__
        return Result(submission.name, {}, 2 * len(known), told, told + "\n", look_at)
    reports = [
        judge(exercise, given, trial=trial, hidden=hidden)
        for (exercise, hidden), given, trial in zip(asked, cases, trials, strict=True)
    ]
    points = dict.fromkeys(known, 0)
    for report in reports:
        points[report.id] += report.passed
    return Result(submission.name, points, 2 * len(known), "", _told(reports), look_at)


def chapter_of(book: nbformat.NotebookNode) -> str:
    """Return the chapter whose exercises a notebook holds; ValueError where it holds none."""
    text = "\n".join(cell.source for cell in book.cells)
    found = re.findall(r'check\(\s*["\'](\d\d)\.\d', text) + re.findall(r"## (\d\d)\.\d ", text)
    known = [chapter for chapter in found if chapter in chapters()]
    if not known:
        raise ValueError("the notebook holds no exercise of this book")
    return max(set(known), key=known.count)


def suspicious(book: nbformat.NotebookNode) -> Iterator[str]:
    """Yield the lines of code that no exercise needs."""
    for cell in book.cells:
        if cell.cell_type == "code" and "google.colab" not in cell.source:
            yield from (
                line.strip() for line in cell.source.splitlines() if SUSPICIOUS.search(line)
            )


def answers(submission: Path, calls: Sequence[tuple[str, Any]]) -> list[Trial]:
    """Let a submission answer calls in a process of its own; TimeoutError or ValueError if not."""
    command = [sys.executable, "-m", "tools.answers", str(submission.resolve())]
    kept = {k: v for k, v in os.environ.items() if k != SEED_VARIABLE}
    path = os.pathsep.join([str(ROOT), *filter(None, [kept.get("PYTHONPATH")])])
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={**kept, "PYTHONPATH": path},
        ) as process,
    ):
        try:
            out, _ = process.communicate(json.dumps(calls).encode(), timeout=LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"no answer within {LIMIT_SECONDS} seconds") from None
        finally:
            with contextlib.suppress(ProcessLookupError):  # it has ended, and left nobody
                os.killpg(process.pid, signal.SIGKILL)
    found = [_trial(line) for line in out.splitlines()]
    if len(found) != len(calls):
        raise ValueError("its process ended before every exercise was tried")
    return found


def _trial(line: bytes) -> Trial:
    """Read one answer, in which whatever a submission could write is a plain value."""
    message = json.loads(line)
    outcomes = tuple(Outcome(**outcome) for outcome in message["outcomes"])
    return Trial(outcomes, unusable=tuple(message["unusable"]) if message["unusable"] else None)


def _told(reports: Sequence[Report]) -> str:
    """Write what a student may read: results, mistakes by name and hints, and no answer."""
    lines = []
    for number, report in enumerate(reports):
        lines.append(f"{report.headline}{' (cases that are not shown)' if number % 2 else ''}")
        lines += [f"  {line}" for line in report.advice]
    return "\n".join(lines) + "\n"
