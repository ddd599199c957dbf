"""The frame of a page: what stands around its lesson, made from the chapters' order."""

from __future__ import annotations

from sphinx.application import Sphinx

from tools.contents import with_links


def link_chapters(app: Sphinx, docname: str, source: list[str]) -> None:
    """Write addresses and numbers into the mentions of chapters on a page that is no notebook."""
    if not str(app.env.doc2path(docname)).endswith(".ipynb"):
        source[0] = with_links(source[0], f"{docname}.md", folder="/chapters/")


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the steps above to the build."""
    app.connect("source-read", link_chapters)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
