"""Worked numbers of pages that are no notebooks: kept while a page is read, opened by its doors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from tokenworks.worked_number import Worked
from tools.repository import repository


class Kept(NamedTuple):
    """A worked number: its data, the mark that it stands before, the address of its code."""

    data: dict[str, Any]
    mark: str
    code: str


def keep_numbers(env: BuildEnvironment, numbers: Sequence[Worked], code: str) -> str:
    """Keep numbers that stand before this place of the page being read; return the place's mark.

    `code` is the module that computes them. The mark is HTML; it is empty where there is no number.
    """
    data = [each for number in numbers for each in number.data()]
    if not data:
        return ""
    known = _pages(env).setdefault(env.docname, [])
    mark, address = f"page-{len(known)}", repository().source(f"{code.replace('.', '/')}.py")
    known += [Kept(each, mark, address) for each in data]
    return f'<span id="cell-{mark}"></span>'


def numbers_of(env: BuildEnvironment, page: str) -> list[Kept]:
    """Return the numbers of a page that is no notebook, in order."""
    return _pages(env).get(page, [])


def _pages(env: BuildEnvironment) -> dict[str, list[Kept]]:
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
