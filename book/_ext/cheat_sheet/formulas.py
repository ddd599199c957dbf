"""The key formulas, each with the case that computes it, and how a source misprints it."""

from __future__ import annotations

from functools import cache

from book._ext.cheat_sheet.formula_row import FormulaRow, held
from book._ext.cheat_sheet.formulas_of_many import CHIPS, GUESSES, LOAD
from book._ext.cheat_sheet.formulas_of_one import ARITHMETIC, MEMORY, TIME


@cache
def formulas() -> tuple[FormulaRow, ...]:
    """Return all formulas, their units held."""
    return tuple(map(held, (*MEMORY, *TIME, *ARITHMETIC, *GUESSES, *CHIPS, *LOAD)))
