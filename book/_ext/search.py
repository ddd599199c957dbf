"""The book's own search: what can be found, as a classic script, which also works from a file.

One entry a section and one a term of the glossary: its page, its place, its heading, its prose and
the text of its tables. Code and its printed output are not indexed. `search.js` weighs and shows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from bs4 import BeautifulSoup
from docutils import nodes
from sphinx.application import Sphinx

from book._ext import exercise_pages

INDEX = "_static/search_index.js"
GLOSSARY = "book/glossary"
KINDS = {
    GLOSSARY: "term",
    "book/facts": "facts",
    "book/failure-modes": "failures",
}  # the others: their folder
UNREAD = (nodes.literal_block, nodes.comment, nodes.image, nodes.math, nodes.math_block)
LIVE = "script, svg, pre, .tw-data"  # of an output's HTML, what is not text


def words(node: nodes.Node) -> Iterator[str]:
    """Yield the prose below a node: no code, no formula, none of the sections inside."""
    if isinstance(node, (nodes.section, nodes.title, *UNREAD)):
        return
    if isinstance(node, nodes.raw):
        yield from table_words(node)
        return
    if isinstance(node, nodes.Text):
        yield str(node)
    for child in node.children:
        yield from words(child)
    if isinstance(node, (nodes.paragraph, nodes.entry, nodes.list_item, nodes.term)):
        yield " "


def table_words(output: nodes.raw) -> Iterator[str]:
    """Yield the text of an output that is HTML, such as a table."""
    if "html" not in output.get("format", ""):
        return
    shown = BeautifulSoup(output.astext(), "html.parser")
    for part in shown.select(LIVE):
        part.decompose()
    yield shown.get_text(" ")


def entry(place: str, heading: str, texts: Iterator[str]) -> list[str]:
    """Return an entry of the index, its white space single."""
    return [place, heading, re.sub(r"\s+", " ", "".join(texts)).strip()]


def entries(doctree: nodes.document, *, glossary: bool) -> Iterator[list[str]]:
    """Yield the sections of a page, the first without a place, and the terms of a glossary."""
    for number, section in enumerate(doctree.findall(nodes.section)):
        title = section.next_node(nodes.title)
        heading = title.astext() if title else ""
        texts = (text for child in section.children for text in words(child))
        if not (glossary and number == 0):
            yield entry(section["ids"][0] if number else "", heading, texts)
    for item in doctree.findall(nodes.definition_list_item) if glossary else ():
        terms = [part for part in item.children if isinstance(part, nodes.term)]
        places = [one for term in terms for one in term["ids"]]
        named = ", ".join(term.astext() for term in terms)
        told = (text for part in item.findall(nodes.definition) for text in words(part))
        yield entry(places[0] if places else "", named, told)


def write(app: Sphinx, problem: Exception | None) -> None:
    """Write the index when the pages are done."""
    if problem or app.builder.format != "html":
        return
    pages = [
        {
            "page": name,
            "title": app.env.titles[name].astext(),
            "kind": KINDS.get(name, name.partition("/")[0]),
            "entries": list(entries(app.env.get_doctree(name), glossary=name == GLOSSARY)),
        }
        for name in app.env.found_docs
    ]
    pages += exercise_pages.searched()
    pages.sort(key=lambda page: page["page"])
    held = json.dumps(pages, ensure_ascii=False, separators=(",", ":"))
    path = Path(app.outdir) / INDEX
    path.write_text(f"window.tokenworksSearch = {held};\n", encoding="utf-8")


def own_search(app: Sphinx) -> None:
    """Leave Sphinx's index and its scripts out: the page of that name is ours."""
    if app.builder.format == "html":
        app.builder.search = False  # type: ignore[attr-defined]


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the build."""
    app.connect("builder-inited", own_search)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
