"""The chapters in reading order, and the links between them: everything `_toc.yml` knows.

A chapter's number is its place in `_toc.yml`, where `meta: planned:` lists those still unwritten.
Text never says a number. It says `[its tables](chapter:paged-attention#pages)`; the build writes
the address, and, where the words are the chapter's own title, its number before them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

import yaml
from mdit_py_plugins.anchors.index import slugify

from tools.repository import ROOT

MENTION = re.compile(r"\[([^\]\n]+)\]\(chapter:([^)\s#]*)(?:#([^)\s]*))?\)")
FILE = re.compile(r"chapters/(\d\d)-([a-z0-9-]+)")


class ContentsError(Exception):
    """What is wrong with the reading order or with a mention of a chapter, and where."""


@dataclass(frozen=True)
class Chapter:
    """One chapter: its number, its name, its part, and its text unless it is unwritten."""

    number: int
    name: str
    part: str
    source: Path | None
    planned_title: str = ""
    planned_thesis: str = ""

    @property
    def title(self) -> str:
        """Return the title without its number."""
        if self.source is None:
            return self.planned_title
        return re.findall(r"(?m)^# (.+)$", self.source.read_text(encoding="utf-8"))[0]

    @property
    def thesis(self) -> str:
        """Return the sentence below the title: what the chapter says."""
        if self.source is None:
            return self.planned_thesis
        text = self.source.read_text(encoding="utf-8")
        return " ".join(re.findall(r"(?ms)^# .+?\n\n(.+?)\n\n", text)[0].split())

    @property
    def label(self) -> str:
        """Return the title as readers see it: 05 · KV cache."""
        return numbered(self.number, self.title)

    def headings(self) -> dict[str, str]:
        """Return the headings of the chapter by the anchor with which a link names each."""
        if self.source is None:
            return {}
        text = re.sub(r"(?ms)^```.*?^```", "", self.source.read_text(encoding="utf-8"))
        return {slugify(heading): heading for heading in re.findall(r"(?m)^##+ (.+)$", text)}

    def anchors(self) -> set[str]:
        """Return the places of the chapter that a link can name."""
        return set(self.headings())


def numbered(number: int, title: str) -> str:
    """Write a chapter's number before its title."""
    return f"{number:02d} · {title}"


def unwritten(chapter: Chapter) -> str:
    """Say of a chapter that it has a place and no text."""
    return f"{chapter.label}, not yet written"


@cache
def chapters(toc: Path = ROOT / "_toc.yml") -> dict[str, Chapter]:
    """Return all chapters by name, written or not, in the order in which they are read.

    In a part the written ones come first, unless its planned ones name their place among them
    (`- file: chapters/NN-name`). A file whose number is not its place is an error.
    """
    known = yaml.safe_load(toc.read_text(encoding="utf-8"))
    parts: dict[str, list[dict[str, str]]] = {}
    for part in known.get("parts", []):
        own = [entry for entry in part["chapters"] if FILE.fullmatch(entry["file"])]
        parts |= {part["caption"]: own} if own else {}
    for part in (known.get("meta") or {}).get("planned", []):
        placed = [entry["file"] for entry in part["chapters"] if "file" in entry]
        own = parts.get(part["caption"], [])
        lost = [file for file in placed if {"file": file} not in own]
        if lost:
            raise ContentsError(f"{toc.name}: {lost[0]} has a place among the planned and no entry")
        first = [entry for entry in own if entry["file"] not in placed]
        parts[part["caption"]] = [*first, *part["chapters"]]
    found: dict[str, Chapter] = {}
    for caption, entries in parts.items():
        for entry in entries:
            chapter = _chapter(entry, len(found) + 1, part=caption, toc=toc)
            if chapter.name in found:
                raise ContentsError(f"{toc.name}: two chapters are named {chapter.name}")
            found[chapter.name] = chapter
    return found


def _chapter(entry: dict[str, str], number: int, *, part: str, toc: Path) -> Chapter:
    if "file" not in entry:
        return Chapter(number, entry["name"], part, None, entry["title"], entry.get("thesis", ""))
    digits, name = FILE.findall(entry["file"])[0]
    if int(digits) != number:
        told = f"rename it to chapters/{number:02d}-{name}"
        raise ContentsError(f"{toc.name}: {entry['file']} is chapter {number}; {told}")
    return Chapter(number, name, part, toc.parent / f"{entry['file']}.md")


def of_file(source: Path) -> Chapter:
    """Return the chapter whose text stands in a file, known by the file's name."""
    name = source.stem.partition("-")[2]
    chapter = chapters().get(name)
    if chapter is None or chapter.source is None or chapter.source.stem != source.stem:
        raise ContentsError(f"{source.name}: add chapters/{source.stem} to _toc.yml")
    return chapter


def with_links(markdown: str, place: str, *, folder: str = "") -> str:
    """Write the address and, in a title, the number into each mention of a chapter.

    `place` is where the text stands, for the error; `folder` leads from it to the chapters.
    """
    linked = MENTION.sub(lambda found: _link(found, place, folder), markdown)
    if "](chapter:" in linked:
        raise ContentsError(f"{place}: write a mention as [words](chapter:name), on one line")
    return linked


def section_link(place: str, page: str) -> str:
    """Return the link from a page of `book/` to a section of a chapter, by the chapter's title."""
    title = chapters()[place.partition("#")[0]].title
    return with_links(f"[{title}](chapter:{place})", page, folder="/chapters/")


def _link(found: re.Match[str], place: str, folder: str) -> str:
    words, name, anchor = found.groups()
    chapter = chapters().get(name)
    if chapter is None:
        known = ", ".join(chapters())
        raise ContentsError(f"{place}: no chapter is named {name!r}; there are {known}")
    shown = chapter.label if words == chapter.title else words
    if chapter.source is None:
        return f'<span class="unwritten" title="{escape(unwritten(chapter))}">{shown}</span>'
    if anchor and anchor not in chapter.anchors():
        raise ContentsError(f"{place}: {chapter.source.name} has no heading for #{anchor}")
    return f"[{shown}]({folder}{chapter.source.stem}.ipynb{f'#{anchor}' if anchor else ''})"


def neighbours(chapter: Chapter) -> str:
    """Write the links to the written chapters before and after one."""
    written = [one for one in chapters().values() if one.source]
    at = written.index(chapter)
    found = {
        "Before": written[at - 1] if at else None,
        "Next": dict(enumerate(written)).get(at + 1),
    }
    links = [f"{k}: [{c.title}](chapter:{c.name})" for k, c in found.items() if c]
    return with_links(" · ".join(links), "_toc.yml")
