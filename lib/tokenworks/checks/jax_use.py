"""Whether a function comes to JAX, which does not work in a fork of a process that has run it.

What its code names is followed, its defaults and closure, what it wraps, and what objects hold.
Nothing is called.
"""

from __future__ import annotations

import contextlib
import sys
from collections import deque
from collections.abc import Iterator
from functools import partial
from itertools import chain, islice
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

MOST_LOOKED_AT = 10_000
# In these the way ends: they hold no JAX, or, as sys.modules does, everything there is.
ELSEWHERE = sys.stdlib_module_names | {"numpy"}


def uses_jax(function: object) -> bool:
    """Tell whether a function is of JAX, or comes to something of JAX by what it names or holds."""
    seen, line = dict[int, object](), deque([function])
    while line and len(seen) < MOST_LOOKED_AT:
        value = line.popleft()
        if id(value) in seen:
            continue
        seen[id(value)] = value
        with contextlib.suppress(Exception):  # the grader's door: even a type may misbehave
            if _root(value) in ("jax", "jaxlib") or _root(type(value)) in ("jax", "jaxlib"):
                return True
            if isinstance(value, FunctionType) and _imports_jax(value.__code__):
                return True
            line.extend(islice(_reached(value), MOST_LOOKED_AT))
    return False


def _root(value: object) -> str:
    """Return the package that a module, a function or a class is of."""
    if isinstance(value, ModuleType):
        home = value.__name__
    elif isinstance(value, FunctionType):
        home = value.__globals__.get("__name__")  # a decorator may have changed its __module__
    else:
        home = value.__module__ if isinstance(value, type) else ""
    return str(home).partition(".")[0]


def _reached(value: Any) -> Iterator[Any]:
    """Yield what a value names, wraps or holds."""
    if isinstance(value, MethodType):
        yield from (value.__func__, value.__self__)
    elif isinstance(value, staticmethod | classmethod):
        yield value.__func__
    elif isinstance(value, partial):
        yield from (value.func, *value.args, *value.keywords.values())
    elif isinstance(value, list | tuple | set | frozenset):
        yield from value
    elif isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, FunctionType):
        yield from _of_function(value)
    elif isinstance(value, ModuleType) or _root(value) in ELSEWHERE:
        return
    elif isinstance(value, type):
        yield from value.__bases__
    elif _root(type(value)) not in ELSEWHERE:
        yield type(value)  # its methods
    yield from getattr(value, "__dict__", {}).values()  # a wrapped function is there too


def _of_function(function: FunctionType) -> Iterator[Any]:
    """Yield what a function's code names, its defaults and what it has closed over."""
    yield from chain(function.__defaults__ or (), (function.__kwdefaults__ or {}).values())
    for cell in function.__closure__ or ():
        with contextlib.suppress(ValueError):  # an empty one
            yield cell.cell_contents
    space = {} if _root(function) in ELSEWHERE else function.__globals__
    names = {name for part in _parts(function.__code__) for name in part.co_names}
    for value in [space[name] for name in names if name in space]:
        yield value
        if isinstance(value, ModuleType) and _root(value) not in ELSEWHERE:
            yield from (vars(value)[name] for name in names if name in vars(value))


def _imports_jax(code: CodeType) -> bool:
    names = {name for part in _parts(code) for name in part.co_names}
    return any(name == "jax" or name.startswith("jax.") for name in names)


def _parts(code: CodeType) -> Iterator[CodeType]:
    """Yield a function's code and that of the functions inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _parts(constant)
