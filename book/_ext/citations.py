"""The bibliography: in the order of who wrote it, a person or an organisation, and year; a list."""

from __future__ import annotations

from typing import Any

from pybtex.plugin import register_plugin
from pybtex.style.formatting.alpha import Style
from pybtex.style.sorting.author_year_title import SortingStyle
from sphinx.application import Sphinx

NAME = "by_who_wrote"


class ByWhoWrote(SortingStyle):
    """pybtex alone puts `{{An Organisation}}`, with its braces, behind everybody else."""

    def person_key(self, person: Any) -> str:
        """Return what an author is sorted by."""
        return super().person_key(person).replace("{", "").replace("}", "")


class Ordered(Style):
    """Labels made of names and years, in that order."""

    default_sorting_style = NAME


def as_list(app: Sphinx, *page: Any) -> None:
    """Call entries items of their list: the role that docutils gives them is deprecated."""
    del app
    context = page[2]
    if "body" in context:
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the style that the page of the bibliography names, and what its entries are."""
    app.connect("html-page-context", as_list)
    register_plugin("pybtex.style.sorting", NAME, ByWhoWrote)
    register_plugin("pybtex.style.formatting", NAME, Ordered)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
