"""The reading form of a notebook: code folds behind what it supports, one line where it stood.

Before a page is parsed its cells are taken apart: results that a reader looks at stay, code and
worked numbers go behind a line that says what is in it. The committed notebook keeps all of it.
"""

from __future__ import annotations

import json
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

from book._ext.fold_labels import ALIKE, Part, label
from tools import notebook

SWITCH = (
    '<p class="fold-switch" hidden><button type="button" aria-pressed="false" '
    'aria-keyshortcuts="c">Show all code <kbd aria-hidden="true">c</kbd></button></p>\n'
)


class fold(nodes.General, nodes.Element):  # docutils names its nodes in lower case
    """Cells behind one line: `label` says what is in them, `ids` where it stands."""


def reading_form(book: dict[str, Any], *, opening: str) -> dict[str, Any]:
    """Return a notebook with its code cells taken apart; markdown cells are passed through.

    `opening` is the source of the cell that installs the package: a page has no use for it.
    """
    cells: list[dict[str, Any]] = []
    run: list[Part] = []
    for cell in book["cells"]:
        if cell["cell_type"] == "code":
            run.append(Part.of(cell))
        else:
            cells += [*_cells(run, opening), cell]
            run = []
    return {**book, "cells": [*cells, *_cells(run, opening)]}


def _cells(run: list[Part], opening: str) -> list[dict[str, Any]]:
    """Return what a run of neighbouring code cells becomes: for each group results, then a fold."""
    cells: list[dict[str, Any]] = []
    for group in groups([part for part in run if part.source != opening]):
        cells += [part.results() for part in group if part.shown or part.open]
        behind = [part for part in group if part.folded or not part.open]
        if behind:
            fold = {"group": behind[0].id, "label": label(behind)}
            cells += [part.behind(fold) for part in behind]
    return cells


def groups(run: list[Part]) -> list[list[Part]]:
    """Join neighbours into groups of one fold each.

    Numbers and printed text join the result before them, what shows nothing joins the result that
    it prepares, and results of one kind (three quizzes) share a fold. Open code stands alone.
    """
    found: list[list[Part]] = []
    waiting: list[Part] = []
    for part in run:
        last = found[-1][-1] if found else None
        joins = last is not None and not last.open and not part.open and not waiting
        if joins and ((part.folded and not part.shown) or (part.kind == last.kind in ALIKE)):
            found[-1].append(part)
        elif part.shown or part.open or part.folded:
            alone = part.open and waiting
            found += [waiting, [part]] if alone else [[*waiting, part]]
            waiting = []
        else:
            waiting.append(part)
    if waiting:
        found.append(waiting)
    return found


def take_apart(app: Sphinx, docname: str, source: list[str]) -> None:
    """Give a notebook its reading form before it is parsed."""
    if str(app.env.doc2path(docname)).endswith(".ipynb"):
        book = reading_form(json.loads(source[0]), opening=notebook.bootstrap())
        source[0] = json.dumps(book)


def wrap(app: Sphinx, doctree: nodes.document) -> None:
    """Put the cells of one group into one fold."""
    del app
    for cell in list(doctree.findall(lambda node: bool(_of(node)))):
        group = _of(cell)
        before = cell.parent[cell.parent.index(cell) - 1] if cell.parent.index(cell) else None
        cell["ids"].append(f"cell-{group['cell']}")
        if isinstance(before, fold) and before["group"] == group["group"]:
            cell.parent.remove(cell)
            before.append(cell)
        else:
            one = fold(group=group["group"], label=group["label"], ids=[f"fold-{group['group']}"])
            cell.replace_self(one)
            one.append(cell)


def _of(node: nodes.Node) -> dict[str, Any]:
    """Return what fold a node belongs to, {} for what stays outside."""
    if isinstance(node, nodes.container) and node.get("nb_element") == "cell_code":
        return node["cell_metadata"].get("fold", {})
    return {}


def visit_fold(translator: HTML5Translator, node: fold) -> None:
    """Open the fold: its line, which opens it without a script too."""
    text = translator.encode(node["label"])
    translator.body.append(
        f'<details class="fold" id="{node["ids"][0]}"><summary>'
        f'<span class="fold-mark" aria-hidden="true">&lt;/&gt;</span> {text}</summary>\n'
    )


def depart_fold(translator: HTML5Translator, node: fold) -> None:
    """Close the fold."""
    del node
    translator.body.append("</details>\n")


def add_switch(app: Sphinx, *page: Any) -> None:
    """Put the switch for all folds above a page that has some; a script shows it."""
    del app
    _name, _template, context, _doctree = page
    if 'class="fold"' in context.get("body", ""):
        context["body"] = SWITCH + context["body"]


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the steps above to the build."""
    app.add_node(fold, html=(visit_fold, depart_fold))
    app.connect("source-read", take_apart)
    app.connect("doctree-read", wrap)
    app.connect("html-page-context", add_switch, priority=300)
    app.add_css_file("folds.css")
    app.add_js_file("folds.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
