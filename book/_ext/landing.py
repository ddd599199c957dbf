"""What the landing page has that no other page has: a widget without a notebook around it."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from tokenworks import widgets


class Widget(SphinxDirective):
    """`{widget} streaming`: a widget of the package at its defaults."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the static form, which `book._ext.widgets` makes live."""
        name = self.arguments[0]
        if name not in widgets.__all__:
            raise self.error(f"no widget is called {name!r}; known: {', '.join(widgets.__all__)}")
        return [nodes.raw("", getattr(widgets, name)().static_html(), format="html")]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("widget", Widget)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
