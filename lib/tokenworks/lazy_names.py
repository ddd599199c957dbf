"""The public names of a package, imported when they are first used (PEP 562).

An `__init__` lists its names as imports under TYPE_CHECKING, which type checkers and editors follow
and Python skips. The same list is read here, so that there is no second one to keep in step.
"""

from __future__ import annotations

import ast
import difflib
import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

# The extra that brings what a part imports; "model" for all others.
EXTRAS = {"serving.server": "serve", "widgets": "widgets"}


def public_names(package: str) -> tuple[list[str], Callable[[], list[str]], Callable[[str], Any]]:
    """Return a package's `__all__`, `__dir__` and `__getattr__`; a typo raises AttributeError.

    Where a function has its module's name, as in widgets/, the package's attribute is always the
    function: importlib would let whichever was imported last have it.
    """
    module, homes = sys.modules[package], _homes(package)
    module.__class__ = _Package

    def get(name: str) -> Any:
        if name not in homes:
            raise AttributeError(_unknown(package, name, list(homes)), name=name, obj=module)
        home = homes[name]
        found = _imported(f"{package}.{name}" if home == package else home)
        value = found if home == package else getattr(found, name)
        setattr(module, name, value)  # the next use does not come by here
        return value

    return list(homes), lambda: sorted(homes), get


def _imported(module: str) -> ModuleType:
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        root = __name__.partition(".")[0]
        if (error.name or root).partition(".")[0] == root:
            raise
        found = [e for part, e in EXTRAS.items() if module.startswith(f"{root}.{part}")]
        extra = found[0] if found else "model"
        needs = f"{module} needs {error.name}: pip install 'tokenworks[{extra}]'"
        raise ModuleNotFoundError(needs, name=error.name) from error


class _Package(ModuleType):
    """A package in which a submodule does not take the place of the function of its name."""

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, ModuleType) and name in vars(self).get("__all__", ()):
            value = vars(value).get(name, value)
        super().__setattr__(name, value)


def _homes(package: str) -> dict[str, str]:
    """Read off a package's source where each name is defined; in the package: a submodule."""
    source = vars(sys.modules[package])["__loader__"].get_source(package)
    if source is None:
        raise ImportError(f"{package} reads its public names from its source: install .py files")
    blocks = [node for node in ast.parse(source).body if isinstance(node, ast.If)]
    (listed,) = (node.body for node in blocks if ast.unparse(node.test) == "TYPE_CHECKING")
    imports = [line for line in listed if isinstance(line, ast.ImportFrom)]
    return {alias.name: line.module or package for line in imports for alias in line.names}


def _unknown(package: str, name: str, names: list[str]) -> str:
    near = difflib.get_close_matches(name, names)
    meant = f"did you mean {' or '.join(near)}?" if near else f"dir({package}) lists its names"
    return f"{package} has no {name!r}; {meant}"
