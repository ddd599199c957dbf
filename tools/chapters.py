"""Execute every chapter's text (NN-name.md) into its notebook (NN-name.ipynb), byte for byte.

    python -m tools.chapters             execute all (make chapters)
    python -m tools.chapters --prose     rewrite the prose alone, where no code cell has changed
    python -m tools.chapters --check     only compare text and notebook, run nothing
    python -m tools.chapters --measure   also rewrite the record of the timed cells (make measure)
    python -m tools.chapters --format    put the text's code cells into the house format

Number, kicker, badge, bootstrap cell and the links between chapters are added here, so they are
the same everywhere. Cells tagged `measured-here` run, but the notebook shows the output recorded
in benchmarks/measured_here/.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient

from tools import contents, notebook
from tools.minutes import kicker
from tools.repository import ROOT, repository

RECORDS = ROOT / "benchmarks" / "measured_here"
MEASURED = "measured-here"
TPU = {"accelerator": "TPU", "colab": {"gpuType": "V5E1", "provenance": []}}
METADATA = {**notebook.METADATA, **TPU}
ENVIRONMENT = {"JAX_PLATFORMS": "cpu", "PYTHONHASHSEED": "0", "TPU_SKIP_MDS_QUERY": "1"}
ASIDE = {"tags": ["remove-cell"]}  # in the notebook alone; the site has links of its own
UNREAD = {"TOKENWORKS_MEASURE_ONCE": "1"}  # the record is shown, so timed cells need only run


def read_chapter(source: Path) -> nbformat.NotebookNode:
    """Read a chapter's text into a notebook: numbered, linked, with badge and stable cell ids."""
    place, cells = f"chapters/{source.name}", jupytext.read(source).cells
    chapter, path = contents.of_file(source), place.replace(".md", ".ipynb")
    line = kicker(chapter, cells, source.stem)
    cells = notebook.opened(cells, path, number=chapter.number, kicker=line)
    cells.append(nbformat.v4.new_markdown_cell(contents.neighbours(chapter), metadata=ASIDE))
    exercises = repository().colab(f"exercises/{source.stem}.ipynb")
    for cell, name in zip(cells, notebook.cell_ids(c.source for c in cells), strict=True):
        cell.source = cell.source.replace("@exercises", exercises)
        if cell.cell_type == "markdown":
            cell.source = contents.with_links(cell.source, place)
        cell.id = name
        cell.metadata = {k: v for k, v in cell.metadata.items() if k in ("tags", "mystnb")}
        if cell.cell_type == "code" and MEASURED in cell.metadata.get("tags", []):
            cell.metadata["tags"] = [MEASURED, "nbval-ignore-output"]
    return nbformat.v4.new_notebook(cells=cells, metadata=METADATA)


def settings(*, measure: bool) -> dict[str, str]:
    """Return the environment that a chapter runs in."""
    return {**os.environ, **ENVIRONMENT, **({} if measure else UNREAD)}


def execute(book: nbformat.NotebookNode, *, measure: bool) -> None:
    """Run all cells in an empty folder, as a learner's Colab does."""
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            book, timeout=600, kernel_name="python3", resources={"metadata": {"path": folder}}
        )
        client.execute(env=settings(measure=measure), cleanup_kc=True)
    normalise(book)


def normalise(book: nbformat.NotebookNode) -> None:
    """Drop from an executed notebook what changes from run to run."""
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    for number, cell in enumerate(code, 1):
        cell.execution_count = number
        cell.metadata.pop("execution", None)
        cell.outputs = _merged([_normal(output, number) for output in cell.outputs])
    book.metadata = nbformat.from_dict(METADATA)  # without widget state and the kernel's version


def _normal(output: nbformat.NotebookNode, number: int) -> nbformat.NotebookNode:
    """Drop what changes from run to run: counters and live widget ids."""
    if "execution_count" in output:
        output.execution_count = number
    if "data" in output:
        output.data.pop("application/vnd.jupyter.widget-view+json", None)
    output.pop("transient", None)
    return output


