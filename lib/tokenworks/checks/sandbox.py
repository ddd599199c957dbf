"""Run a learner's function so that nothing it does hangs or ends the notebook.

On Linux (Colab too) `fork` does it. Elsewhere a thread runs the function: TimeUp is raised in it
when its time is over, and where it catches even that it is left behind. Only a call that is stuck
inside C without giving way to other threads cannot be bounded there. A function that uses JAX is
run in a thread everywhere, because JAX does not work in a fork of a process that has run it. The
thread is kept from starting processes, which nobody would end; further threads that it starts are
not. In a page (Emscripten) there are no threads: whoever started the process ends it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from multiprocessing.process import BaseProcess
from typing import Any

from tokenworks.checks.attempt import Outcome, Printed, TimeUp, Trial, attempt
from tokenworks.checks.fork import ALARM_EVERY_SECONDS, GRACE_SECONDS, run_forked
from tokenworks.checks.jax_use import uses_jax
from tokenworks.checks.plain import Case
from tokenworks.number import Number


def run(function: Callable[..., Any], cases: Sequence[Case], *, limit_seconds: Number) -> Trial:
    """Call a function on every case within a time limit for all of them together."""
    if sys.platform == "emscripten":
        return run_here(function, cases)
    if sys.platform == "linux" and not uses_jax(function):
        with contextlib.suppress(OSError):  # no memory or process left for a copy
            return _with_jax_named(run_forked(function, cases, limit_seconds=limit_seconds))
    return run_in_thread(function, cases, limit_seconds=limit_seconds)


def run_here(
    function: Callable[..., Any],
    cases: Sequence[Case],
    *,
    told: Callable[[Outcome], object] = lambda _: None,
) -> Trial:
    """Call a function on every case in this process, without a limit; each outcome is told."""
    outcomes, printed = list[Outcome](), Printed()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        for case in cases:
            outcomes.append(attempt(function, case))
            told(outcomes[-1])
    return Trial(tuple(outcomes), printed.text)


def _with_jax_named(trial: Trial) -> Trial:
    """Where this process has JAX, call an answer that did not end in its fork a problem of both.

    `uses_jax` does not see everything: what a function looks up by a text, say.
    """
    if "jax" not in sys.modules:
        return trial
    late = Outcome(problem="jax")
    outcomes = [late if o.problem in ("time", "stuck") else o for o in trial.outcomes]
    return replace(trial, outcomes=tuple(outcomes))


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
    """Keep this thread, and no other, from ending the process, closing files or starting others."""
    own = threading.get_ident()
    doors: list[tuple[Any, str]] = [
        *((os, name) for name in ("_exit", "abort", "kill", "killpg", "close", "closerange")),
        *((os, name) for name in ("dup2", "execv", "execve", "fork", "forkpty", "system")),
        *((os, name) for name in ("posix_spawn", "posix_spawnp")),
        (signal, "raise_signal"),
        (subprocess.Popen, "__init__"),
        (BaseProcess, "start"),
    ]
    doors = [(place, name) for place, name in doors if hasattr(place, name)]
    before = [getattr(place, name) for place, name in doors]

    def guarded(told: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def door(*arguments: Any, **options: Any) -> Any:
            if threading.get_ident() == own:
                raise PermissionError(f"a check does not let {told} through: return a value")
            return real(*arguments, **options)

        return door

    for (place, name), real in zip(doors, before, strict=True):
        setattr(place, name, guarded(f"{place.__name__}.{name}", real))
    try:
        yield
    finally:
        for (place, name), real in zip(doors, before, strict=True):
            setattr(place, name, real)
