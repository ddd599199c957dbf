"""Sections that most readers leave out: one whose heading begins with "Aside:" folds to a line.

The heading, without that word, is the line; the notebook has a section like any other. A link to an
aside, or into it, opens it. The outline of a page does not list it.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from book._ext.frame import details, moved

MARK = "Aside: "


class Asides(SphinxTransform):
    """Folds the asides of a page, before the outline is taken from it."""

    default_priority = 879  # after the frame, which moves sections; before Sphinx's outline

    def apply(self, **kwargs: Any) -> None:
        """Put each aside behind its heading, the innermost first."""
        del kwargs
        for part in reversed(list(self.document.findall(nodes.section))):
            title = part[0].astext()
            if title.startswith(MARK):
                heading = f"h{1 + _depth(part)}"
                label = title.removeprefix(MARK)
                label = label[0].upper() + label[1:]
                folded = details(label, [moved(part)], "aside", heading=heading)
                part.parent.replace(part, folded)


def _depth(part: nodes.section) -> int:
    """Return how many sections a section stands in: 1 for one with a heading of second level."""
    above, depth = part.parent, 0
    while above is not None:
        depth += isinstance(above, nodes.section)
        above = above.parent
    return depth


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the transform above to the build."""
    app.add_transform(Asides)
    app.add_css_file("asides.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
