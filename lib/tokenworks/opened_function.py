"""A function opened at a call: the expression that it returned, down to where arithmetic stands.

The body is run statement by statement with the call's own values, so that branches are those that
were taken, and a call that only hands on to another function is followed into that one.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

DEEPEST = 8  # calls that hand on to calls
ROUNDING = {"ceil", "floor", "abs", "round", "int", "log2", "exp", "sqrt"}
CHOOSING = {"min", "max"}


class Opened(NamedTuple):
    """What a call returned: the expression, its names, and the expressions of its local names."""

    tree: ast.expr
    names: dict[str, Any]
    local: dict[str, ast.expr]


class CannotOpen(Exception):
    """A body that does more than assign, choose and return."""


def opened(function: Callable[..., Any], arguments: dict[str, Any]) -> Opened | None:
    """Open a call until arithmetic stands in the expression; None where none can be reached."""
    try:
        found = _body(function, arguments)
        for _ in range(DEEPEST):
            if is_arithmetic(found.tree):
                return found
            found = _inner(found)
    except Exception:  # whatever a body needs that is not there: then it stays closed
        return None
    return None


def is_arithmetic(node: ast.AST) -> bool:
    """Tell whether an expression itself computes, its calls left closed."""
    if isinstance(node, ast.BinOp):
        return True
    if isinstance(node, ast.UnaryOp):
        return is_arithmetic(node.operand)
    if isinstance(node, ast.Call):
        name = called(node)
        if name == "sum":
            return len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp | ast.ListComp)
        if name in ROUNDING and node.args:
            return is_arithmetic(node.args[0])
        return name in CHOOSING and len(node.args) > 1
    return False


def called(node: ast.Call) -> str:
    """Return the last name of what is called: "prod" of math.prod(…)."""
    return ast.unparse(node.func).rpartition(".")[2]


def evaluated(node: ast.expr, names: dict[str, Any]) -> Any:
    """Return what an expression is; comprehensions in it see the names too."""
    code = compile(ast.fix_missing_locations(ast.Expression(node)), "<worked>", "eval")
    return eval(code, dict(names))


class _Sums(ast.NodeTransformer):
    """Writes a sum of floats as any other: how it is rounded explains nothing."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """Give `sum` for `math.fsum`."""
        if ast.unparse(node) == "math.fsum":
            return ast.copy_location(ast.Name("sum", ast.Load()), node)
        return self.generic_visit(node)


def _body(function: Callable[..., Any], arguments: dict[str, Any]) -> Opened:
    """Run a function's body with these arguments and return what it gave back, as an expression."""
    function = inspect.unwrap(function)
    parsed = ast.parse(textwrap.dedent(inspect.getsource(function)))
    (definition,) = _Sums().visit(parsed).body
    if not isinstance(definition, ast.FunctionDef):
        raise CannotOpen
    names = {**function.__globals__, **inspect.getclosurevars(function).nonlocals, **arguments}
    local: dict[str, ast.expr] = {}
    tree = _run(definition.body, names, local)
    if tree is None:
        raise CannotOpen
    return Opened(tree, names, local)


def _run(
    body: list[ast.stmt], names: dict[str, Any], local: dict[str, ast.expr]
) -> ast.expr | None:
    """Run statements up to the return that is reached; give its expression."""
    for statement in body:
        if isinstance(statement, ast.Return):
            return statement.value
        if isinstance(statement, ast.If):
            chosen = statement.body if evaluated(statement.test, names) else statement.orelse
            found = _run(chosen, names, local)
            if found is not None:
                return found
            continue
        loops = isinstance(statement, ast.For | ast.While | ast.Try | ast.With)
        if loops and any(isinstance(part, ast.Return) for part in ast.walk(statement)):
            raise CannotOpen
        _assign(statement, names, local)
    return None


def _assign(statement: ast.stmt, names: dict[str, Any], local: dict[str, ast.expr]) -> None:
    """Run one statement and note the expression of a name that it sets."""
    before = dict(names)
    exec(compile(ast.Module([statement], []), "<worked>", "exec"), names)
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        name = statement.targets[0].id
        read = {part.id for part in ast.walk(statement.value) if isinstance(part, ast.Name)}
        local.pop(name, None)
        if name not in read:  # of `x = max(x, y)` no text could say which x
            local[name] = statement.value
    elif isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        name = statement.target.id
        if name in local and names[name] != before[name]:  # what adds nothing is not shown
            local[name] = ast.BinOp(local[name], statement.op, statement.value)


def _inner(found: Opened) -> Opened:
    """Take one step inwards: the branch that was taken, a local name's value, a call's body."""
    tree, names, local = found
    if isinstance(tree, ast.IfExp):
        return found._replace(tree=tree.body if evaluated(tree.test, names) else tree.orelse)
    if isinstance(tree, ast.Name) and tree.id in local:
        return found._replace(tree=local[tree.id])
    if isinstance(tree, ast.Attribute):
        owner = evaluated(tree.value, names)
        held = inspect.getattr_static(type(owner), tree.attr)
        computes = held.func if isinstance(held, cached_property) else held.fget
        return _without_self(_body(computes, {"self": owner}), owner)
    if isinstance(tree, ast.Call):
        if called(tree) == "float" and len(tree.args) == 1:
            return found._replace(tree=tree.args[0])
        function = evaluated(tree.func, names)
        given = [evaluated(arg, names) for arg in tree.args]
        named = {str(word.arg): evaluated(word.value, names) for word in tree.keywords}
        bound = inspect.signature(function).bind(*given, **named)
        bound.apply_defaults()
        if inspect.ismethod(function):
            owner = function.__self__
            return _without_self(_body(function.__func__, {"self": owner} | bound.arguments), owner)
        return _body(function, bound.arguments)
    raise CannotOpen


def _without_self(found: Opened, owner: Any) -> Opened:
    """Write `self.bytes` as `bytes`: the reader knows whose they are."""

    class Bare(ast.NodeTransformer):
        def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
            if isinstance(node.value, ast.Name) and node.value.id == "self":
                names[node.attr] = getattr(owner, node.attr)
                return ast.Name(node.attr, ast.Load())
            return self.generic_visit(node)

    names = dict(found.names)
    local = {name: Bare().visit(tree) for name, tree in found.local.items()}
    return Opened(Bare().visit(found.tree), names, local)
