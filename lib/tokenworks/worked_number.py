"""The check behind every number in the book.

`worked("70 ms", decode_step_seconds, weight_bytes=140e9, hbm_bytes_per_s=2e12)` shows the formula
that runs, its substitution and its result, and fails when the literal in the prose says otherwise.
"""

from __future__ import annotations

import ast
import math
import sys
from dataclasses import asdict, dataclass, fields, is_dataclass
from typing import Any

from tokenworks.fact_sources import Source, cell_source, input_sources, row_name, row_sources
from tokenworks.formula_inputs import DIGITS, Input, inputs_of
from tokenworks.formula_tex import spoken, text_of
from tokenworks.number import shown
from tokenworks.run_again import again, run_printed
from tokenworks.substitution import Expression, expression_of
from tokenworks.units import Quantity, dimension_of, quantity, show

MIME = "application/vnd.tokenworks.worked+json"


class NumberMismatch(AssertionError):
    """The prose states a number that the computation does not give."""


@dataclass(frozen=True)
class Part:
    """A name in a formula that is computed itself: its own formula, and that with its values."""

    formula: str
    tex: str
    step: str
    step_tex: str


@dataclass(frozen=True)
class Working:
    """One checked number: formula, substitution and result, or, of a fact, what it is about."""

    literal: str
    formula: str
    tex: str
    steps: tuple[str, ...]
    steps_tex: tuple[str, ...]
    value: float
    sources: tuple[Source, ...] = ()
    fact: str = ""  # what a number is that is read and not computed; its formula is empty
    parts: tuple[Part, ...] = ()  # of the formula, with arithmetic of their own
    inputs: tuple[Input, ...] = ()  # that a reader may change; none where it would not run again

    @property
    def lines(self) -> tuple[str, ...]:
        """What a reader sees."""
        if self.fact:
            read = (f"  {each.source}, read {each.accessed}" for each in self.sources)
            return (f"{' ≈ '.join(dict.fromkeys((*self.steps, self.literal)))}: {self.fact}", *read)
        about = () if self.steps[-1] == self.literal else (f"  ≈ {self.literal}",)
        parts = [
            line for part in self.parts for line in (f"  with {part.formula}", f"    = {part.step}")
        ]
        return (self.formula, *(f"  = {step}" for step in self.steps), *about, *parts)


