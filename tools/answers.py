"""The process in which a submission runs: `python -m tools.answers NOTEBOOK SECONDS`.

It reads calls from standard input as JSON, a list of [exercise, cases]. A child of it runs the
notebook, then writes for each call a line with what the submission's function did. This process
runs nothing of the notebook: it ends the child, and all that the child has started. None judges.
"""

from __future__ import annotations

import ast
import asyncio
import codeop
import contextlib
import inspect
import io
import json
import os
import sys
from dataclasses import asdict
from types import ModuleType
from typing import Any
from unittest.mock import DEFAULT, MagicMock

import nbformat
from IPython.core.inputtransformer2 import TransformerManager

from tokenworks import checks
from tokenworks.checks.attempt import Trial
from tokenworks.checks.catalogue import exercises
from tokenworks.checks.fork import keep
from tokenworks.checks.grader import tried

MOST_CPU_SECONDS, MOST_FILE_BYTES, MOST_MEMORY_BYTES = 250, 100_000_000, 8 << 30
RUN_THEIR_CODE = ("capture", "prun", "time")  # magics, of the line or the cell


def main() -> None:
    """Run the command line."""
    path, seconds = sys.argv[1], float(sys.argv[2])
    calls = json.load(sys.stdin)
    keep(lambda: _answer(path, calls), limit_seconds=seconds)


def _answer(path: str, calls: list[tuple[str, Any]]) -> None:
    """Run a notebook and let its functions answer."""
    out = os.dup(1)
    with open(os.devnull, "w") as nowhere:  # where goes what the notebook prints
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    _limit()
    names = defined(path)
    for exercise_id, cases in calls:
        exercise = exercises(exercise_id[:2])[exercise_id]
        given = [tuple(case) for case in cases]
        trial = tried(exercise, names.get(exercise.name), cases=given)
        os.write(out, (json.dumps(_plain(trial)) + "\n").encode())


def defined(path: str) -> dict[str, Any]:
    """Run a notebook's cells as Jupyter does and return its names; one that fails stops no other.

    What asks the notebook to do something does nothing: `check`, `display`, `!`, most magics.
    """
    book = nbformat.read(path, as_version=4)
    notebook = Notebook()
    for cell in book.cells:
        if cell.cell_type == "code":
            with (
                contextlib.suppress(BaseException),
                contextlib.redirect_stdout(io.StringIO()),
                contextlib.redirect_stderr(io.StringIO()),
            ):
                notebook.run(cell.source)
    return notebook.names


class Notebook:
    """Where cells run: a module in place of `__main__`, with stand-ins for the notebook's own."""

    def __init__(self) -> None:
        module = sys.modules["__main__"] = ModuleType("__main__")
        shell = MagicMock()
        shell.run_line_magic.side_effect = shell.run_cell_magic.side_effect = self._magic
        self.names = vars(module)
        self.names.update(display=MagicMock(), get_ipython=lambda: shell)
        setattr(checks, "check", MagicMock())  # noqa: B010
        self._compile = codeop.Compile()  # keeps what a cell imports from __future__
        self._compile.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT

    def run(self, source: str) -> None:
        """Run a cell."""
        code = TransformerManager().transform_cell(source)
        ran = eval(self._compile(code, "submission", "exec"), self.names)
        if inspect.iscoroutine(ran):  # `await` outside a function
            asyncio.run(ran)

    def _magic(self, name: str, line: str, body: str | None = None) -> Any:
        if name in RUN_THEIR_CODE:
            self.run(line if body is None else body)
        return DEFAULT  # the stand-in's own answer


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
