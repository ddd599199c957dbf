"""Grade one notebook: its functions answer in a process of their own, the checks judge in this one.

What a submission does to the checks, to Python or to itself stays in its process, and only plain
values come back: it can be wrong, slow or dead without an effect on how it or another is judged.
It can still copy the solutions, which are in the package; `Result.look_at` is for that.
"""

from __future__ import annotations

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

import nbformat

from tokenworks.checks.attempt import Outcome, Trial
from tokenworks.checks.catalogue import chapters, exercises
from tokenworks.checks.exercise import Exercise
from tokenworks.checks.fork import GRACE_SECONDS
from tokenworks.checks.grader import judge
from tokenworks.checks.hidden import SEED_VARIABLE, hidden_cases, hidden_seed
from tokenworks.checks.plain import Case, plain
from tokenworks.checks.report import Report
from tools.notebook import bootstrap
from tools.repository import ROOT

LIMIT_SECONDS = 300
NO_ANSWER = "its process wrote something that is no answer"
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
    most, look_at = 0, tuple[str, ...]()
    try:
        book = nbformat.read(submission, as_version=4)
        known = exercises(chapter_of(book))
        most, look_at = 2 * len(known), tuple(suspicious(book))
        reports = _reports(submission, list(known.values()))
    except Exception as error:  # whatever a student hands in, there is a result
        failure = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        return Result(submission.name, {}, most, failure, failure + "\n", look_at)
    points = dict.fromkeys(known, 0)
    for report in reports:
        points[report.id] += report.passed
    return Result(submission.name, points, most, "", _told(reports), look_at)


def _reports(submission: Path, known: Sequence[Exercise]) -> list[Report]:
    """Judge a submission: for each exercise the public cases, then the hidden ones."""
    asked = [(exercise, hidden) for exercise in known for hidden in (False, True)]
    cases = [hidden_cases(e, hidden_seed()) if hidden else e.cases for e, hidden in asked]
    trials = answers(submission, [(e.id, c) for (e, _), c in zip(asked, cases, strict=True)])
    return [
        judge(exercise, given, trial=trial, hidden=hidden)
        for (exercise, hidden), given, trial in zip(asked, cases, trials, strict=True)
    ]


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
    ours = {*bootstrap().splitlines(), *bootstrap(()).splitlines()}
    for cell in book.cells:
        if cell.cell_type == "code":
            for line in cell.source.splitlines():
                if SUSPICIOUS.search(line) and line not in ours:
                    yield line.strip()


def answers(submission: Path, calls: Sequence[tuple[str, Sequence[Case]]]) -> list[Trial]:
    """Let a submission answer calls in a process of its own; TimeoutError or ValueError if not."""
    command = [sys.executable, "-m", "tools.answers", submission.resolve(), str(LIMIT_SECONDS)]
    kept = {k: v for k, v in os.environ.items() if k != SEED_VARIABLE}
    path = os.pathsep.join([str(ROOT), *filter(None, [kept.get("PYTHONPATH")])])
    with (
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=out,  # a file, whose size is limited
            start_new_session=True,
            env={**kept, "PYTHONPATH": path},
        ) as process,
    ):
        try:
            process.communicate(json.dumps(calls).encode(), timeout=LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"no answer within {LIMIT_SECONDS} seconds") from None
        finally:
            _dismiss(process)
        out.seek(0)
        lines = out.read().splitlines()
    if len(lines) < len(calls):
        raise ValueError("its process ended before every exercise was tried")
    if len(lines) > len(calls):
        raise ValueError(NO_ANSWER)
    return [_trial(line, len(cases)) for line, (_, cases) in zip(lines, calls, strict=True)]


def _dismiss(process: subprocess.Popen[bytes]) -> None:
    """End the process, which on request first ends all that the submission has started."""
    process.terminate()  # where it has ended this reaches nobody
    try:
        process.wait(3 * GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)


def _trial(line: bytes, cases: int) -> Trial:
    """Read one answer, plain values or why there are none; ValueError where it is something else.

    A submission can write to the file too.
    """
    try:
        message = json.loads(line)
        if message["unusable"] is not None:
            name, hint = map(str, message["unusable"])
            return Trial((), unusable=(name, hint))
        outcomes = tuple(
            Outcome(plain(o["value"]), str(o["problem"]), str(o["detail"]))
            for o in message["outcomes"]
        )
    except (KeyError, RecursionError, TypeError, ValueError) as error:
        raise ValueError(NO_ANSWER) from error
    if len(outcomes) != cases:
        raise ValueError(NO_ANSWER)
    return Trial(outcomes)


def _told(reports: Sequence[Report]) -> str:
    """Write what a student may read: results, mistakes by name and hints, and no answer."""
    lines = []
    for number, report in enumerate(reports):
        lines.append(f"{report.headline}{' (cases that are not shown)' if number % 2 else ''}")
        lines += [f"  {line}" for line in report.advice]
    return "\n".join(lines) + "\n"
