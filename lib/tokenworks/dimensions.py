"""Dimensions of expressions, read off their names: bytes over bytes per second are seconds."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from tokenworks.opened_function import called
from tokenworks.units import dimension_of

QUOTIENTS = {
    ("bytes", "bytes_per_s"): "seconds",
    ("flops", "flops_per_s"): "seconds",
    ("flops", "bytes"): "flops_per_byte",
    ("flops_per_s", "bytes_per_s"): "flops_per_byte",
}
PRODUCTS = {("params", "bytes_per_param"): "bytes"} | {
    (rate, of): amount for (amount, rate), of in QUOTIENTS.items()
}
DEEPEST = 4  # local names behind local names


@dataclass(frozen=True)
class Dimensions:
    """What is known of a formula's names: their endings, and the expressions of local ones."""

    local: dict[str, ast.expr]

    def of(self, node: ast.AST, depth: int = DEEPEST) -> str | None:
        """Return the dimension of an expression's value; None where the names do not say it."""
        if isinstance(node, ast.BinOp):
            return self._operation(node, depth)
        if isinstance(node, ast.UnaryOp):
            return self.of(node.operand, depth)
        known = dimension_of(label(node))
        if known is None and isinstance(node, ast.Name) and node.id in self.local and depth:
            return self.of(self.local[node.id], depth - 1)
        return known

    def _operation(self, node: ast.BinOp, depth: int) -> str | None:
        left, right = self.of(node.left, depth), self.of(node.right, depth)
        if isinstance(node.op, ast.Add | ast.Sub):
            return left or right
        if isinstance(node.op, ast.Mult) and left and right:
            return PRODUCTS.get((left, right)) or PRODUCTS.get((right, left))
        if isinstance(node.op, ast.Div) and left and right:
            return QUOTIENTS.get((left, right))
        return None


def label(node: ast.AST) -> str:
    """Return the name whose ending says a dimension: of a variable, an attribute, a call, a key."""
    if isinstance(node, ast.Call):
        return called(node)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return str(node.slice.value)
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")
