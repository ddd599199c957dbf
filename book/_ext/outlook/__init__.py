"""`book/what-next`: directions that inference may take, each held against this book's floor."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from book._ext.outlook import numbers
from book._ext.outlook.entries import Outlook, outlooks
from book._ext.page_numbers import keep_numbers
from tools.contents import section_link

PAGE = "book/what-next"


def markdown(one: Outlook, mark: str) -> str:
    """Return a direction as the page's own parser reads it."""
    places = " and ".join(section_link(place, PAGE) for place in one.chapters)
    sources = ", ".join(f"[{name}]({address})" for name, address in one.sources)
    return (
        f"## {one.name}\n\n{one.idea}\n\n"
        f"**Reported.** {one.reported} ({sources}.)\n\n"
        f"**The floor.** {one.floor}\n\n"
        f"**Assumed.** {one.assumed}\n\n"
        f"It builds on {places}.\n\n{mark}\n"
    )


class Outlooks(SphinxDirective):
    """`{outlooks}`: all directions, one section each."""

    def run(self) -> list[nodes.Node]:
        """Check the numbers and let the page's own parser make the sections."""
        try:
            found = outlooks()
        except ValueError as problem:
            raise self.error(str(problem)) from problem
        text = "".join(
            markdown(one, keep_numbers(self.env, one.numbers, numbers.__name__)) for one in found
        )
        return self.parse_text_to_nodes(text, allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("outlooks", Outlooks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
