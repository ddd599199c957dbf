"""A mention of a chapter that is not written yet is a button that says so, and what it will say."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from sphinx.application import Sphinx

from book._ext.terms import popover
from tools.contents import Chapter, chapters, unwritten

MENTION = re.compile(r'<span class="unwritten" title="([^"]*)">(.*?)</span>', re.DOTALL)
MAP = "book/intro"  # the page with all chapters, and the heading above them
HEADING = "all-chapters"


def with_notes(body: str, address: str) -> str:
    """Return a page whose mentions of unwritten chapters are buttons, with what they open.

    `address` leads to the map of all chapters.
    """
    known = {escape(unwritten(c)): c for c in chapters().values() if c.source is None}
    used: dict[str, Chapter] = {}

    def button(match: re.Match[str]) -> str:
        chapter = known[match[1]]
        used[chapter.name] = chapter
        target = f'popovertarget="{_id(chapter)}"'
        return f'<button type="button" class="term unwritten" {target}>{match[2]}</button>'

    body = MENTION.sub(button, body)
    notes = "".join(note(chapter, address) for chapter in used.values())
    return f'{body}<div class="term-notes">{notes}</div>' if used else body


def note(chapter: Chapter, address: str) -> str:
    """Return what the button of an unwritten chapter opens."""
    told = f"Not written yet. {escape(chapter.thesis)}"
    link = f'<a href="{address}">All chapters</a>'
    return popover(_id(chapter), chapter.label, told=told, link=link)


def _id(chapter: Chapter) -> str:
    return f"unwritten-{chapter.name}"


def explain(app: Sphinx, pagename: str, *rest: Any) -> None:
    """Let the mentions of a page explain themselves."""
    del app, pagename
    context = rest[1]
    if "body" in context:
        context["body"] = with_notes(context["body"], f"{context['pathto'](MAP)}#{HEADING}")


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the build: before the terms, which stand in no button."""
    app.connect("html-page-context", explain, priority=640)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
