"""Keyword arguments are written where they are passed, not splatted from a dict made there."""

import ast

import pytest

from tools.repository import ROOT

PACKAGE = ROOT / "lib" / "tokenworks"
MODULES = sorted(PACKAGE.rglob("*.py"))


def is_literal(node):
    """Tell whether a node is a dict whose keys are written out, or joined from one."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return is_literal(node.left) or is_literal(node.right)
    if isinstance(node, ast.Call):
        return ast.unparse(node.func) in ("dict", "dict.fromkeys")
    keys = node.keys if isinstance(node, ast.Dict) else []
    return bool(keys) and all(isinstance(key, ast.Constant) for key in keys if key is not None)


def pairs(target, value):
    """Yield each name with what is assigned to it."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for inner in zip(target.elts, value.elts, strict=False):
            yield from pairs(*inner)
    elif isinstance(target, ast.Name):
        yield target.id, value


def splatted(source):
    """Yield the line of every `**` of a dict, or of a name that the file gives to one."""
    nodes = list(ast.walk(ast.parse(source)))
    assigned = [n for n in nodes if isinstance(n, ast.Assign)]
    named = [p for n in assigned for target in n.targets for p in pairs(target, n.value)]
    made = {name for name, value in named if is_literal(value)}
    for call in (n for n in nodes if isinstance(n, ast.Call)):
        for passed in (k.value for k in call.keywords if k.arg is None):
            if is_literal(passed) or (isinstance(passed, ast.Name) and passed.id in made):
                yield passed.lineno


def test_no_dict_is_splatted_where_it_was_written():
    found = [
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in MODULES
        for line in sorted(set(splatted(path.read_text(encoding="utf-8"))))
    ]
    assert found == [], "write the keyword arguments out"


@pytest.mark.parametrize(
    "body",
    [
        "exact = {'a': 1}; g(**exact)",
        "x, exact = 3, {'a': 1}; g(**exact)",
        "exact = given | {'a': 1}; g(**exact)",
        "exact = dict(a=1); g(**exact)",
        "g(**{'a': 1})",
        "exact = {'a': 1}; h = lambda: g(**exact)",
    ],
)
def test_each_form_is_found(body):
    assert list(splatted(f"def f(given):\n    {body}\n"))


def test_a_dict_from_elsewhere_may_be_splatted():
    assert not list(splatted("def f(given):\n    g(**given, **row('a'))\n"))
