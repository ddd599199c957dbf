"""`book/elsewhere`: numbers that readers meet elsewhere, and what is right.

Each entry quotes a sentence or a figure as it goes round, states the case in which it is looked
at, names the slip, and gives the right value. Each number with a unit in the right value is
computed when the page is built: one that differs, or that nothing computes, stops the build.
"""

from __future__ import annotations

import re
from types import ModuleType

from docutils import nodes
from mdit_py_plugins.anchors.index import slugify
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from book._ext.elsewhere import (
    attention,
    batching,
    chips,
    economics,
    fleets,
    generation,
    memory,
    metrics,
    paging,
    parallelism,
    phases,
    quantization,
    serving,
    showcase,
    slices,
    speculation,
    token,
)
from book._ext.elsewhere.entry import Entry, checked
from book._ext.page_numbers import keep_numbers
from tools.contents import chapters, section_link

PAGE = "book/elsewhere"

MODULES: dict[str, ModuleType] = {
    "One token": token,
    "Sampling": generation,
    "Prompt and answer": phases,
    "Chips and rooflines": chips,
    "What fits": memory,
    "Attention": attention,
    "Caches in blocks": paging,
    "Reports and load tests": metrics,
    "Many users": batching,
    "Guessing ahead": speculation,
    "Fewer bits": quantization,
    "Many chips": parallelism,
    "Many replicas": serving,
    "A server at work": showcase,
    "A large model on TPUs": slices,
    "A fleet of them": fleets,
    "What it costs": economics,
}
SUBJECTS: dict[str, tuple[Entry, ...]] = {name: one.ENTRIES for name, one in MODULES.items()}


KEPT = re.compile(r"(?m)^> \*\*Often (?:printed|said|drawn)[^*]*\*\* (.+)$")

SENTENCE = re.compile(r"\*[^*]+\*|.+?[.!?](?= |$)")  # what is quoted, or the first sentence


def markdown(entry: Entry, place: str) -> str:
    """Return an entry as the page's own parser reads it; `place` marks where its numbers stand."""
    return (
        f":::{{container}} met own-numbers\n{{.no-doors}}\n> {entry.said}\n\n"
        f"**Right.** {entry.right}\n\n"
        f"**The slip.** {entry.slip}\n\n"
        f"**The case.** {entry.premise} Explained in {section_link(entry.chapter, PAGE)}.\n\n"
        f"{place}\n:::\n\n"
    )


def kept() -> str:
    """Return the list of those that chapters answer themselves, because they teach there."""
    items = []
    for chapter in chapters().values():
        text = chapter.source.read_text(encoding="utf-8") if chapter.source else ""
        for found in KEPT.finditer(text):
            heading = re.findall(r"(?m)^##+ (.+)$", text[: found.start()])[-1]
            first = SENTENCE.findall(found[1])[0]
            place = f"{chapter.name}#{slugify(heading)}"
            items.append(f"- {first} {section_link(place, PAGE)}\n")
    return "".join(items)


class Elsewhere(SphinxDirective):
    """`{elsewhere}`: all entries, one section for each subject."""

    def run(self) -> list[nodes.Node]:
        """Check the numbers and let the page's own parser make the sections."""
        try:
            found = {subject: checked(those, subject) for subject, those in SUBJECTS.items()}
        except ValueError as problem:
            raise self.error(str(problem)) from problem
        sections = {
            subject: "".join(markdown(one, self.mark(one, subject)) for one in own)
            for subject, own in found.items()
        }
        opening = "These are as wrong; the chapter named behind each says why."
        sections["Answered in the chapters"] = f"{opening}\n\n{kept()}"
        text = "\n".join(f"## {subject}\n\n{body}" for subject, body in sections.items())
        return self.parse_text_to_nodes(text, allow_section_headings=True)

    def mark(self, entry: Entry, subject: str) -> str:
        """Keep an entry's numbers and return the mark of their place."""
        return keep_numbers(self.env, entry.numbers, MODULES[subject].__name__)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("elsewhere", Elsewhere)
    app.add_css_file("elsewhere.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
