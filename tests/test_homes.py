"""A name of the package has one address: the module that defines it, or a curated `__init__`."""

import ast
import re
from functools import cache

from tracked_files import tracked

from tools.repository import ROOT

CELL = re.compile(r"^```\{code-cell\}[^\n]*\n((?::[^\n]*\n)*)(.*?)^```$", re.M | re.S)


def codes(path):
    """Yield the Python of a file: all of a module, cell by cell of a page."""
    text = path.read_text(encoding="utf-8")
    cells = [text] if path.suffix == ".py" else (match[2] for match in CELL.finditer(text))
    yield from (ast.parse(cell) for cell in cells)


@cache
def defined(module):
    """Return the names that a module binds by itself, None for a package or another's module."""
    path = (ROOT / "lib").joinpath(*module.split(".")).with_suffix(".py")
    if not path.is_file():
        return None
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


def imports(path):
    for tree in codes(path):
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tokenworks."):
                yield from ((node.module, alias.name) for alias in node.names)


FILES = [ROOT / path for path in tracked("*.py", "chapters/*.md")]


def test_a_name_is_imported_from_where_it_is_defined():
    elsewhere = [
        f"{path.relative_to(ROOT)}: {module} only imports {name}: import it from its home"
        for path in FILES
        for module, name in imports(path)
        if (own := defined(module)) is not None and name not in own
    ]
    assert elsewhere == []


def test_the_pages_and_the_modules_are_read():
    pages = {module for path in FILES if path.suffix == ".md" for module, _ in imports(path)}
    assert {"tokenworks.cost", "tokenworks.serving"} <= pages
    assert ("tokenworks.cost.cache_memory", "cache_bytes") in set(
        imports(ROOT / "lib/tokenworks/commands/kv.py")
    )
    assert "kv_bytes" in defined("tokenworks.cost.memory")
    assert "ModelSpec" not in defined("tokenworks.specs")
