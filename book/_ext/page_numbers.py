"""Worked numbers of pages that are no notebooks: kept while a page is read, opened by its doors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from tokenworks.worked_number import Worked


def keep_numbers(env: BuildEnvironment, numbers: Sequence[Worked]) -> str:
    """Keep numbers that stand before this place of the page being read; return the place's mark.

    The mark is HTML. Where there is no number it is empty.
    """
    data = [each for number in numbers for each in number.data()]
    if not data:
        return ""
    known = _pages(env).setdefault(env.docname, [])
    cell = f"page-{len(known)}"
    known += [(cell, each) for each in data]
    return f'<span id="cell-{cell}"></span>'


def numbers_of(env: BuildEnvironment, page: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the numbers of a page in order, each with the mark that it stands before."""
    return _pages(env).get(page, [])


def _pages(env: BuildEnvironment) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    if not hasattr(env, "page_numbers"):
        env.page_numbers = {}  # type: ignore[attr-defined]
    return env.page_numbers  # type: ignore[attr-defined]


def forget(app: Sphinx, env: BuildEnvironment, page: str) -> None:
    """Drop what a page kept before it is read again."""
    del app
    _pages(env).pop(page, None)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the build."""
    app.connect("env-purge-doc", forget)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
