"""The unit of an expression, from the units of its names: bytes over bytes a second are seconds.

`tokenworks.dimensions` reads what it can off names, to print values. Here nothing is guessed: every
name has a unit, every operation is followed, and what cannot be added is refused.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping

Unit = Mapping[str, int]  # powers of base units: {"byte": 1, "s": -1}
NONE: Unit = {}


def unit(text: str) -> Unit:
    """Read a unit: "byte/s", "FLOP/parameter/token", "USD/h"; "" or "1" is a pure number."""
    over, *under = text.split("/")
    powers = Counter({} if over in ("", "1") else {over: 1})
    for name in under:
        powers[name] -= 1
    return _clean(powers)


def unit_of(formula: str, units: Mapping[str, str], constants: Mapping[float, str]) -> Unit:
    """Return the unit of a formula; ValueError where two units are added, or a name has none."""
    return _of(ast.parse(formula, mode="eval").body, units, constants)


def _clean(powers: Mapping[str, int]) -> Unit:
    return {name: power for name, power in powers.items() if power}


def _of(node: ast.expr, units: Mapping[str, str], constants: Mapping[float, str]) -> Unit:
    if isinstance(node, ast.Constant):
        return unit(constants.get(node.value, ""))
    if isinstance(node, ast.Name):
        if node.id not in units:
            raise ValueError(f"{node.id} has no unit")
        return unit(units[node.id])
    if not isinstance(node, ast.BinOp):
        raise ValueError(f"no unit is known of {ast.unparse(node)}")
    left, right = (_of(side, units, constants) for side in (node.left, node.right))
    if isinstance(node.op, ast.Pow):
        if left or right:
            raise ValueError(f"{ast.unparse(node)} raises a unit")
        return NONE
    if isinstance(node.op, ast.Add | ast.Sub):
        if left != right:
            raise ValueError(f"{ast.unparse(node)} adds {dict(left)} and {dict(right)}")
        return left
    sign = -1 if isinstance(node.op, ast.Div) else 1
    names = {*left, *right}
    return _clean({name: left.get(name, 0) + sign * right.get(name, 0) for name in names})
