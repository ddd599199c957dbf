"""The process in which a submission runs: `python -m tools.answers NOTEBOOK`.

It defines what the notebook defines, reads calls from standard input as JSON, a list of [exercise,
cases], and writes for each a line with what the submission's function did. It judges nothing.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import sys
import time
from dataclasses import asdict
from typing import Any

import nbformat

from tokenworks.checks.attempt import Trial
from tokenworks.checks.catalogue import exercises
from tokenworks.checks.fork import GRACE_SECONDS, adopt_orphans, end_children
from tokenworks.checks.grader import tried

MOST_CPU_SECONDS, MOST_FILE_BYTES, MOST_MEMORY_BYTES = 250, 100_000_000, 8 << 30


def main() -> None:
    """Run the command line."""
    adopt_orphans()
    out = os.dup(1)  # what the notebook prints goes nowhere
    calls = json.load(sys.stdin)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    _limit()
    names = defined(sys.argv[1])
    for exercise_id, cases in calls:
        exercise = exercises(exercise_id[:2])[exercise_id]
        given = [tuple(case) for case in cases]
        trial = tried(exercise, names.get(exercise.name), cases=given)
        os.write(out, (json.dumps(_plain(trial)) + "\n").encode())
    end_children(time.monotonic() + GRACE_SECONDS)  # what the notebook's cells have started


def defined(path: str) -> dict[str, Any]:
    """Run a notebook's cells but for checks and installation; one that fails stops no other."""
    space: dict[str, Any] = {"__name__": "submission"}
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "code" or "google.colab" in cell.source:
            continue
        code = re.sub(r"(?m)^(\s*)(?:[%!]|check\(.*\)\s*$).*", r"\1pass", cell.source)
        with (
            contextlib.suppress(BaseException),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            exec(compile(code, "submission", "exec"), space)
    return space


def _plain(trial: Trial) -> dict[str, Any]:
    return {"outcomes": [asdict(o) for o in trial.outcomes], "unusable": trial.unusable}


def _limit() -> None:
    import resource  # where there are processes to limit

    for what, most in (
        (resource.RLIMIT_CPU, MOST_CPU_SECONDS),
        (resource.RLIMIT_FSIZE, MOST_FILE_BYTES),
        (resource.RLIMIT_AS, MOST_MEMORY_BYTES),
    ):
        hard = resource.getrlimit(what)[1]
        resource.setrlimit(what, (most if hard < 0 else min(most, hard), hard))


if __name__ == "__main__":
    main()
