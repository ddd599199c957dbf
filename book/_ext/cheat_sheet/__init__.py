"""`book/cheat-sheet`: techniques and formulas in two tables, every number in them computed.

Nothing is typed that can be had from a record or a function: a gain is a worked number, a formula
is the expression that runs, and its unit follows from those of its names. What differs stops the
build.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from book._ext.cheat_sheet import formulas as formula_module
from book._ext.cheat_sheet import gains
from book._ext.cheat_sheet.formula_row import FormulaRow
from book._ext.cheat_sheet.formulas import formulas
from book._ext.cheat_sheet.technique import Technique
from book._ext.cheat_sheet.techniques import techniques
from book._ext.page_numbers import keep_numbers
from tokenworks.formula_tex import tex
from tokenworks.worked_number import Worked
from tools.contents import section_link

PAGE = "book/cheat-sheet"
NOTHING = "–"  # no misprint was met
# Of this page alone, for two sheets of A4.
PAPER = "<style>@page { margin: 8mm 9mm; } @media print { footer { display: none; } }</style>"
Mark = Callable[[Iterable[Worked], str], str]


def formula_text(formula: str) -> str:
    """Return an expression as the TeX of its own tree."""
    return (
        tex(ast.parse(formula, mode="eval"))
        .replace("flops/s", "FLOP/s")
        .replace(r"\frac", r"\dfrac")
    )


def technique_cells(one: Technique, mark: Mark) -> list[str]:
    """Return the cells of a technique, the mark of its numbers in the last."""
    case = f'<span class="sheet-case">{one.kind.capitalize()}. {one.case}</span>'
    gain = f"**{one.gain[0].upper()}{one.gain[1:]}**<br>{case}{mark(one.numbers, gains.__name__)}"
    return [
        f"**{one.name}**<br>{section_link(one.chapter, PAGE)}",
        one.fixes,
        one.costs,
        one.when,
        gain,
    ]


def formula_cells(row: FormulaRow, mark: Mark) -> list[str]:
    """Return the cells of a formula: itself, its case, and how it is misprinted."""
    off, misprint = row.wrong, row.misprint
    numbers, printed = [row.number], NOTHING
    if misprint and off:
        numbers += [off]
        printed = f"${formula_text(misprint.formula)}$<br>{misprint.off}. {misprint.slip}"
    head = f"**{row.name}**<br>{section_link(row.chapter, PAGE)}"
    case = f"**{row.literal}**: {row.case}."
    formula = f"${formula_text(row.formula)}$<br>{row.answers}"
    return [head, formula, case, f"{printed}{mark(numbers, formula_module.__name__)}"]


def table(head: tuple[str, ...], rows: Iterable[list[str]]) -> str:
    """Return a table as the page's own parser reads it."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


class SheetTable(SphinxDirective):
    """A table of the sheet: its rows are checked, then the page's own parser makes it."""

    def run(self) -> list[nodes.Node]:
        """Check the rows and make the table."""
        try:
            text = self.text()
        except ValueError as problem:
            raise self.error(str(problem)) from problem
        paper = nodes.raw("", PAPER, format="html")
        parsed = self.parse_text_to_nodes(
            f":::{{container}} sheet {self.name} own-numbers\n{text}\n:::\n"
        )
        return [paper, *parsed]

    def text(self) -> str:
        """Return the table as Markdown."""
        raise NotImplementedError

    def mark(self, numbers: Iterable[Worked], code: str) -> str:
        """Keep numbers that stand before this place; return the mark of the place."""
        return keep_numbers(self.env, tuple(numbers), code)


class Techniques(SheetTable):
    """`{techniques}`: what each repairs, costs, is for, and by how much it helped here."""

    def text(self) -> str:
        """Return the table as Markdown."""
        head = ("Technique", "It repairs", "It costs", "Take it", "By how much here")
        return table(head, (technique_cells(each, self.mark) for each in techniques()))


class KeyFormulas(SheetTable):
    """`{key-formulas}`: what runs, a case of it, and what is often printed instead."""

    def text(self) -> str:
        """Return the table as Markdown."""
        head = ("For", "Formula", "A case", "Often misprinted")
        return table(head, (formula_cells(each, self.mark) for each in formulas()))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives."""
    app.add_directive("techniques", Techniques)
    app.add_directive("key-formulas", KeyFormulas)
    app.add_css_file("cheat-sheet.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
