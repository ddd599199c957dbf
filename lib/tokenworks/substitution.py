"""A formula with its values put in: the text between a formula and its result."""

from __future__ import annotations

import ast
import inspect
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tokenworks.dimensions import Dimensions, label
from tokenworks.formula_tex import tex
from tokenworks.number import finite
from tokenworks.opened_function import CHOOSING, called, evaluated, is_arithmetic, opened
from tokenworks.units import dimension_of, plain, show_as

FUNCTIONS = {"ceil": math.ceil, "floor": math.floor, "log2": math.log2, "min": min, "max": max}
MOST_TERMS = 6  # of a sum that is written out
MOST_PARTS = 3  # local names of a function that are shown with their own arithmetic


@dataclass(frozen=True)
class Expression:
    """What is shown of a formula: its name, its tree, what the names in it mean, and its parts."""

    name: str
    tree: ast.expr
    names: dict[str, Any]
    local: dict[str, ast.expr] = field(default_factory=dict)

    @property
    def printed(self) -> str:
        """The formula as text."""
        text = ast.unparse(_plain_constants(self.tree))
        for part in ast.walk(self.tree):
            if isinstance(part, ast.GeneratorExp):  # in brackets of its own already
                text = text.replace(f"({ast.unparse(part)})", ast.unparse(part))
        named = self.name and not text.startswith(f"{self.name}(")
        return _signs(f"{self.name} = {text}" if named else text)

    @property
    def tex(self) -> str:
        """The formula as TeX."""
        return tex(self.tree)

    def evaluated(self) -> Any:
        """Compute the expression; it sees its names and nothing else."""
        code = compile(ast.Expression(self.tree), "<worked>", "eval")
        return eval(code, {"__builtins__": {}}, self.names)

    def substituted(self, dimension: str | None = None) -> tuple[str, str]:
        """Return the expression with each input replaced by its value and unit: text and TeX.

        What is added or compared has the dimension of the result, where its name does not say it.
        """
        filled = self._filled(dimension)
        return _tidy(ast.unparse(filled)), tex(filled)

    def dimensions(self, dimension: str | None = None) -> dict[str, str | None]:
        """Return by name in which dimension each number is shown when it is substituted."""
        return self._fill(dimension)[1]

    def _filled(self, dimension: str | None) -> ast.expr:
        return self._fill(dimension)[0]

    def _fill(self, dimension: str | None) -> tuple[ast.expr, dict[str, str | None]]:
        whole = isinstance(self.tree, ast.Call) and not is_arithmetic(self.tree)
        filler = _Filler(self.names, Dimensions(self.local))
        of = dimension_of(self.name) or dimension or filler.dimensions.of(self.tree)
        filled = filler.arguments(self.tree) if whole else filler.fill(self.tree, of)
        return ast.fix_missing_locations(filled), filler.shown_in

    def parts(self) -> list[Expression]:
        """List the local names that the formula uses and that are arithmetic themselves."""
        used = [n.id for n in ast.walk(self.tree) if isinstance(n, ast.Name) and n.id in self.local]
        found = []
        for name in dict.fromkeys(used):
            tree = self.local[name]
            part = Expression(name, tree, self.names, self.local)
            if (
                is_arithmetic(tree)
                and self._holds(name, tree)
                and is_arithmetic(part._filled(None))
            ):
                found.append(part)
        return found[:MOST_PARTS]

    def _holds(self, name: str, tree: ast.expr) -> bool:
        """Tell whether the names still mean what they meant where the part was computed."""
        try:
            return bool(evaluated(tree, self.names) == self.names[name])
        except Exception:  # a name that has gone: the part is not shown
            return False


def expression_of(formula: Callable[..., Any] | str, inputs: dict[str, Any]) -> Expression:
    """Return the expression that a formula is: its own text, or what a function returns."""
    if isinstance(formula, str):
        tree = ast.parse(formula, mode="eval").body
        return Expression("", tree, {**FUNCTIONS, **inputs})
    name = formula.__name__
    bound = inspect.signature(formula).bind(**inputs)
    bound.apply_defaults()
    found = opened(formula, bound.arguments)
    if found is not None:
        return Expression(name, found.tree, found.names, found.local)
    call = ast.parse(f"{name}({', '.join(inputs)})", mode="eval").body
    return Expression(name, call, {**bound.arguments, name: formula})


