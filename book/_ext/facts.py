"""The reference tables: chips, models, prices and more, as the package's data files have them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from book._ext.fact_tables import TABLES, Column
from tokenworks.data import silicon
from tokenworks.specs import chip
from tokenworks.units import show


def is_number(cell: str) -> bool:
    """Tell whether a cell holds a bare number, or says why there is none."""
    return (
        cell in ("windowed", "not listed")
        or re.fullmatch(r"[\d,.]+(?: / \d+| physical)?", cell) is not None
    )


def markdown(rows: Iterable[Any], columns: list[Column]) -> str:
    """Return rows as a Markdown table, its numbers aligned to the right."""
    cells = [[cell(row) for _, cell in columns] for row in rows]
    rules = [
        "---:" if all(map(is_number, column)) else "---" for column in zip(*cells, strict=True)
    ]
    lines = [[name for name, _ in columns], rules, *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


class Facts(SphinxDirective):
    """`{facts} chips`: one data table, every row with its source."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Read the rows and let the page's own parser make the table."""
        rows, columns = TABLES[self.arguments[0]]
        return self.parse_text_to_nodes(markdown(rows(), columns))


def add_ages(app: Sphinx, pagename: str, *rest: Any) -> None:
    """Give a page with dated prices the script that counts their days."""
    del pagename
    if "data-day=" in rest[1].get("body", ""):
        app.add_js_file("ages.js", loading_method="defer")


def substitutions(app: Sphinx, config: object) -> None:
    """Give the pages the three figures of one memory, and the licence of what was measured."""
    del app
    on = chip("h100-sxm")
    config.myst_substitutions |= {
        "h100_sold": on.marketed,
        "h100_physical": show(on.physical_bytes or 0, "GiB"),
        "h100_usable": show(on.usable_bytes or 0, "GiB", decimals=2),
        "silicon_licence": silicon.LICENCE,
    }


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("facts", Facts)
    app.connect("config-inited", substitutions)
    app.connect("html-page-context", add_ages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