@dataclass(frozen=True)
class Worked:
    """Checked numbers, one or several joined by +; `value` is the last one's, in the base unit."""

    workings: tuple[Working, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines of all, an empty one between two."""
        return tuple("\n\n".join("\n".join(each.lines) for each in self.workings).split("\n"))

    @property
    def value(self) -> float:
        """The value of the last number, in the base unit."""
        return self.workings[-1].value

    def __repr__(self) -> str:
        return "\n".join(self.lines)

    def __add__(self, other: Worked) -> Worked:
        return Worked((*self.workings, *other.workings))

    def __radd__(self, start: Any) -> Worked:
        """Let `sum` join many."""
        return self if start == 0 else NotImplemented

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """Hand over the text that a notebook shows and, beside it, the same as data."""
        del include, exclude
        return {"text/plain": repr(self), MIME: self.data()}

    def data(self) -> list[dict[str, Any]]:
        """Return one dict a number: literal, formula, steps, value, sources; all of it JSON."""
        return [
            asdict(each)
            | {"value": float(f"{each.value:.{DIGITS}g}")}
            | {"steps": list(each.steps), "steps_tex": list(each.steps_tex)}
            | {"sources": [asdict(source) for source in each.sources]}
            | {"parts": [asdict(part) for part in each.parts]}
            | {"inputs": [asdict(one) for one in each.inputs]}
            for each in self.workings
        ]


def worked(literal: str, formula: Any, **inputs: Any) -> Worked:
    """Compute a number that the prose states, show how, and raise NumberMismatch if they differ.

    `formula` is a library function, whose return expression is shown, an expression over the
    inputs, or a published figure (a Claim), whose citation is shown; so is the citation of a plain
    attribute of a row: `worked("80 GiB", "a100.usable_bytes", a100=a100)`. A literal is compared
    at its printed digits: "70 ms" holds from 69.5 to 70.5 ms.
    """
    literal = literal.strip()
    stated = quantity(literal)
    if not isinstance(formula, str) and not callable(formula):
        return _claimed(stated, formula)
    found = expression_of(formula, inputs)
    given: Any = found.evaluated() if isinstance(formula, str) else formula(**inputs)
    value = float(given)
    _compare(stated, value, found)
    if (cell := _cell_of(found)) is not None:
        row, path = cell
        told = [spoken(at) if isinstance(at, str) else f"no. {at + 1}" for at in path]
        fact = ", ".join((row_name(row), *told))
        return _cited(stated, value, about=(fact, cell_source(row, str(path[0]))))
    filled = found.substituted(stated.dimension)
    result = show(value, stated.unit)
    steps = [filled] if filled[0] not in (found.printed, result) else []
    steps.append((result, text_of(result)))
    working = Working(
        literal=literal,
        formula=found.printed,
        tex=found.tex,
        steps=tuple(text for text, _ in steps),
        steps_tex=tuple(tex for _, tex in steps),
        value=value,
        sources=tuple(input_sources(formula, inputs, sys._getframe(1))),
        parts=tuple(_part(part) for part in found.parts()),
        inputs=_inputs(found, value, stated),
    )
    return Worked((working,))


def _inputs(found: Expression, value: float, stated: Quantity) -> tuple[Input, ...]:
    """List what a reader may change: nothing where the printed formula alone shows another text."""
    formulas = [each.printed for each in (found, *found.parts())]
    try:
        inputs = inputs_of(found, stated.dimension)
        same = run_printed(formulas, inputs, literal=stated.literal) == again(found, value, stated)
    except Exception:  # whatever a formula needs that its text and numbers do not hold
        return ()
    return inputs if same else ()


def _part(part: Expression) -> Part:
    step, step_tex = part.substituted()
    return Part(part.printed, part.tex, step, step_tex)


def _compare(stated: Quantity, value: float, found: Expression) -> None:
    """Raise NumberMismatch where the text states another number, or one in another dimension."""
    literal, measures = stated.literal, dimension_of(found.name)
    if measures not in (None, stated.dimension):
        raise NumberMismatch(f"{literal} is in {stated.dimension}, {found.name} in {measures}")
    if not stated.agrees(value) or (stated.value == 0) != (value == 0):
        given = show(value, stated.unit)
        origin = f"{found.name or 'the formula'} ({ast.unparse(found.tree)})"
        raise NumberMismatch(f"the text says {literal}, but {origin} gives {given}")


def _cell_of(found: Expression) -> tuple[Any, list[Any]] | None:
    """Return the row and the way into it that an expression only reads; None where it computes.

    `row.speedup.median`, `row.match[0]` and `row.coverage['chat']` are cells like `row.users`.
    """
    tree, path = found.tree, list[Any]()
    while isinstance(tree, ast.Attribute | ast.Subscript):
        if isinstance(tree, ast.Attribute):
            path.insert(0, tree.attr)
        elif isinstance(tree.slice, ast.Constant):
            path.insert(0, tree.slice.value)
        else:
            return None
        tree = tree.value
    if not (isinstance(tree, ast.Name) and path):
        return None
    row = found.names.get(tree.id)
    held = is_dataclass(row) and path[0] in {field.name for field in fields(row)}
    return (row, path) if held and hasattr(row, "accessed") else None


def _claimed(stated: Quantity, row: Any) -> Worked:
    """Show a published figure with its source; ValueError where it is none or has no unit."""
    if not isinstance(getattr(row, "printed", None), str) or not row_sources(row):
        raise ValueError(
            f"{stated.literal!r} needs a function, an expression or a published figure (a Claim) "
            f"beside it, not {shown(row)}"
        )
    value = quantity(row.printed).value
    if not stated.agrees(value):
        found = show(value, stated.unit)
        raise NumberMismatch(f"the text says {stated.literal}, but {row_name(row)} is {found}")
    return _cited(stated, value, about=(row_name(row), row_sources(row)))


def _cited(stated: Quantity, value: float, *, about: tuple[str, list[Source]]) -> Worked:
    """Show a number that is read and not computed: what it is, its source, when it was read."""
    same = math.isclose(value, stated.value, rel_tol=1e-12)  # more digits would promise more
    exact, (fact, sources) = stated.literal if same else show(value, stated.unit), about
    shown_tex = (text_of(exact),)
    return Worked(
        (Working(stated.literal, "", "", (exact,), shown_tex, value, tuple(sources), fact),)
    )
