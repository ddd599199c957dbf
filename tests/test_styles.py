"""The book's own styles: no colour depends on a width, so two states of a page show all colours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import tinycss2

from tools.repository import ROOT

SHEETS = sorted([*ROOT.glob("book/_static/*.css"), *ROOT.glob("lib/tokenworks/widgets/*.css")])
COLOURS = ("color", "fill", "stroke", "opacity", "filter")
PAINTED = ("background", "border", "outline", "box-shadow", "text-shadow", "--")  # may hold one

SKIP = {"skip_comments": True, "skip_whitespace": True}


def paints(name: str) -> bool:
    """Tell whether a property may set a colour."""
    if name.endswith(("-width", "-radius")):  # of a border or an outline
        return False
    return name in COLOURS or name.endswith("-color") or name.startswith(PAINTED)


def rules(nodes: list, *, narrow: bool = False) -> Iterator[tuple[bool, str, str]]:
    """Yield whether each declaration depends on a width, its selector and its property."""
    for node in nodes:
        if node.type == "at-rule" and node.content is not None:
            asks = node.at_keyword in ("media", "container")
            inner = tinycss2.parse_rule_list(node.content, **SKIP)
            width = asks and "width" in tinycss2.serialize(node.prelude)
            yield from rules(inner, narrow=narrow or width)
        elif node.type == "qualified-rule":
            selector = tinycss2.serialize(node.prelude).strip()
            for one in tinycss2.parse_blocks_contents(node.content, **SKIP):
                yield narrow, selector, getattr(one, "name", one.type)


def declared(text: str) -> list[tuple[bool, str, str]]:
    return list(rules(tinycss2.parse_stylesheet(text, **SKIP)))


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
def test_no_colour_depends_on_a_width(path):
    found = declared(path.read_text(encoding="utf-8"))
    assert found
    assert all(name == name.lower() and name != "error" for _, _, name in found)
    assert [each for each in found if each[0] and paints(each[2])] == []


@pytest.mark.parametrize(
    "rule", ["color: red", "background: none", "fill: red", "border-top: 0", "--tw-ink: red"]
)
def test_a_colour_that_depends_on_a_width_is_found(rule):
    ((narrow, selector, name),) = declared(f"@media (max-width: 9px) {{ p {{ {rule}; }} }}")
    assert (narrow, selector, paints(name)) == (True, "p", True)
    ((narrow, _, _),) = declared(f"@media print {{ p {{ {rule}; }} }}")
    assert not narrow
