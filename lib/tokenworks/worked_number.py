"""The check behind every number in the book.

`worked("70 ms", decode_step_seconds, weight_bytes=140e9, hbm_bytes_per_s=2e12)` prints the formula
that runs, its substitution and its result, and fails when the literal in the prose says otherwise.
"""

from __future__ import annotations

import ast
import inspect
import math
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tokenworks.number import finite
from tokenworks.units import dimension_of, quantity, show, show_as


class NumberMismatch(AssertionError):
    """The prose states a number that the computation does not give."""


@dataclass(frozen=True)
class Worked:
    """A checked number: the lines a reader sees and the value, in the base unit."""

    lines: tuple[str, ...]
    value: float

    def __repr__(self) -> str:
        return "\n".join(self.lines)

    def __add__(self, other: Worked) -> Worked:
        return Worked((*self.lines, "", *other.lines), other.value)


def worked(literal: str, formula: Callable[..., float] | str, **inputs: Any) -> Worked:
    """Compute a number that the prose states, show how, and raise NumberMismatch if they differ.

    `formula` is a library function, whose return expression is printed, or an expression over the
    inputs. A literal is compared at its printed digits: "70 ms" holds from 69.5 to 70.5 ms.
    """
    literal = literal.strip()
    stated = quantity(literal)
    name, tree, names = _expression(formula, inputs)
    if isinstance(formula, str):
        value = eval(compile(tree, "<worked>", "eval"), {"__builtins__": {}}, names)
    else:
        value = formula(**inputs)
    value = float(value)
    measures = dimension_of(name)
    if measures not in (None, stated.dimension):
        raise NumberMismatch(f"{literal} is in {stated.dimension}, {name} in {measures}")
    if not stated.agrees(value) or (stated.value == 0) != (value == 0):
        found = show(value, stated.unit)
        origin = f"{name or 'the formula'} ({ast.unparse(tree)})"
        raise NumberMismatch(f"the text says {literal}, but {origin} gives {found}")
    printed = ast.unparse(tree).replace(" * ", " × ")
    lines = [f"{name} = {printed}" if name and not printed.startswith(name) else printed]
    substituted = _substitute(tree, names)
    found = show(value, stated.unit)
    lines += [f"  = {step}" for step in dict.fromkeys([substituted, found]) if step != printed]
    if found != literal:
        lines.append(f"  ≈ {literal}")
    return Worked(tuple(lines), value)


_FUNCTIONS = {"ceil": math.ceil, "floor": math.floor, "log2": math.log2, "min": min, "max": max}


def _expression(
    formula: Callable[..., float] | str, inputs: dict[str, Any]
) -> tuple[str, ast.Expression, dict[str, Any]]:
    """Give the name, the printed expression and the names it may use."""
    if isinstance(formula, str):
        return "", ast.parse(formula, mode="eval"), {**_FUNCTIONS, **inputs}
    bound = inspect.signature(formula).bind(**inputs)
    bound.apply_defaults()
    names = {**inspect.getmodule(formula).__dict__, **bound.arguments}
    definition = ast.parse(textwrap.dedent(inspect.getsource(formula))).body[0]
    last = definition.body[-1] if isinstance(definition, ast.FunctionDef) else None
    local = {n.id for n in ast.walk(definition) if isinstance(n, ast.Name) and _stored(n)}
    if isinstance(last, ast.Return) and last.value is not None:
        value = last.value
        if isinstance(value, ast.Call) and ast.unparse(value.func) == "float":
            value = value.args[0]  # only for the type checker
        used = {n.id for n in ast.walk(value) if isinstance(n, ast.Name)}
        if not used & local and not isinstance(value, ast.GeneratorExp):
            return formula.__name__, ast.Expression(value), names
    call = ast.parse(f"{formula.__name__}({', '.join(inputs)})", mode="eval")
    return formula.__name__, call, {**names, formula.__name__: formula}


def _stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _substitute(tree: ast.Expression, names: dict[str, Any]) -> str:
    """Print the expression with each input replaced by its value and unit."""

    class Fill(ast.NodeTransformer):
        def visit_Call(self, node: ast.Call) -> ast.AST:
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            if getattr(names.get(name), "__module__", "").startswith("tokenworks.") and not whole:
                code = compile(ast.Expression(node), "<worked>", "eval")
                return self._fill(node, name, eval(code, {}, names))
            node.args = [self.visit(arg) for arg in node.args]
            return node

        def visit_Name(self, node: ast.Name) -> ast.AST:
            return self._fill(node, node.id, names.get(node.id))

        def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
            owner = names.get(node.value.id) if isinstance(node.value, ast.Name) else None
            return self._fill(node, node.attr, getattr(owner, node.attr, None))

        def _fill(self, node: ast.AST, label: str, value: Any) -> ast.AST:
            if isinstance(value, bool) or callable(value) or inspect.ismodule(value):
                return node
            number = value if isinstance(value, float) else finite(value)
            if number is not None:
                shown = show_as(number, dimension_of(label))
            else:
                shown = getattr(value, "name", None)
            return ast.Name(id=f"⟦{shown}⟧") if shown else node

    whole = isinstance(tree.body, ast.Call)  # the formula itself: show what goes into it
    copy = ast.parse(ast.unparse(tree), mode="eval")
    return _tidy(ast.unparse(ast.fix_missing_locations(Fill().visit(copy))))


def _tidy(text: str) -> str:
    """Bracket a rate where it follows an operator, so that 140 GB / (2 TB/s) reads one way."""
    pieces = text.replace("⟧", "⟦").split("⟦")
    alone = len(pieces) == 3 and not pieces[0] + pieces[2]
    for i in range(1, len(pieces), 2):
        if "/" in pieces[i] and not alone:
            pieces[i] = f"({pieces[i]})"
    return "".join(pieces).replace(" * ", " × ")
