"""A chapter says of each time which kind it is: a floor, expected, simulated or measured."""

from __future__ import annotations

import re

import nbformat
import pytest

from tokenworks.units import quantities
from tools.number_scan import plain_prose
from tools.repository import ROOT

# Chapters whose every paragraph says it; a chapter joins when its text does.
# 06 is about times as such: most of its own are cases with round numbers.
HELD = ("01-token-factory", "03-prefill-decode", "04-roofline", "05-kv-cache", "07-batching")
HELD += ("08-flash-attention", "09-paged-attention")
TIME = re.compile(r"[\d.]+ (?:ns|µs|ms|s|tokens/s)$|^USD [\d.,]+/million tokens$")
KIND = re.compile(
    r"\b(?:floors?|at least|at most|at best|least|expect(?:ed|s|ation)?|predict(?:ed|s|ion)?"
    r"|simulat\w+|measur\w+|reported|timed|took)\b",
    re.IGNORECASE,
)
HEADING = re.compile(r"(?m)^(?=#{2,3} )")
BLOCK = re.compile(r"\n\s*\n|\n(?=- )")


def times(text: str) -> list[str]:
    """List the times, rates of tokens and prices of tokens that a text states."""
    return [q.literal for q in quantities(text) if TIME.search(q.literal)]


def unkind(text: str) -> list[str]:
    """List the times of a text that does not say of which kind they are."""
    return [] if KIND.search(text) else times(text)


def blocks(markdown: str) -> list[str]:
    """List the paragraphs and points of a text, without code and formulas."""
    return BLOCK.split(plain_prose(markdown))


def shown(cell: nbformat.NotebookNode) -> list[str]:
    """List what a cell prints: tables with their captions, pictures with alt text and caption."""
    texts = (one.get("data", {}).get("text/plain", one.get("text", "")) for one in cell.outputs)
    return ["".join(text) for text in texts]


def sections(book: nbformat.NotebookNode) -> list[tuple[str, list[str]]]:
    """List the prose of each section, and what its cells print."""
    found: list[tuple[str, list[str]]] = [("", [])]
    for cell in book.cells:
        if cell.cell_type == "markdown":
            first, *others = HEADING.split(cell.source)
            found[-1] = (f"{found[-1][0]}\n\n{first}", found[-1][1])
            found += [(part, []) for part in others]
        elif cell.cell_type == "code":
            found[-1][1].extend(shown(cell))
    return found


@pytest.mark.parametrize("stem", HELD)
def test_each_paragraph_with_a_time_says_of_which_kind(stem):
    book = nbformat.read(ROOT / f"chapters/{stem}.ipynb", as_version=4)
    prose = [cell.source for cell in book.cells if cell.cell_type == "markdown"]
    texts = [block for source in prose for block in blocks(source)]
    assert any(times(text) for text in texts)
    wrong = {text[:60]: found for text in texts if (found := unkind(text))}
    assert not wrong, "say floor, expected, simulated or measured in these paragraphs"


@pytest.mark.parametrize("stem", HELD)
def test_each_table_and_picture_with_a_time_says_of_which_kind(stem):
    """In its own words, or in those of its section."""
    book = nbformat.read(ROOT / f"chapters/{stem}.ipynb", as_version=4)
    seen = [(prose, text) for prose, texts in sections(book) for text in texts if times(text)]
    assert seen
    wrong = [text[:80] for prose, text in seen if unkind(text) and not KIND.search(prose)]
    assert not wrong


def test_a_time_without_its_kind_is_found():
    assert unkind("A token takes 34 ms, which is 29 tokens/s.") == ["34 ms", "29 tokens/s"]
    assert unkind("It costs USD 53/million tokens.") == ["USD 53/million tokens"]
    assert not unkind("A token takes at least 34 ms.")
    assert not unkind("Two A100s were measured at 16.03 tokens/s.")
    assert not unkind("An H100 reads 3.35 TB/s and does 989 TFLOP/s.")
    assert not times("`34 ms` is code")[1:]


def test_points_and_paragraphs_are_held_one_by_one():
    text = "At the floor it is 5 ms.\n\nIt takes 6 ms.\n- A step of 7 ms.\n- At best 8 ms."
    assert [unkind(block) for block in blocks(text)] == [[], ["6 ms"], ["7 ms"], []]
