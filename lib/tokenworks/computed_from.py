"""Which inputs of a formula were computed from which: one of them cannot be changed alone.

A call that was given a row is run once more on a copy of it that notes which fields are read.
"""

from __future__ import annotations

import ast
from typing import Any

from tokenworks.opened_function import evaluated
from tokenworks.substitution import Expression


def made_from(other: str, one: str, found: Expression) -> bool:
    """Tell whether an input was computed from another, behind local names, too."""
    if one == other:
        return False
    field = ast.parse(one, mode="eval").body
    waiting, opened = [ast.parse(other, mode="eval").body], set[str]()
    while waiting:
        for node in ast.walk(waiting.pop()):
            said = ast.unparse(node) if isinstance(node, ast.expr) else ""
            if said == one or (isinstance(node, ast.Call) and _reads(node, field, found.names)):
                return True
            if said in found.local and said not in opened:
                opened.add(said)
                waiting.append(found.local[said])
    return False


def _reads(call: ast.Call, field: ast.expr, names: dict[str, Any]) -> bool:
    """Tell whether a call reads a field of a row; where that cannot be seen it is assumed."""
    row = field
    while isinstance(row, ast.Attribute | ast.Subscript):
        row = row.value
    if row is field or not isinstance(row, ast.Name) or row.id not in _given(call):
        return False
    if not (isinstance(field, ast.Attribute) and field.value is row):
        return True
    read = set[str]()
    try:
        evaluated(call, {**names, row.id: _noting(names[row.id], read)})
    except Exception:  # a row that cannot be copied, a name that is known elsewhere alone
        return True
    return field.attr in read


def _given(call: ast.Call) -> set[str]:
    """Return the names in all that goes into a call, of a method's own row, too."""
    within: list[ast.expr] = [*call.args, *(word.value for word in call.keywords)]
    if isinstance(call.func, ast.Attribute):
        within.append(call.func.value)
    nodes = (node for each in within for node in ast.walk(each))
    return {node.id for node in nodes if isinstance(node, ast.Name)}


def _noting(row: Any, read: set[str]) -> Any:
    """Return a copy of a row that notes the names of the fields that are read of it."""
    kind = type(row)

    class Noting(kind):
        __slots__ = ()

        def __getattribute__(self, name: str) -> Any:
            read.add(name)
            return super().__getattribute__(name)

        def __hash__(self) -> int:
            return hash(row)  # what is kept by rows compares all fields and reads none of them

        def __eq__(self, other: object) -> bool:
            return self is other

    copy = object.__new__(Noting)
    object.__getattribute__(copy, "__dict__").update(vars(row))
    return copy
