"""What holds for every test: calls of the library are checked, and drawn examples are the same.

Checked are the types of each call and, where arrays pass, their shapes; `UNCHECKED` is left out.
"""

from __future__ import annotations

import ast
import gc
import sys
from collections import Counter
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from jaxtyping import install_import_hook

LIBRARY = Path(__file__).parent / "lib" / "tokenworks"
# Plain arithmetic checks its own doors, and the widgets call it a million times; simulators check
# what comes in from outside, and call themselves as often; the grader's doors take whatever a
# learner gives them.
UNCHECKED = {"architecture", "checks", "cost", "serving", "shapes", "specs"}
DOORS = ("serving.policy", "serving.server")  # of the simulators: checked all the same
CHECK = ast.parse("__import__('beartype').beartype", mode="eval").body


# Not `beartype.claw`: it also decorates every NamedTuple, whose postponed annotations it cannot
# resolve, and costs 1.7 times the processor's time.
class Decorate(ast.NodeTransformer):
    """Put the check on every function and on every dataclass."""

    def visit_FunctionDef(self, node: Any) -> ast.AST:
        """Decorate a function beneath its other decorators, which may drop annotations."""
        self.generic_visit(node)
        node.decorator_list.append(CHECK)
        return node

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Decorate a dataclass above `@dataclass`, which writes the `__init__`."""
        self.generic_visit(node)
        if any("dataclass" in ast.unparse(one) for one in node.decorator_list):
            node.decorator_list.insert(0, CHECK)
        return node


class Checked(SourceFileLoader):
    """Load a module of the library decorated, past the compiled file of the plain one."""

    def path_stats(self, path: str) -> Any:
        """Say that there is no compiled file to use or to write."""
        raise OSError("a module that was decorated is not kept")

    def source_to_code(self, data: Any, path: Any, *, _optimize: int = -1) -> Any:
        """Compile the decorated source."""
        tree = ast.fix_missing_locations(Decorate().visit(ast.parse(data)))
        return compile(tree, path, "exec", dont_inherit=True, optimize=_optimize)


class Finder(PathFinder):
    """Find the modules of the library that are checked."""

    @classmethod
    def find_spec(cls, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return where a module of the library is and that it is to be decorated."""
        package, _, inside = name.partition(".")
        plain = inside.split(".")[0] in {"", *UNCHECKED} and not inside.startswith(DOORS)
        if package != LIBRARY.name or plain:
            return None
        found = PathFinder.find_spec(name, path, target)
        if found is not None and found.origin is not None:
            found.loader = Checked(name, found.origin)
        return found


def shaped() -> list[str]:
    """List the modules with shapes in their annotations: a call there costs seven times as much."""
    files = [path for path in LIBRARY.rglob("*.py") if "jaxtyping" in path.read_text("utf-8")]
    return [".".join(path.relative_to(LIBRARY.parent).with_suffix("").parts) for path in files]


sys.meta_path.insert(0, Finder())
install_import_hook(shaped(), "beartype.beartype")  # is asked before the finder above

# The same examples on every run and machine, however busy it is, and nothing kept between runs.
settings.register_profile("same", derandomize=True, database=None, deadline=None)
settings.load_profile("same")


def pytest_collection_finish() -> None:
    """Take what was collected, some million objects that stay, out of each later collection."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print beside `--durations` which files take the time that CI has."""
    most = config.getoption("durations")
    reports = [each for kind in terminalreporter.stats.values() for each in kind]
    seconds = Counter[str]()
    for each in reports:
        if isinstance(each, pytest.TestReport):
            seconds[each.nodeid.partition("::")[0]] += each.duration
    if most and seconds:
        terminalreporter.section(f"slowest files, of {seconds.total():,.0f} s in all workers")
        for name, taken in seconds.most_common(2 * most):
            terminalreporter.write_line(f"{taken:7.1f} s  {name}")
