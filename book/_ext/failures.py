"""`book/failure-modes`: what goes wrong in serving, by what one sees first.

The data is `book/failure_modes.toml`. Each failure gets a heading of its own, so that the search
finds it and a chapter can link it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import NamedTuple

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from tokenworks.units import quantities
from tools.contents import chapters, with_links
from tools.repository import ROOT

DATA = ROOT / "book" / "failure_modes.toml"
INDEX = "all-failures"  # the place of the index on the page


class Failure(NamedTuple):
    """One failure: what one sees, why, what to do, where it is explained, and its other names."""

    name: str
    signal: str
    cause: str
    do: str
    chapter: str
    also: Sequence[str]


def failures() -> dict[str, list[Failure]]:
    """Read the failures by group; a text with a number that nothing computes raises ValueError."""
    known = tomllib.loads(DATA.read_text(encoding="utf-8"))
    found = {
        group["title"]: [Failure(**each) for each in group["failure"]] for group in known["group"]
    }
    for each in (failure for group in found.values() for failure in group):
        stated = quantities(f"{each.signal} {each.cause} {each.do}")
        if stated:
            raise ValueError(f"{each.name}: nothing computes {stated[0].literal}; say it in words")
    return found


def explained(failure: Failure) -> str:
    """Return the link to where a failure is explained, by the titles of chapter and section."""
    name, _, place = failure.chapter.partition("#")
    chapter = chapters()[name]
    section = chapter.headings().get(place, "").removeprefix("Aside: ")
    words = f"{chapter.label}: {section}" if section else chapter.title
    return with_links(f"[{words}](chapter:{failure.chapter})", DATA.name, folder="/chapters/")


def markdown(failure: Failure) -> str:
    """Return a failure as the page's own parser reads it."""
    return (
        f"### {failure.name}\n\n:::{{container}} failure\n"
        f"{failure.signal}\n\n"
        f"**Cause.** {failure.cause}\n\n"
        f"**Do.** {failure.do}\n\n"
        f"{{.failure-names}}\nExplained in {explained(failure)}. "
        f"Also: {', '.join(failure.also)}.\n:::\n\n"
    )


def index(found: dict[str, list[Failure]]) -> str:
    """Return the names by group, each group folded, each name a link to its place on the page."""
    parts = []
    for title, group in found.items():
        links = "".join(
            f'<li><a href="#{nodes.make_id(each.name)}">{each.name}</a></li>' for each in group
        )
        count = f'<span class="failure-count">{len(group)}</span>'
        parts.append(f"<details><summary>{title}&nbsp;{count}</summary><ul>{links}</ul></details>")
    return f'<div class="failure-index" id="{INDEX}">{"".join(parts)}</div>'


class FailureIndex(SphinxDirective):
    """`{failure-index}`: the names of all failures by group, as links."""

    def run(self) -> list[nodes.Node]:
        """Return the list, which the search leaves out: every failure has a heading."""
        return [nodes.raw("", index(failures()), format="html")]


class Failures(SphinxDirective):
    """`{failures}`: all groups, one section for each failure."""

    def run(self) -> list[nodes.Node]:
        """Read the data and let the page's own parser make the sections."""
        try:
            found = failures()
        except ValueError as problem:
            raise self.error(str(problem)) from problem
        self.env.note_dependency(str(DATA))
        back = f'<a class="failure-back" href="#{INDEX}">All failures</a>\n\n'
        text = "".join(
            f"## {title}\n\n{back}{''.join(map(markdown, group))}" for title, group in found.items()
        )
        return self.parse_text_to_nodes(text, allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives."""
    app.add_directive("failures", Failures)
    app.add_directive("failure-index", FailureIndex)
    app.add_css_file("failures.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
