"""Where the inputs of a computation come from: the rows of facts behind them, with their dates.

A row names its `source` and the day it was `accessed`. An input is such a row, holds one (a
Deployment its model and chip), or is a plain number read off one at the call:
`worked(…, rate=a100.hbm_bytes_per_s)`. For the last the caller's own text is followed.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass, replace
from types import FrameType
from typing import Any

from tokenworks.caller_text import Caller, Place

MISSING = object()
LOOKUPS = ("tokenworks.specs", "tokenworks.data")  # their functions return rows by name
MOST_ROWS = 8  # a whole table is no source of a number
DEEPEST = 12
OUTERMOST = 8  # frames


@dataclass(frozen=True)
class Source:
    """A fact that a number rests on: what it is about, where it stands, the day it was read."""

    what: str
    source: str
    accessed: str


def row_sources(value: Any) -> list[Source]:
    """List the rows that a value is or holds, in order; a plain number holds none."""
    return list(dict.fromkeys(_rows(value, 3)))


def cell_source(row: Any, column: str) -> list[Source]:
    """List the source of one value of a row: its column's own (`latency_source`), or the row's.

    A source of its own was read on the row's day, unless it has a day of its own, too.
    """
    own = {"bytes_per_s": "bandwidth"}.get(column, column.partition("_")[0])
    found = row_sources(row)
    source, day = (getattr(row, f"{own}_{what}", "") for what in ("source", "accessed"))
    return [
        replace(each, source=source or each.source, accessed=(source and day) or each.accessed)
        for each in found[:1]
    ]


def _rows(value: Any, depth: int) -> Iterator[Source]:
    if depth < 0 or isinstance(value, str | bytes | type):
        return
    source, accessed = getattr(value, "source", None), getattr(value, "accessed", None)
    if isinstance(source, str) and isinstance(accessed, str) and source and accessed:
        yield Source(row_name(value), source, accessed)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _rows(getattr(value, field.name, None), depth - 1)
    elif isinstance(value, dict):
        for each in list(value.values())[: MOST_ROWS + 1]:
            yield from _rows(each, depth - 1)
    elif isinstance(value, list | tuple):
        for each in value[: MOST_ROWS + 1]:
            yield from _rows(each, depth - 1)


def row_name(row: Any) -> str:
    """Return what a row is about in words: `about` or label, who offers what and how, or name."""
    label = getattr(row, "about", None) or getattr(row, "label", None)
    if label is None and hasattr(row, "provider") and hasattr(row, "chip"):
        return f"{row.provider}, {row.chip}, {row.kind}, {row.day}"
    return str(label or getattr(row, "name", None) or type(row).__name__)


def input_sources(formula: Any, inputs: dict[str, Any], frame: FrameType | None) -> list[Source]:
    """List the facts behind a call of `worked`: of inputs that hold rows, else of their origin.

    `frame` is where to look for the call, from the inside out: a checker of types may stand in
    between. Without the caller's text only the rows that were passed are known.
    """
    found = [source for value in inputs.values() for source in row_sources(value)]
    with suppress(Exception):  # a caller whose text is gone, or no Python: no reason to fail
        caller, call = _call(frame)
        trail = _Trail(caller)
        for keyword in call.keywords:
            if keyword.arg is None or not row_sources(inputs.get(keyword.arg)):
                found += trail.facts(keyword.value, caller.place)
        if inspect.isfunction(formula) and formula.__module__ == caller.module:
            found += trail.named(formula.__name__, caller.place)
    return list(dict.fromkeys(found))


def _call(frame: FrameType | None) -> tuple[Caller, ast.Call]:
    """Return the nearest caller whose text says `worked(…)`, and that call; LookupError: none."""
    for _ in range(OUTERMOST):
        if frame is None:
            break
        caller = Caller.of(frame)
        call = caller.call()
        if call and ast.unparse(call.func).rpartition(".")[2] == "worked":
            return caller, call
        frame = frame.f_back
    raise LookupError("no call of worked in sight")


class _Trail:
    """Follows an expression of the caller back to rows that are alive there."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.seen: set[tuple[str, Place]] = set()

    def facts(self, node: ast.AST, at: Place, depth: int = DEEPEST) -> list[Source]:
        """List the rows that an expression at a place of the text was made from."""
        if depth < 0:
            return []
        if isinstance(node, ast.Name):
            return _few(self.value(node, at)) or self.named(node.id, at, depth - 1)
        if isinstance(node, ast.Attribute | ast.Subscript):
            return _few(self.value(node.value, at)) or self.facts_of(_children(node), at, depth)
        if isinstance(node, ast.Call):
            return _few(self.value(node, at)) or self.facts_of(_children(node), at, depth)
        return self.facts_of(_children(node), at, depth)

    def facts_of(self, nodes: Iterable[ast.AST], at: Place, depth: int) -> list[Source]:
        """List the rows behind several expressions, each once."""
        found = [source for node in nodes for source in self.facts(node, at, depth - 1)]
        return list(dict.fromkeys(found))

    def named(self, name: str, at: Place, depth: int = DEEPEST) -> list[Source]:
        """List the rows behind what a name was last bound to before a place."""
        if depth < 0 or (name, at) in self.seen:
            return []
        self.seen.add((name, at))
        bound = self.caller.bindings(name, at)
        return self.facts_of_bindings(bound, depth)

    def facts_of_bindings(self, bound: Iterable[Any], depth: int) -> list[Source]:
        """List the rows behind what was bound: a value, or all that a function's body reads."""
        found: list[Source] = []
        for binding in bound:
            if isinstance(binding.node, ast.FunctionDef):
                at = self.caller.place  # a body reads its globals when it is called
                for name in _read_by(binding.node):
                    found += self.facts(name, at, depth - 1)
            else:
                found += self.facts(binding.node, binding.at, depth - 1)
        return list(dict.fromkeys(found))

    def value(self, node: ast.AST, at: Place) -> Any:
        """Return what an expression is, where names, parts and look-ups of rows say it."""
        with suppress(Exception):
            return self._value(node, at)
        return MISSING

    def _value(self, node: ast.AST, at: Place) -> Any:
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            if self.caller.current(node.id, at):
                return self.caller.live[node.id]
            (last,) = self.caller.bindings(node.id, at)
            return self._value(last.node, last.at)
        if isinstance(node, ast.Attribute):
            return getattr(self._value(node.value, at), node.attr)
        if isinstance(node, ast.Subscript):
            return self._value(node.value, at)[self._value(node.slice, at)]
        if isinstance(node, ast.JoinedStr):
            return "".join(str(self._value(part, at)) for part in node.values)
        if isinstance(node, ast.FormattedValue) and node.format_spec is None:
            return self._value(node.value, at)
        if isinstance(node, ast.Call):
            called = self._value(node.func, at)
            if str(getattr(called, "__module__", "")).startswith(LOOKUPS):
                return called(*(self._value(arg, at) for arg in node.args))
        return MISSING


def _children(node: ast.AST) -> list[ast.AST]:
    return [
        child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.expr_context)
    ]


def _few(value: Any) -> list[Source]:
    found = [] if value is MISSING else row_sources(value)
    return found if len(found) <= MOST_ROWS else []


def _read_by(function: ast.FunctionDef) -> list[ast.Name]:
    """List the names that a function's body reads and does not bind itself."""
    own = {arg.arg for arg in ast.walk(function) if isinstance(arg, ast.arg)}
    names = [n for part in function.body for n in ast.walk(part) if isinstance(n, ast.Name)]
    own |= {name.id for name in names if isinstance(name.ctx, ast.Store)}
    return [name for name in names if name.id not in own]
