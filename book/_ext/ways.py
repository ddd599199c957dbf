"""The ways through the book: unwritten chapters in the menu, neighbours with what they say."""

from __future__ import annotations

import re
from html import escape
from itertools import groupby
from typing import Any

from sphinx.application import Sphinx

from tools.contents import FILE, Chapter, chapters

CAPTION = '<p class="caption" role="heading"><span class="caption-text">{}</span></p>'


def entry(chapter: Chapter) -> str:
    """Return the entry of an unwritten chapter, which is no link."""
    return (
        f'<li class="toctree-l1 planned"><span class="reference">{escape(chapter.label)}</span>'
        '<small class="planned-mark">planned</small></li>'
    )


def with_planned(tree: str) -> str:
    """Add the unwritten chapters to the menu: in their places in their parts, or as their own part.

    A part without a written chapter stands after the last that has one.
    """
    after = 0
    for caption, those in groupby(chapters().values(), key=lambda chapter: chapter.part):
        part = list(those)
        heading = re.search(rf'<span class="caption-text">{re.escape(caption)}</span></p>', tree)
        if heading is None:
            entries = "".join(entry(one) for one in part if one.source is None)
            added = f"{CAPTION.format(escape(caption))}\n<ul>{entries}</ul>\n"
            tree = tree[:after] + added + tree[after:]
            after += len(added)
        else:
            end = tree.index("</ul>", heading.end())
            listed = _in_order(tree[heading.end() : end], part)
            tree = tree[: heading.end()] + listed + tree[end:]
            after = heading.end() + len(listed) + len("</ul>")
    return tree


def _in_order(listed: str, part: list[Chapter]) -> str:
    """Put the unwritten chapters of a part among the entries of the written ones."""
    head, *links = re.split(r'(?=<li class="toctree-l1)', listed)
    rest = iter(links)
    mixed = "".join(next(rest, "") if one.source else entry(one) for one in part)
    return head + mixed + "".join(rest)


def thesis(link: str) -> str:
    """Return what the chapter behind a link says in a sentence, "" of another page."""
    found = FILE.search(f"chapters/{link.rpartition('/')[2]}")
    return chapters()[found[2]].thesis if found else ""


def show_ways(app: Sphinx, pagename: str, *rest: Any) -> None:
    """Give a page's template the whole menu, and its neighbours' sentences."""
    del app, pagename
    context = rest[1]
    if context.get("furo_navigation_tree"):
        context["furo_navigation_tree"] = with_planned(context["furo_navigation_tree"])
    for name in ("prev", "next"):
        if context.get(name):
            context[name] = {**context[name], "thesis": thesis(context[name]["link"])}


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the build: after the theme has made its menu."""
    app.connect("html-page-context", show_ways, priority=850)
    app.add_css_file("ways.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