class _Filler:
    """Puts values with their units in the place of names."""

    def __init__(self, names: dict[str, Any], dimensions: Dimensions) -> None:
        self.names, self.dimensions = names, dimensions
        self.shown_in: dict[str, str | None] = {}

    def fill(self, node: ast.expr, dimension: str | None) -> ast.expr:
        """Return an expression whose value has this dimension, filled."""
        if isinstance(node, ast.BinOp):
            adds = isinstance(node.op, ast.Add | ast.Sub)
            common = self._common([node.left, node.right], dimension) if adds else None
            sides = (self.fill(side, common) for side in (node.left, node.right))
            return ast.BinOp(next(sides), node.op, next(sides))
        if isinstance(node, ast.UnaryOp):
            return ast.UnaryOp(node.op, self.fill(node.operand, dimension))
        if isinstance(node, ast.Constant):
            return _plain_constants(node)
        if isinstance(node, ast.Call):
            return self._call(node, dimension)
        return self._value(node, label(node), dimension)

    def arguments(self, node: ast.expr) -> ast.expr:
        """Fill only what goes into a call: its body could not be shown."""
        if not isinstance(node, ast.Call):
            return node
        return ast.Call(node.func, [self._value(arg, label(arg), None) for arg in node.args], [])

    def _call(self, node: ast.Call, dimension: str | None) -> ast.expr:
        name = called(node)
        if name == "sum" and is_arithmetic(node):
            return self._sum(node, dimension)
        if name in CHOOSING:
            common = self._common(node.args, dimension)
            return ast.Call(node.func, [self.fill(arg, common) for arg in node.args], [])
        if inspect.isbuiltin(self.names.get(name)) or name in ("int", "round"):
            return ast.Call(node.func, [self.fill(arg, None) for arg in node.args], [])
        return self._value(node, name, dimension)

    def _sum(self, node: ast.Call, dimension: str | None) -> ast.expr:
        """Write a sum out, equal terms together: 80 × 16,777,216 + 2 × 1,050,673,152."""
        (each,) = node.args
        values = Counter(evaluated(ast.Call(ast.Name("list", ast.Load()), [each], []), self.names))
        if len(values) > MOST_TERMS and max(values.values()) == 1:
            return self._value(node, "", dimension)  # one by one they explain nothing
        pairs = sorted(values.items(), key=lambda pair: -abs(pair[0] * pair[1]))
        rest = sum(value * count for value, count in pairs[MOST_TERMS:])
        pairs = [*pairs[:MOST_TERMS], (rest, 1)] if rest else pairs
        terms: list[ast.expr] = []
        for value, count in pairs:
            one = ast.Name(f"⟦{plain(value) if len(pairs) > 1 else show_as(value, dimension)}⟧")
            times = ast.Name(f"⟦{count:,}⟧")
            terms.append(one if count == 1 else ast.BinOp(times, ast.Mult(), one))
        if not terms:
            return self._value(node, "", dimension)
        whole = terms[0]
        for term in terms[1:]:
            whole = ast.BinOp(whole, ast.Add(), term)
        return whole

    def _common(self, nodes: list[ast.expr], dimension: str | None) -> str | None:
        """Return the dimension that all summands share: the first that is known."""
        return next(filter(None, map(self.dimensions.of, nodes)), dimension)

    def _value(self, node: ast.expr, name: str, dimension: str | None) -> ast.expr:
        try:
            value = evaluated(node, self.names)
        except Exception:  # not known here: its own text says what it is
            return node
        if isinstance(value, bool) or callable(value) or inspect.ismodule(value):
            return node
        number = value if isinstance(value, float) else finite(value)
        if number is not None:
            own = dimension_of(name) or self.dimensions.of(node)
            self.shown_in[name] = own or dimension
            shown = show_as(number, own or dimension)
        else:
            shown = getattr(value, "name", None)
        return ast.Name(id=f"⟦{shown}⟧") if shown else node


def _plain_constants(node: ast.expr) -> ast.expr:
    """Write typed numbers as people do: 3,600,000 for 3.6e6, 2 for 2.0."""

    class Plain(ast.NodeTransformer):
        def visit_Constant(self, node: ast.Constant) -> ast.AST:
            value = node.value
            if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
                return ast.Name(f"⟦{int(value):,}⟧")
            return node

    return ast.fix_missing_locations(Plain().visit(ast.parse(ast.unparse(node), mode="eval").body))


def _signs(text: str) -> str:
    return text.replace(" * ", " × ").replace("⟦", "").replace("⟧", "")


def _tidy(text: str) -> str:
    """Bracket a rate where it follows an operator, so that 140 GB / (2 TB/s) reads one way."""
    pieces = text.replace("⟧", "⟦").split("⟦")
    alone = len(pieces) == 3 and not pieces[0] + pieces[2]
    for i in range(1, len(pieces), 2):
        if "/" in pieces[i] and not alone:
            pieces[i] = f"({pieces[i]})"
    return _signs("".join(pieces))
