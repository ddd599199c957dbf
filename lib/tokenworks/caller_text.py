"""The text of whoever calls: a script's, or a notebook's cells so far, and what its names mean."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import islice
from types import FrameType
from typing import Any, NamedTuple


class Place(NamedTuple):
    """Where in the text: the number of the cell (0 in a script) and the line."""

    cell: int
    line: int


@dataclass(frozen=True)
class Binding:
    """What a name was bound to: the expression or function, and where it stands."""

    name: str
    node: ast.AST
    at: Place
    adds: bool = False  # `x |= …` keeps what was there
    until: int = 0  # the last line that sees it; 0: all that follow

    def seen_from(self, at: Place) -> bool:
        """Tell whether the name has this value at a place of the text."""
        inside = not self.until or (self.at.cell == at.cell and at.line <= self.until)
        return self.at < at and inside


@dataclass(frozen=True)
class Caller:
    """A frame with its text: the cells before it, its own, and the names alive in it."""

    cells: tuple[str, ...]
    place: Place
    live: Mapping[str, Any]
    module: str
    columns: tuple[int | None, ...]  # line, last line, first and last column of the call

    @classmethod
    def of(cls, frame: FrameType) -> Caller:
        """Return a frame's caller; raises where its text cannot be had."""
        code = frame.f_code
        own = "".join(linecache.getlines(code.co_filename, frame.f_globals))
        history = frame.f_globals.get("In")  # IPython's cells, the present one last
        before = list(history[:-1]) if isinstance(history, list) else []
        columns = next(islice(code.co_positions(), frame.f_lasti // 2, None))
        return cls(
            cells=(*map(str, before), own),
            place=Place(len(before), columns[0] or frame.f_lineno),
            live={**frame.f_globals, **frame.f_locals},
            module=str(frame.f_globals.get("__name__")),
            columns=columns,
        )

    def call(self) -> ast.Call | None:
        """Return the call that the frame is in."""
        for node in ast.walk(parsed(self.cells[-1])):
            if isinstance(node, ast.Call):
                where = (node.lineno, node.end_lineno, node.col_offset, node.end_col_offset)
                if where == self.columns:
                    return node
        return None

    @cached_property
    def all_bindings(self) -> tuple[Binding, ...]:
        """All that the text binds, in its order, the call's place included."""
        found = [
            bound for cell, text in enumerate(self.cells) for bound in cell_bindings(text, cell)
        ]
        return tuple(bound for bound in found if bound.at <= self.place)

    def bindings(self, name: str, at: Place) -> list[Binding]:
        """List what makes up a name's value at a place: the last binding and what it adds to."""
        found: list[Binding] = []
        for bound in reversed(self.all_bindings):
            if bound.name == name and bound.seen_from(at):
                found.append(bound)
                if not bound.adds:
                    break
        return found[::-1]

    def current(self, name: str, at: Place) -> bool:
        """Tell whether a name still means at the call what it meant at a place of the text."""
        now = Place(self.place.cell, self.place.line + 1)
        return name in self.live and self.bindings(name, at) in ([], self.bindings(name, now))


@lru_cache(maxsize=512)
def parsed(text: str) -> ast.Module:
    """Return a cell's tree; text that is no Python has none of it."""
    try:
        return ast.parse(text)
    except SyntaxError:
        return ast.Module([], [])


@lru_cache(maxsize=512)
def cell_bindings(text: str, cell: int) -> tuple[Binding, ...]:
    """Return what a cell binds, in the order of its lines."""
    found = _bound(parsed(text), cell)
    return tuple(sorted(found, key=lambda bound: bound.at))


def _bound(tree: ast.AST, cell: int) -> Iterator[Binding]:
    for node in ast.iter_child_nodes(tree):
        at = Place(cell, getattr(node, "lineno", 0))
        if isinstance(node, ast.FunctionDef):
            yield Binding(node.name, node, at)
            last = node.end_lineno or node.lineno
            for bound in _bound(node, cell):  # its own names are seen inside it alone
                yield replace(bound, until=min(bound.until or last, last))
            continue
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield from _pairs(target, node.value, at)
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            yield from _pairs(node.target, node.value, at)
        elif isinstance(node, ast.For):
            yield from _pairs(node.target, node.iter, at, apart=False)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            yield Binding(node.target.id, node.value, at, adds=True)
        elif isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            above = Place(cell, node.lineno - 1)  # its names are seen from its first line on
            for part in node.generators:
                for bound in _pairs(part.target, part.iter, above, apart=False):
                    yield replace(bound, until=node.end_lineno or node.lineno)
        if not isinstance(node, ast.Lambda | ast.ClassDef | ast.AsyncFunctionDef):
            yield from _bound(node, cell)


def _pairs(target: ast.AST, value: ast.AST, at: Place, *, apart: bool = True) -> Iterator[Binding]:
    """Yield the names of a target, each with its part of the value where the parts can be told."""
    if isinstance(target, ast.Name):
        yield Binding(target.id, value, at)
    elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
        yield Binding(target.value.id, value, at, adds=True)
    elif isinstance(target, ast.Tuple | ast.List):
        same = isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts)
        parts = value.elts if apart and same and isinstance(value, ast.Tuple | ast.List) else None
        for i, each in enumerate(target.elts):
            yield from _pairs(each, parts[i] if parts else value, at, apart=apart)
