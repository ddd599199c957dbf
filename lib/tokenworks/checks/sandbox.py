"""Run a learner's function so that nothing it does hangs or ends the notebook.

On Linux (Colab too) `fork` does it. Elsewhere a thread runs the function: TimeUp is raised in it
when its time is over, and where it catches even that it is left behind. Only a call that is stuck
inside C without giving way to other threads cannot be bounded there. A function that uses JAX is
run in a thread everywhere, because JAX does not work in a fork of a process that has run it.
"""

from __future__ import annotations

import contextlib
import ctypes
import inspect
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from types import CodeType, ModuleType
from typing import Any

from tokenworks.checks.attempt import Outcome, Printed, TimeUp, Trial, attempt
from tokenworks.checks.fork import ALARM_EVERY_SECONDS, GRACE_SECONDS, run_forked
from tokenworks.checks.plain import Case
from tokenworks.number import Number


def run(function: Callable[..., Any], cases: Sequence[Case], *, limit_seconds: Number) -> Trial:
    """Call a function on every case within a time limit for all of them together."""
    if sys.platform == "linux" and not uses_jax(function):
        with contextlib.suppress(OSError):  # no memory or process left for a copy
            return run_forked(function, cases, limit_seconds=limit_seconds)
    return run_in_thread(function, cases, limit_seconds=limit_seconds)


def uses_jax(function: Callable[..., Any], seen: frozenset[object] = frozenset()) -> bool:
    """Tell whether a function, or one of its notebook that it calls, names something of JAX."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None or code in seen:
        return _of_jax(function)
    space = getattr(inspect.unwrap(function), "__globals__", {})
    names = {name for part in _parts(code) for name in part.co_names}
    if any(name == "jax" or name.startswith("jax.") for name in names):  # an import inside
        return True
    known = [space[name] for name in names if name in space]
    return any(
        _of_jax(value) or (inspect.isfunction(value) and uses_jax(value, seen | {code}))
        for value in known
    )


def _parts(code: CodeType) -> Iterator[CodeType]:
    """Yield a function's code and that of the functions inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _parts(constant)


def _of_jax(value: object) -> bool:
    home = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", "")
    return str(home).partition(".")[0] in ("jax", "jaxlib")


def run_in_thread(
    function: Callable[..., Any], cases: Sequence[Case], *, limit_seconds: Number
) -> Trial:
    """Call a function on every case in another thread, and stop waiting when time is over."""
    done: list[Outcome] = []

    def work() -> None:
        with contextlib.suppress(TimeUp), _no_way_out():
            for case in cases:
                done.append(attempt(function, case))

    printed, worker = Printed(), threading.Thread(target=work, daemon=True)
    with contextlib.redirect_stdout(printed):
        worker.start()
        worker.join(limit_seconds)
        deadline = time.monotonic() + GRACE_SECONDS
        while worker.is_alive() and time.monotonic() < deadline:
            ident = ctypes.c_ulong(worker.ident or 0)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, ctypes.py_object(TimeUp))
            worker.join(ALARM_EVERY_SECONDS)
    outcomes = tuple(done)
    missing = len(cases) - len(outcomes)
    return Trial((*outcomes, *[Outcome(problem="time")] * missing), printed.text)


@contextlib.contextmanager
def _no_way_out() -> Iterator[None]:
    """Keep this thread, and no other, from ending the process or closing its files."""
    own = threading.get_ident()
    doors = [
        *((os, name) for name in ("_exit", "abort", "kill", "killpg", "close", "closerange")),
        *((os, name) for name in ("dup2", "execv", "execve", "fork")),
        (signal, "raise_signal"),
    ]
    doors = [(module, name) for module, name in doors if hasattr(module, name)]
    before = [getattr(module, name) for module, name in doors]

    def guarded(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def door(*arguments: Any, **options: Any) -> Any:
            if threading.get_ident() == own:
                raise PermissionError(f"a check does not let os.{name} through: return a value")
            return real(*arguments, **options)

        return door

    for (module, name), real in zip(doors, before, strict=True):
        setattr(module, name, guarded(name, real))
    try:
        yield
    finally:
        for (module, name), real in zip(doors, before, strict=True):
            setattr(module, name, real)
