"""The text of a built page, piece by piece, and where in it a button may be put."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

TAG = re.compile(
    r"<!--.*?-->|<(script|style)\b.*?</\1>|</?(?P<name>[\w-]+)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>",
    re.DOTALL,
)
# No button stands inside these: controls, headings, code, formulas, pictures.
NEVER = {"a", "button", "label", "option", "select", "summary", "textarea", "h1", "h2", "h3", "h4"}
NEVER |= {"code", "kbd", "math", "pre", "svg"}


@dataclass(frozen=True)
class Open:
    """Where text is open to buttons: what is closed beyond `NEVER`, and what text must stand in.

    `closed` and `within` are names of elements, `classes` are patterns of class names that close.
    """

    classes: tuple[str, ...]
    closed: tuple[str, ...] = ()
    within: tuple[str, ...] = ()

    def closes(self, name: str, tag: str) -> bool:
        """Tell whether an element, known by its opening tag, has no open text inside."""
        named = re.search(rf'class="(?:[^"]* )?(?:{"|".join(self.classes)})[" ]', tag)
        return name in NEVER or name in self.closed or named is not None


def texts(html: str, where: Open) -> Iterator[tuple[int, str, bool]]:
    """Yield the pieces of HTML in order: where each begins, itself, whether it is open text.

    A tag is a piece too. Nothing inside a closed element is open.
    """
    closed_by, depth, inside, last = "", 0, 0, 0
    for match in TAG.finditer(html):
        if match.start() > last:
            is_open = not closed_by and (inside > 0 or not where.within)
            yield last, html[last : match.start()], is_open
        last, name = match.end(), match["name"]
        yield match.start(), match[0], False
        if name is None or match[0].endswith("/>"):
            continue
        step = -1 if match[0].startswith("</") else 1
        inside += step if name in where.within else 0
        if closed_by:
            depth += step if name == closed_by else 0
            closed_by = closed_by if depth else ""
        elif step > 0 and where.closes(name, match[0]):
            closed_by, depth = name, 1
    yield last, html[last:], not closed_by and (inside > 0 or not where.within)
