"""What every notebook of the repository shares: its first two cells, its ids and its bytes."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence

import nbformat

from tools.contents import numbered
from tools.repository import repository

EXTRAS = ("figures", "model", "serve", "widgets")  # of the package, for all chapters together
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
BOOTSTRAP = """import sys
from pathlib import Path

origin = "{origin}"
if wheels := sorted(Path.cwd().glob("tokenworks-*.whl"), key=lambda file: file.stat().st_mtime):
    origin = wheels[-1].as_uri()  # beside the notebook; of several the newest
if wheels or "google.colab" in sys.modules:  # elsewhere it is there already
    %pip install -q "{package} @ {{origin}}\""""


def badge(path: str) -> str:
    """Write the links above a notebook: run it in Colab, see its source."""
    here = repository()
    return f"[Open in Colab]({here.colab(path)}) · [Source]({here.source(path)})"


def package(extras: Sequence[str] = EXTRAS) -> str:
    """Name the package with some of its extras, as pip reads it."""
    return f"tokenworks[{','.join(extras)}]" if extras else "tokenworks"


def origin() -> str:
    """Return where pip finds the release that the notebooks were made with."""
    url, tag = repository()
    return f"git+{url}@{tag}"


def bootstrap(extras: Sequence[str] = EXTRAS) -> str:
    """Write the first code cell: install from a wheel beside the notebook, or, in Colab, from git.

    Without extras, as for exercises, a wheel needs nothing else, so no network either. pip leaves
    alone what is there already and new enough: Colab keeps its JAX, NumPy, ipywidgets.
    """
    return BOOTSTRAP.format(origin=origin(), package=package(extras))


def opened(
    cells: Sequence[nbformat.NotebookNode],
    path: str,
    *,
    extras: Sequence[str] = EXTRAS,
    number: int | None = None,
    kicker: str = "",
) -> list[nbformat.NotebookNode]:
    """Return a notebook's cells with number, kicker and badge at its title, and the bootstrap."""
    title, _, rest = cells[0].source.partition("\n")
    if number is not None:
        title = f"# {numbered(number, title.removeprefix('# '))}"
    head = "\n\n".join(line for line in (title, kicker, badge(path)) if line)
    first = nbformat.v4.new_markdown_cell(f"{head}\n{rest}".rstrip())
    return [first, nbformat.v4.new_code_cell(bootstrap(extras)), *cells[1:]]


def cell_ids(contents: Iterable[str]) -> list[str]:
    """Return an id for each cell: of its content and the number of equal ones before it.

    So it stays when cells are put in or taken out elsewhere, and what was recorded under it is
    found again.
    """
    seen: Counter[str] = Counter()
    ids = []
    for content in contents:
        key = f"{seen[content]}\n{content}"
        seen[content] += 1
        ids.append(hashlib.sha256(key.encode()).hexdigest()[:12])
    return ids


def dumps(book: nbformat.NotebookNode) -> str:
    """Write a notebook as text, keys sorted."""
    return json.dumps(book, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
