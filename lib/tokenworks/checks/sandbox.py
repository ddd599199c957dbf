"""Run a learner's function so that nothing it does hangs or ends the notebook.

On Linux (Colab too) `fork` does it. Elsewhere a thread runs the function: TimeUp is raised in it
when its time is over, and where it catches even that it is left behind. Only a call that is stuck
inside C without giving way to other threads cannot be bounded there.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from tokenworks.checks.attempt import Outcome, Printed, TimeUp, Trial, attempt
from tokenworks.checks.fork import ALARM_EVERY_SECONDS, GRACE_SECONDS, run_forked
from tokenworks.checks.plain import Case, Number


def run(function: Callable[..., Any], cases: Sequence[Case], *, limit_seconds: Number) -> Trial:
    """Call a function on every case within a time limit for all of them together."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # no memory or process left for a copy
            return run_forked(function, cases, limit_seconds=limit_seconds)
    return run_in_thread(function, cases, limit_seconds=limit_seconds)


def run_in_thread(
    function: Callable[..., Any], cases: Sequence[Case], *, limit_seconds: Number
) -> Trial:
    """Call a function on every case in another thread, and stop waiting when time is over."""
    done: list[Outcome] = []

    def work() -> None:
        with contextlib.suppress(TimeUp):
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
