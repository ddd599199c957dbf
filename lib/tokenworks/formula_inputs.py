"""The inputs of a printed formula: what in it is a number that a reader may change.

An input is a name, an attribute, a key or a call that is not arithmetic itself. The formula's own
text and its inputs are all that is needed to run it again on a page, with no model behind it.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tokenworks.computed_from import made_from
from tokenworks.dimensions import Dimensions, label
from tokenworks.number import Number, finite
from tokenworks.opened_function import called, evaluated
from tokenworks.substitution import Expression
from tokenworks.units import dimension_of

DIGITS = 10  # of a value that is handed over: more differ from machine to machine
LARGEST_WHOLE = 2**53  # up to which a float tells whole numbers apart
OF_MATH = {name: getattr(math, name) for name in ("ceil", "floor", "log2", "exp", "sqrt")}
FREE = {*OF_MATH, "min", "max", "abs", "round", "int"}  # functions that are arithmetic themselves
SEPARATED = re.compile(r"(?<![\w.])\d{1,3}(?:,\d{3})+(?![\w.])")  # as a float that is whole prints
COMPUTES = ast.BinOp | ast.UnaryOp | ast.IfExp | ast.Compare
SIGNS = ast.operator | ast.unaryop | ast.cmpop | ast.expr_context


@dataclass(frozen=True)
class Input:
    """A number in a formula: its text there, its value in the base unit, its dimension.

    It is fixed where another input was computed from it: changed alone it would belie that one.
    """

    name: str
    value: Number
    dimension: str | None
    fixed: bool = False


class NotArithmetic(ValueError):
    """A formula that is more than arithmetic over numbers."""


def handed_over(value: Number) -> Number:
    """Return a value as it is written down: a whole number as it is, others at `DIGITS`."""
    rounded = value if float(value).is_integer() else float(f"{value:.{DIGITS}g}")
    exact = float(rounded).is_integer() and abs(rounded) < LARGEST_WHOLE
    return int(rounded) if exact else float(rounded)


def inputs_of(found: Expression, dimension: str) -> tuple[Input, ...]:
    """List the inputs of an expression and of its shown parts; NotArithmetic where it has none.

    `dimension` is the result's: it is that of what is added, where no name says another.
    """
    formulas = [each.printed for each in (found, *found.parts())]
    trees = dict(map(_parsed, formulas))
    texts = dict.fromkeys(text for tree in trees.values() for text in _leaves(tree, trees))
    inputs = [
        replace(_input(text, found), fixed=any(made_from(other, text, found) for other in texts))
        for text in texts
    ]
    if all(one.fixed for one in inputs) or ast.unparse(trees[found.name]) in texts:
        raise NotArithmetic("nothing in it can be changed")
    again = expression(formulas, inputs)
    used = again.dimensions(dimension)
    for part in again.parts():
        used |= part.dimensions(None)
    keys = [_key(place, one) for place, one in enumerate(inputs)]
    return tuple(
        replace(one, dimension=used.get(key, one.dimension))
        for key, one in zip(keys, inputs, strict=True)
    )


def expression(formulas: Sequence[str], inputs: Sequence[Input]) -> Expression:
    """Return a printed formula, before its parts, as an expression over these inputs.

    NotArithmetic where something else stands in it: nothing but arithmetic over numbers is run.
    """
    keys = {one.name: _key(place, one) for place, one in enumerate(inputs)}
    trees = dict(map(_parsed, formulas))
    keyed = {name: _Keyed(keys, trees).visit(tree) for name, tree in trees.items()}
    (name, tree), *parts = keyed.items()
    values = {keys[one.name]: float(one.value) for one in inputs}
    names: dict[str, Any] = {**OF_MATH, "math": math, **values}
    for part, its in _in_order(dict(parts)):
        names[part] = evaluated(its, names)
    return Expression(name, tree, names, dict(parts))


def _input(text: str, found: Expression) -> Input:
    node = ast.parse(text, mode="eval").body
    value = finite(evaluated(node, found.names))
    if value is None:
        raise NotArithmetic(f"{text} is no number")
    own = dimension_of(label(node)) or Dimensions(found.local).of(node)
    return Input(text, handed_over(value), own)


def _key(place: int, one: Input) -> str:
    """Return the name of an input in the expression; its end says the dimension."""
    return f"input_{place}_{one.dimension or ''}"


def _parsed(formula: str) -> tuple[str, ast.expr]:
    """Return name and tree of a formula as it is printed: "name = a × b", or "a × b"."""
    name, equals, text = formula.rpartition(" = ")
    plain = SEPARATED.sub(lambda found: f"{found[0].replace(',', '')}.0", text)
    return name if equals else "", ast.parse(plain.replace(" × ", " * "), mode="eval").body


def _leaves(tree: ast.AST, parts: Collection[str]) -> Iterator[str]:
    """Yield the texts of the inputs in a tree, in its order; the names of parts are none."""
    if isinstance(tree, COMPUTES) or _is_free(tree):
        within = tree.args if isinstance(tree, ast.Call) else ast.iter_child_nodes(tree)
        for node in within:
            yield from _leaves(node, parts)
    elif not _is_known(tree, parts):
        yield ast.unparse(tree)


def _is_free(tree: ast.AST) -> bool:
    if not isinstance(tree, ast.Call) or tree.keywords or called(tree) not in FREE:
        return False
    return ast.unparse(tree.func) in {called(tree), f"math.{called(tree)}"}


def _is_known(tree: ast.AST, parts: Collection[str]) -> bool:
    if isinstance(tree, ast.Constant):
        return finite(tree.value) is not None
    return isinstance(tree, SIGNS) or (isinstance(tree, ast.Name) and tree.id in parts)


class _Keyed(ast.NodeTransformer):
    """Puts the key of each input in its place and refuses what is neither one nor arithmetic."""

    def __init__(self, keys: dict[str, str], parts: Collection[str]) -> None:
        self.keys, self.parts = keys, parts

    def visit(self, node: ast.AST) -> Any:
        """Return a node with keys in it."""
        if isinstance(node, ast.expr) and (key := self.keys.get(ast.unparse(node))):
            return ast.Name(key, ast.Load())
        if _is_free(node) and isinstance(node, ast.Call):
            return ast.Call(node.func, [self.visit(each) for each in node.args], [])
        if isinstance(node, COMPUTES):
            return self.generic_visit(node)
        if _is_known(node, self.parts):
            return node
        raise NotArithmetic(f"{ast.unparse(node)} is no number")


def _in_order(parts: dict[str, ast.expr]) -> Iterator[tuple[str, ast.expr]]:
    """Yield parts, those before the others that use them."""
    waiting = dict(parts)
    while waiting:
        ready = [name for name, tree in waiting.items() if not _names(tree) & set(waiting)]
        if not ready:
            raise NotArithmetic(f"{', '.join(waiting)} are made of each other")
        yield from ((name, waiting.pop(name)) for name in ready)


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
