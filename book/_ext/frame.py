"""The frame of a page: what stands around its lesson, from the first screen to the last group.

A chapter is read with its parts in a row, as the notebook has them. Here they get their places:
number and minutes above the title, picture and guess first, objectives and the links to the
notebook below them in one line each, and what comes after reading as one group of folded parts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

from tools.contents import FILE, with_links

logger = logging.getLogger(__name__)

CALLOUTS = {"often printed": "wrong", "try": "try", "rule": "rule"}  # by how they begin
MOST_WRONG = 2  # claims of others that a chapter answers; the others stand in book/elsewhere
TITLE = re.compile(r"<h1>(\d\d · )(.*?</h1>)\s*(<p class=\"kicker\">)(.*?</p>)", re.DOTALL)
NOTEBOOK = re.compile(r"(, \d+ min with the notebook)")
SWITCH = re.compile(r'<p class="fold-switch".*?</p>\n', re.DOTALL)
LINKS = re.compile(r'<p class="notebook-links">')


class Frame(SphinxTransform):
    """Puts the parts of a page into their places, before the outline is taken from it."""

    default_priority = 878  # just before Sphinx takes the outline and other extensions read it

    def apply(self, **kwargs: Any) -> None:
        """Frame a chapter, and mark the kind of every callout."""
        del kwargs
        if FILE.fullmatch(self.env.docname):
            frame_chapter(self.document)
        for quote in self.document.findall(nodes.block_quote):
            quote["classes"] += callout_classes(quote)
        if too_many := answered_too_often(self.document):
            logger.warning(too_many, location=self.env.docname, type="frame")


def callout_classes(quote: nodes.block_quote) -> list[str]:
    """Return the classes of a quotation that opens with bold words: its kind by these words."""
    paragraph = next(quote.findall(nodes.paragraph), nodes.paragraph())
    first = next((one for one in paragraph if one.astext()), None)
    if not isinstance(first, nodes.strong):
        return []
    words = first.astext().lower()
    kinds = [kind for start, kind in CALLOUTS.items() if words.startswith(start)]
    return ["callout", f"callout-{kinds[0] if kinds else 'insight'}"]


def answered_too_often(document: nodes.document) -> str:
    """Say where a page answers more claims of others than a reader bears; "" where it does not."""
    wrong = [q for q in document.findall(nodes.block_quote) if "callout-wrong" in q["classes"]]
    if len(wrong) <= MOST_WRONG:
        return ""
    part = wrong[MOST_WRONG].parent
    while not isinstance(part, (nodes.section, nodes.document)):
        part = part.parent
    title = next(part.findall(nodes.title), nodes.title()).astext()
    told = f"{len(wrong)} callouts say “Often printed, and wrong”, at most {MOST_WRONG} may"
    return f"section {title!r}: {told}; move those that teach least to book/elsewhere"


def frame_chapter(document: nodes.document) -> None:
    """Put the opener of a chapter in order, and fold what its lesson does not need."""
    page = next(document.findall(nodes.section))
    parts = {name: one for one in page.findall(nodes.section) for name in one["names"]}
    start = parts.get("objectives")
    if start is None:
        return
    opening = page.children[1 : page.index(start)]
    texts = [one for one in opening if isinstance(one, nodes.paragraph)]
    kicker, links, *thesis = texts
    kicker["classes"].append("kicker")
    links["classes"].append("notebook-links")
    for one in thesis:
        one["classes"].append("thesis")
    cells = [one for one in opening if one not in texts]
    shown = [one for one in cells if not _is_behind(one)]
    behind = [one for one in cells if _is_behind(one)]
    folded = [part for name in ("objectives", "prerequisites") if (part := parts.get(name))]
    inside = [node for part in folded for node in (_rubric(part), moved(part))]
    objectives = details("Objectives and prerequisites", inside, "objectives")
    page.children[1 : page.index(start)] = []
    for part in folded:
        page.remove(part)
    code = nodes.container("", *behind, classes=["opener-code"])
    page[1:1] = [kicker, *thesis, *shown, *([code] if behind else []), *objectives, links]
    if "card" in parts:
        parts["card"]["classes"].append("card")
    if "after reading" in parts:
        fold_parts(parts["after reading"])


def _is_behind(node: nodes.Node) -> bool:
    """Whether a cell is code that `folds` puts behind a line."""
    return isinstance(node, nodes.container) and "fold" in node.get("cell_metadata", {})


def fold_parts(after: nodes.section) -> None:
    """Make each part of what comes after reading a fold of one group."""
    after["classes"].append("after-reading")
    for part in [one for one in after if isinstance(one, nodes.section)]:
        name = part[0].astext()
        asked = sum('data-widget="quiz"' in raw.astext() for raw in part.findall(nodes.raw))
        count = f" · {asked} question{'s' if asked > 1 else ''}" if asked else ""
        at = after.index(part)
        after.remove(part)
        after[at:at] = details(f"{name}{count}", [moved(part)], "part")


def details(
    label: str, inside: Sequence[nodes.Node], css: str, *, heading: str = ""
) -> list[nodes.Node]:
    """Return nodes behind one line, which opens them without a script.

    `heading`, "h3", makes the line a heading too: those who jump from one to the next find it.
    """
    line = f"<{heading}>{escape(label)}</{heading}>" if heading else escape(label)
    begin = f'<details class="{css}"><summary>{line}</summary>'
    return [_raw(begin), *inside, _raw("</details>")]


def _raw(html: str) -> nodes.raw:
    return nodes.raw("", html, format="html")


def _rubric(part: nodes.section) -> nodes.rubric:
    return nodes.rubric("", part[0].astext())


def moved(part: nodes.section) -> nodes.container:
    """Return what a section holds below its title; links to the section still find it."""
    return nodes.container("", *part[1:], ids=part["ids"])


def link_chapters(app: Sphinx, docname: str, source: list[str]) -> None:
    """Write addresses and numbers into the mentions of chapters on a page that is no notebook."""
    if not str(app.env.doc2path(docname)).endswith(".ipynb"):
        source[0] = with_links(source[0], f"{docname}.md", folder="/chapters/")


def lift_kicker(app: Sphinx, pagename: str, *rest: Any) -> None:
    """Put a chapter's number, part and minutes above its title, and the switch of all folds low."""
    del app
    _, context, _ = rest
    if FILE.fullmatch(pagename):
        body = TITLE.sub(r"\3\1\4\n<h1>\2", context["body"])
        body = NOTEBOOK.sub(r'<span class="kicker-more">\1</span>', body, count=1)
        switch = SWITCH.match(body)
        if switch:
            body = LINKS.sub(lambda found: switch[0] + found[0], body[switch.end() :], count=1)
        context["body"] = body


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the steps above to the build."""
    app.add_transform(Frame)
    app.connect("source-read", link_chapters)
    app.connect("html-page-context", lift_kicker, priority=350)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
