"""`pytest --nbval` runs the chapters once: nbval compares each cell, and this the whole file.

nbval never looks at pictures, nor at what a cell printed to which stream. The outputs that it got
are therefore put together as `tools.chapters` does; under the lock they give the committed bytes.
"""

from __future__ import annotations

from itertools import groupby

import nbformat
import pytest
from nbval.kernel import RunningKernel

from tools import chapters, notebook


def execute_cell_input(
    self: RunningKernel, cell_input: str, allow_stdin: bool | None = None
) -> str:
    """Run a cell as a notebook does, in the history: a worked number reads the cells before it.

    nbval leaves its cells out of the history.
    """
    return self.kc.execute(cell_input, allow_stdin=allow_stdin, stop_on_error=False)


RunningKernel.execute_cell_input = execute_cell_input


class SameBytes(pytest.Item):
    """Whether the run that nbval made gives the committed notebook, byte for byte."""

    cells: list[pytest.Item]

    def runtest(self) -> None:
        """Compare; elsewhere than under the lock only nbval's own comparison holds."""
        if not chapters.under_the_lock():
            pytest.skip("byte identity holds under the lock on Python 3.11")
        book = chapters.read_chapter(self.path.with_suffix(".md"))
        code = [cell for cell in book.cells if cell.cell_type == "code"]
        assert len(code) == len(self.cells), "some cells were left out of this run"
        for cell, ran in zip(code, self.cells, strict=True):
            cell.outputs = [nbformat.from_dict(output) for output in ran.test_outputs]
        chapters.normalise(book)
        chapters.apply_record(book, self.path.stem, measure=False)
        assert notebook.dumps(book) == self.path.read_text(encoding="utf-8")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the comparison of a notebook follow its last cell."""
    notebooks = [(file, list(cells)) for file, cells in groupby(items, lambda item: item.parent)]
    items.clear()
    for file, cells in notebooks:
        items.extend(cells)
        if file is not None and file.path.suffix == ".ipynb":
            same = SameBytes.from_parent(file, name="same bytes")
            same.cells = cells
            items.append(same)
