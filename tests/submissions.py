"""What students hand in for the KV cache: right, wrong, odd and hostile, and what each is worth."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from tokenworks.checks.catalogue import exercises
from tools import notebook
from tools.exercises import answered, student

CHAPTER = "05"
FULL = 2 * len(exercises(CHAPTER))
FIRST = "def kv_bytes_per_token"
ENDED = "its process ended before every exercise was tried"
NO_ANSWER = "its process wrote something that is no answer"


class Submission(NamedTuple):
    """A notebook or its text, its points or why there are none, and whether to look at it."""

    make: Callable[[], nbformat.NotebookNode | str]
    worth: int | str
    look_at: bool = False


def _with(code: str, at: int = 2) -> Callable[[], nbformat.NotebookNode]:
    """Return a maker of the solved notebook with one more cell."""

    def make() -> nbformat.NotebookNode:
        book = answered(CHAPTER)
        book.cells.insert(at, new_code_cell(code))
        return book

    return make


def _edited(old: str, new: str, also: str = "") -> Callable[[], nbformat.NotebookNode]:
    """Return a maker of the solved notebook with one cell changed and perhaps one more."""

    def make() -> nbformat.NotebookNode:
        book = answered(CHAPTER)
        (cell,) = [c for c in book.cells if old in c.source and c.cell_type == "code"]
        cell.source = cell.source.replace(old, new)
        book.cells[2:2] = [new_code_cell(also)] if also else []
        return book

    return make


def _before(code: str) -> Callable[[], nbformat.NotebookNode]:
    """Return a maker of the solved notebook with code above a function, in its cell."""
    return _edited(FIRST, f"{code}\n{FIRST}")


def _wrote(line: str) -> Callable[[], nbformat.NotebookNode]:
    """Return a maker of a notebook that answers in place of the process that runs it."""
    return _with(
        "import contextlib, os\n"
        "for end in range(3, 20):\n"
        "    with contextlib.suppress(OSError):\n"
        f"        os.write(end, {line!r}.encode() * {FULL})\n"
        "os._exit(0)"
    )


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
LEAVES = """
import os, resource, subprocess, time
left = subprocess.Popen(["sleep", "77"], start_new_session=True)
with open(os.environ["NOTE"], "w") as note:
    note.write(str(left.pid))
"""
HONEST = {  # what a notebook of Jupyter may hold in the cell of a right answer
    "displays": "display('a', display_id='b').update('c')\nget_ipython().history_manager",
    "lists files": "files = !ls\nfiles[0].upper()\n!pip install nothing",
    "asks for help": "sum?\n?sum\nlen??",
    "is timed": "%%time",
    "is captured": "%%capture out\n%time import math as m\nm.pi\n%matplotlib inline",
    "names Colab": "'google.colab' in sys.path or Path.cwd()  # as the first cell imports them",
    "awaits": "import asyncio\nawait asyncio.sleep(0)",
    "is the main module": "from dataclasses import dataclass\n@dataclass\nclass Layer:\n"
    "    heads: 'int'\nif __name__ == '__main__':\n    layer = Layer(8)\nlayer",
}
SUBMISSIONS = {
    "solution": Submission(lambda: answered(CHAPTER), FULL),
    "stub": Submission(lambda: student(CHAPTER), 0),
    "one layer": Submission(_edited("2 * n_layers * n_kv", "2 * n_kv"), FULL - 2),
    "all heads": Submission(_edited("n_layers * n_kv_heads", "n_layers * n_heads"), FULL - 2),
    "public cases only": Submission(
        _edited(
            "return 2 * n_layers * n_kv_heads * d_head * bits_per_value / 8",
            "return {80: 327680, 32: 65536, 30: 46080, 126: 129024}[n_layers]",
        ),
        FULL - 1,
    ),
    "syntax error": Submission(_edited("return 2 * n_layers", "return 2 * * n_layers"), FULL - 2),
    "renamed": Submission(_edited(FIRST, "def kv_bytes"), FULL - 2),
    "raises": Submission(_edited("return 2 * n", "raise ValueError(n_layers)  # "), FULL - 2),
    "raises what no encoding has": Submission(
        _edited("return 2 * n", r"raise ValueError('\ud800')  # "), FULL - 2
    ),
    "never ends": Submission(_edited("return 2 * n_layers", "while True: pass  # "), FULL - 2),
    "cell that raises": Submission(_with("1 / 0"), FULL),
    "cell that exits": Submission(_with("import sys; sys.exit(0)"), FULL),
    "cell that prints": Submission(_with("for _ in range(10**5): print('x' * 100)"), FULL),
    "cell that reads": Submission(_with("input('?')"), FULL),
    "cell for the shell": Submission(_with("%%bash\nls | sort"), FULL),
    **{f"cell that {what}": Submission(_before(code), FULL) for what, code in HONEST.items()},
    "another answer last": Submission(_with("def tokens_kept(*_): return 0", at=-1), FULL - 2),
    "numpy": Submission(
        _edited("return 2 * n_layers", "import numpy as np\n    return np.float64(2) * n_layers"),
        FULL,
    ),
    "fake checks": Submission(
        _edited("return 2 * n_layers", "return 3 * n_layers", FAKE), FULL - 2, look_at=True
    ),
    "stolen": Submission(_with(STOLEN, at=-1), FULL, look_at=True),
    "seed in the environment": Submission(
        _before("import os\nassert 'TOKENWORKS_HIDDEN_SEED' not in os.environ"), FULL, look_at=True
    ),
    "leaves a process": Submission(_with(LEAVES), FULL, look_at=True),
    "dies": Submission(_with(LEAVES + "os._exit(0)"), ENDED, look_at=True),
    "sleeps": Submission(
        _with(LEAVES + "time.sleep(600)"), "no answer within 8 seconds", look_at=True
    ),
    "burns": Submission(
        _with(LEAVES + "resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True: pass"),
        ENDED,
        look_at=True,
    ),
    "writes a dict": Submission(_wrote("{}\n"), NO_ANSWER, look_at=True),
    "writes a number": Submission(_wrote("5\n"), NO_ANSWER, look_at=True),
    "writes too little": Submission(
        _wrote('{"unusable": null, "outcomes": []}\n'), NO_ANSWER, look_at=True
    ),
    "writes too much": Submission(_wrote("5\n5\n"), NO_ANSWER, look_at=True),
    "writes too deep": Submission(_wrote("[" * 99_999 + "\n"), NO_ANSWER, look_at=True),
    "other notebook": Submission(lambda: new_notebook(cells=[new_code_cell("1")]), "no exercise"),
    "not a notebook": Submission(lambda: "hello", "JSON"),
    "empty": Submission(lambda: "", "JSON"),
}


def hand_in(folder: Path, name: str) -> Path:
    """Write a submission into a folder and return its file."""
    made = SUBMISSIONS[name].make()
    path = folder / f"{name}.ipynb"
    path.write_text(made if isinstance(made, str) else notebook.dumps(made), encoding="utf-8")
    return path