def _merged(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """Join neighbouring pieces of one stream, which arrive in pieces of random size."""
    merged: list[nbformat.NotebookNode] = []
    for output in outputs:
        last = merged[-1] if merged else None
        if last is not None and "name" in output and output.name == last.get("name"):
            last.text += output.text
        else:
            merged.append(output)
    return merged


def apply_record(book: nbformat.NotebookNode, stem: str, *, measure: bool) -> None:
    """Replace the outputs of timed cells by the record, or write the record when measuring."""
    path = RECORDS / f"{stem[:2]}.json"
    timed = [cell for cell in book.cells if MEASURED in cell.metadata.get("tags", [])]
    if measure:
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(record(timed), indent=1, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")
    known = json.loads(path.read_text(encoding="utf-8"))["outputs"] if timed else {}
    for cell in timed:
        if cell.id not in known:
            raise SystemExit(f"{stem}: a timed cell has no record; run `make measure`")
        outputs = [nbformat.NotebookNode(output) for output in known[cell.id]]
        cell.outputs = [_normal(output, cell.execution_count) for output in outputs]


def record(timed: list[nbformat.NotebookNode]) -> dict[str, Any]:
    """Return what is kept of the cells that were timed here: the machine, the day, the outputs."""
    return {
        "date": str(datetime.date.today()),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "outputs": {cell.id: cell.outputs for cell in timed},
    }


def under_the_lock() -> bool:
    """Whether this environment is the one in which the notebooks' bytes are made."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    lock = dict(line.split("==") for line in lines if "==" in line)
    decisive = ("jax", "numpy", "tokenizers")
    return sys.version_info[:2] == (3, 11) and all(version(n) == lock[n] for n in decisive)


def inputs(book: nbformat.NotebookNode) -> list[tuple[str, str, str]]:
    """List what a notebook was made from: id, type and source of every cell."""
    return [(cell.id, cell.cell_type, cell.source) for cell in book.cells]


def stale(source: Path) -> str | None:
    """Say how a notebook differs from its text, or None where it does not."""
    target = source.with_suffix(".ipynb")
    if not target.exists():
        return f"{target.name} is missing; run `make chapters`"
    book = nbformat.read(target, as_version=4)
    if inputs(book) != inputs(read_chapter(source)):
        return f"{target.name} was not made from {source.name} as it is; run `make chapters`"
    if any(c.cell_type == "code" and c.execution_count is None for c in book.cells):
        return f"{target.name} has cells that never ran; run `make chapters`"
    return None


def build(source: Path, *, target: Path | None = None, measure: bool = False) -> Path:
    """Execute one chapter and write its notebook."""
    book = read_chapter(source)
    execute(book, measure=measure)
    apply_record(book, source.stem, measure=measure)
    return _write(book, target or source.with_suffix(".ipynb"))


def rewrite_prose(source: Path) -> Path:
    """Write a chapter's notebook with its new prose and the outputs it has: no code has changed."""
    book, target = read_chapter(source), source.with_suffix(".ipynb")
    known = [c for c in nbformat.read(target, as_version=4).cells if c.cell_type == "code"]
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    if [(c.source, c.metadata) for c in known] != [(c.source, c.metadata) for c in code]:
        raise SystemExit(f"{source.name}: its code has changed; run it without --prose")
    for cell, old in zip(code, known, strict=True):
        cell.outputs, cell.execution_count = old.outputs, old.execution_count
    return _write(book, target)


def _write(book: nbformat.NotebookNode, target: Path) -> Path:
    partial = target.with_suffix(".partial")
    partial.write_text(notebook.dumps(book), encoding="utf-8")
    partial.replace(target)
    return target


def format_cells(sources: list[Path]) -> None:
    """Put the code cells of chapters' texts into the house format, as ruff wants the notebooks."""
    cell = re.compile(r"(```\{code-cell\}\n(?::[^\n]*\n)*)(.*?)(?=```)", re.DOTALL)
    with tempfile.TemporaryDirectory() as folder:
        for source in sources:
            found = (match[2] for match in cell.finditer(source.read_text(encoding="utf-8")))
            cells = [nbformat.v4.new_code_cell(code.rstrip("\n")) for code in found]
            book = nbformat.v4.new_notebook(cells=cells, metadata=METADATA)
            (Path(folder) / f"{source.stem}.ipynb").write_text(
                notebook.dumps(book), encoding="utf-8"
            )
        ruff = [sys.executable, "-m", "ruff", "format", "--config", str(ROOT / "pyproject.toml")]
        done = subprocess.run([*ruff, folder], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(done.stderr)
        for source in sources:
            book = nbformat.read(Path(folder) / f"{source.stem}.ipynb", as_version=4)
            tidy = iter(book.cells)
            text = cell.sub(
                lambda match, tidy=tidy: f"{match[1]}{next(tidy).source}\n",
                source.read_text(encoding="utf-8"),
            )
            source.write_text(text, encoding="utf-8")


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare only, run nothing")
    parser.add_argument("--prose", action="store_true", help="rewrite the prose, run nothing")
    parser.add_argument("--measure", action="store_true", help="rewrite the timing records")
    parser.add_argument("--format", action="store_true", help="format the text, run nothing")
    parser.add_argument("chapters", nargs="*", type=Path, help="default: all")
    arguments = parser.parse_args()
    sources = [path.resolve() for path in arguments.chapters] or sorted(
        (ROOT / "chapters").glob("[0-9][0-9]-*.md")
    )
    problems = []
    if arguments.format:
        format_cells(sources)
        return
    for source in sources:
        if arguments.check:
            problems += filter(None, [stale(source)])
        elif arguments.prose:
            print(rewrite_prose(source).relative_to(ROOT))
        else:
            print(build(source, measure=arguments.measure).relative_to(ROOT))
    if problems:
        sys.exit("\n".join(problems))


if __name__ == "__main__":
    try:
        main()
    except contents.ContentsError as wrong:
        sys.exit(str(wrong))
