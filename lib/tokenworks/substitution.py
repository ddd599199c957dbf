"""A formula with its values put in: the text between a formula and its result."""

from __future__ import annotations

import ast
import inspect
import math
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tokenworks.formula_tex import tex
from tokenworks.number import finite
from tokenworks.units import dimension_of, show_as

FUNCTIONS = {"ceil": math.ceil, "floor": math.floor, "log2": math.log2, "min": min, "max": max}


@dataclass(frozen=True)
class Expression:
    """What is shown of a formula: its name, its tree and what the names in it mean."""

    name: str
    tree: ast.expr
    names: dict[str, Any]

    @property
    def printed(self) -> str:
        """The formula as text."""
        text = _signs(ast.unparse(self.tree))
        return f"{self.name} = {text}" if self.name and not text.startswith(self.name) else text

    @property
    def tex(self) -> str:
        """The formula as TeX."""
        return tex(self.tree)

    def evaluated(self) -> Any:
        """Compute the expression; it sees its names and nothing else."""
        code = compile(ast.Expression(self.tree), "<worked>", "eval")
        return eval(code, {"__builtins__": {}}, self.names)

    def substituted(self) -> tuple[str, str]:
        """Return the expression with each input replaced by its value and unit: text and TeX."""
        copy = ast.parse(ast.unparse(self.tree), mode="eval").body
        filled = ast.fix_missing_locations(
            _Fill(self.names, isinstance(copy, ast.Call)).visit(copy)
        )
        return _tidy(ast.unparse(filled)), tex(filled)


def expression_of(formula: Callable[..., Any] | str, inputs: dict[str, Any]) -> Expression:
    """Return the expression that a formula is: its own text, or what a function returns."""
    if isinstance(formula, str):
        tree = ast.parse(formula, mode="eval").body
        return Expression("", tree, {**FUNCTIONS, **inputs})
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
            return Expression(formula.__name__, value, names)
    call = ast.parse(f"{formula.__name__}({', '.join(inputs)})", mode="eval").body
    return Expression(formula.__name__, call, {**names, formula.__name__: formula})


def _stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


class _Fill(ast.NodeTransformer):
    """Puts values in the place of names; `whole`: the formula is one call, whose inputs show."""

    def __init__(self, names: dict[str, Any], whole: bool) -> None:
        self.names, self.whole = names, whole

    def visit_Call(self, node: ast.Call) -> ast.AST:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        ours = str(getattr(self.names.get(name), "__module__", "")).startswith("tokenworks.")
        if ours and not self.whole:
            code = compile(ast.Expression(node), "<worked>", "eval")
            return _filled(node, name, eval(code, {}, self.names))
        node.args = [self.visit(arg) for arg in node.args]
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return _filled(node, node.id, self.names.get(node.id))

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        owner = self.names.get(node.value.id) if isinstance(node.value, ast.Name) else None
        return _filled(node, node.attr, getattr(owner, node.attr, None))


def _filled(node: ast.AST, label: str, value: Any) -> ast.AST:
    if isinstance(value, bool) or callable(value) or inspect.ismodule(value):
        return node
    number = value if isinstance(value, float) else finite(value)
    if number is not None:
        shown = show_as(number, dimension_of(label))
    else:
        shown = getattr(value, "name", None)
    return ast.Name(id=f"⟦{shown}⟧") if shown else node


def _signs(text: str) -> str:
    return text.replace(" * ", " × ")


def _tidy(text: str) -> str:
    """Bracket a rate where it follows an operator, so that 140 GB / (2 TB/s) reads one way."""
    pieces = text.replace("⟧", "⟦").split("⟦")
    alone = len(pieces) == 3 and not pieces[0] + pieces[2]
    for i in range(1, len(pieces), 2):
        if "/" in pieces[i] and not alone:
            pieces[i] = f"({pieces[i]})"
    return _signs("".join(pieces))
