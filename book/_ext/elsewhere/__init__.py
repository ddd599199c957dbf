"""`book/elsewhere`: numbers that readers meet elsewhere, and what is right.

Each entry quotes a sentence or a figure as it goes round, states the case in which it is looked
at, names the slip, and gives the right value. Each number with a unit in the right value is
computed when the page is built: one that differs, or that nothing computes, stops the build.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from book._ext.elsewhere import batching, chips, generation, phases, token
from book._ext.elsewhere.entry import Entry, checked
from tools.contents import chapters, with_links

SUBJECTS: dict[str, tuple[Entry, ...]] = {
    "One token": token.ENTRIES,
    "Sampling": generation.ENTRIES,
    "Prompt and answer": phases.ENTRIES,
    "Chips and rooflines": chips.ENTRIES,
    "Many users": batching.ENTRIES,
}


def markdown(entry: Entry) -> str:
    """Return an entry as the page's own parser reads it."""
    name = entry.chapter.partition("#")[0]
    explained = with_links(
        f"[{chapters()[name].title}](chapter:{entry.chapter})",
        "book/elsewhere",
        folder="/chapters/",
    )
    return (
        f":::{{container}} met\n> {entry.said}\n\n"
        f":The case: {entry.premise}\n:The slip: {entry.slip}\n:Right: {entry.right}\n"
        f":Explained in: {explained}\n:::\n\n"
    )


class Elsewhere(SphinxDirective):
    """`{elsewhere}`: all entries, one section for each subject."""

    def run(self) -> list[nodes.Node]:
        """Check the numbers and let the page's own parser make the sections."""
        try:
            found = {subject: checked(those, subject) for subject, those in SUBJECTS.items()}
        except ValueError as problem:
            raise self.error(str(problem)) from problem
        sections = (
            f"## {subject}\n\n{''.join(map(markdown, those))}" for subject, those in found.items()
        )
        return self.parse_text_to_nodes("\n".join(sections), allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("elsewhere", Elsewhere)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
