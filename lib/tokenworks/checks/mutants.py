"""Small changes of a solution, made by rule: what the cases of an exercise must notice.

A learner's slip is often one sign: `<` for `<=`, `+ 1` too many, `max` for `min`. Each such change
that alters some answer has to alter a case that the check shows, and one of the hidden ones.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from functools import cache
from itertools import count
from typing import Any

from tokenworks.checks.source import compiled, definition

MOST_TURNS = 2_000  # of a changed loop: far more than any solution takes on a case
COMPARISONS: dict[type, tuple[type, ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
OPERATORS: dict[type, tuple[type, ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Div, ast.Mult),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
}
NAMES = {"min": "max", "max": "min", "ceil": "floor", "floor": "ceil", "sum": "max"}


class TooLongError(Exception):
    """A changed loop that does not come to its end."""


@cache
def mutants(solution: Callable[..., Any]) -> tuple[tuple[str, Callable[..., Any]], ...]:
    """Return every single change of a solution: what it reads then, and the changed function.

    One with a loop that may not end raises TooLongError after many turns.
    """
    head, body = definition(solution)
    tree = ast.parse(f"{head}\n{body}")
    original, found = ast.unparse(tree), {}
    for changed in _changes(tree):
        source = ast.unparse(ast.fix_missing_locations(changed))
        if source != original:
            found.setdefault(source, _difference(original, source))
    return tuple((told, _bounded(solution, source)) for source, told in found.items())


def _changes(tree: ast.Module) -> Iterator[ast.Module]:
    """Yield copies of a tree, each with one change."""
    nodes = list(ast.walk(tree))
    for place, node in enumerate(nodes):
        for change in _alternatives(node):
            another = copy.deepcopy(tree)
            change(list(ast.walk(another))[place])
            yield another


def _alternatives(node: ast.AST) -> Iterator[Callable[[Any], None]]:
    """Yield what can be done to one node, as functions that do it in place."""
    if isinstance(node, ast.Compare):
        for at, operator in enumerate(node.ops):
            for other in COMPARISONS[type(operator)]:
                yield lambda n, at=at, other=other: n.ops.__setitem__(at, other())
    elif isinstance(node, ast.BinOp | ast.AugAssign):
        for other in OPERATORS.get(type(node.op), ()):
            yield lambda n, other=other: setattr(n, "op", other())
        if isinstance(node, ast.BinOp):
            yield lambda n: _become(n, n.left)
            yield lambda n: _become(n, n.right)
    elif isinstance(node, ast.BoolOp):
        other = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield lambda n: setattr(n, "op", other())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield lambda n: _become(n, n.operand)
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield lambda n: setattr(n, "value", n.value + 1)
        yield lambda n: setattr(n, "value", n.value - 1)
    elif isinstance(node, ast.Name) and node.id in NAMES and isinstance(node.ctx, ast.Load):
        yield lambda n: setattr(n, "id", NAMES[n.id])
    elif isinstance(node, ast.If | ast.IfExp | ast.While):
        yield lambda n: setattr(n, "test", ast.Constant(False))
        if not isinstance(node, ast.While):
            yield lambda n: setattr(n, "test", ast.Constant(True))
    elif isinstance(node, ast.Break):
        yield lambda n: _become(n, ast.Pass())


def _become(node: Any, other: Any) -> None:
    """Turn a node into another one, in place."""
    node.__class__, node.__dict__ = other.__class__, dict(other.__dict__)


def _difference(original: str, source: str) -> str:
    """Return the lines that a change wrote."""
    known = original.splitlines()
    return " / ".join(line.strip() for line in source.splitlines() if line not in known)


def _bounded(solution: Callable[..., Any], source: str) -> Callable[..., Any]:
    """Define a changed function whose while loops count their turns, so that no clock decides."""
    tree, turn = ast.parse(source), ast.parse("_count_a_turn()").body
    loops = [node for node in ast.walk(tree) if isinstance(node, ast.While)]
    for loop in loops:
        loop.body = turn + loop.body
    function = compiled(solution, ast.unparse(tree))
    if not loops:
        return function

    def limited(*arguments: Any) -> Any:
        turns = count(1)

        def count_a_turn() -> None:
            if next(turns) > MOST_TURNS:
                raise TooLongError

        function.__globals__["_count_a_turn"] = count_a_turn
        return function(*arguments)

    return limited
