"""Sections that a reader may pass over: one whose heading begins with "Appendix:" folds to it.

In the notebook it is a section like any other. A link to it, or into it, opens it.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

MARK = "Appendix: "


class appendix(nodes.General, nodes.Element):  # docutils names its nodes in lower case
    """What stands below the heading of a folded section."""


def fold_appendices(app: Sphinx, doctree: nodes.document) -> None:
    """Put what follows the heading of each appendix into a fold."""
    del app
    for section in list(doctree.findall(nodes.section)):
        title = section.next_node(nodes.title)
        if title is None or not title.astext().startswith(MARK):
            continue
        rest = section.children[1:]
        folded = appendix("", *rest)
        section.children[1:] = []
        section += folded


def visit_appendix(translator: HTML5Translator, node: appendix) -> None:
    """Open the fold."""
    del node
    translator.body.append(
        '<details class="appendix"><summary>Read this appendix</summary>\n<div>\n'
    )


def depart_appendix(translator: HTML5Translator, node: appendix) -> None:
    """Close the fold."""
    del node
    translator.body.append("</div>\n</details>\n")


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the steps above to the build."""
    app.add_node(appendix, html=(visit_appendix, depart_appendix))
    app.connect("doctree-read", fold_appendices, priority=600)
    app.add_css_file("appendix.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
