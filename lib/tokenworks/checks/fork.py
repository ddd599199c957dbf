"""Run a learner's function in a forked copy of this process: nothing it does reaches the notebook.

A fork needs no pickling, so it takes functions written in a notebook. An alarm ends Python code,
also where it catches everything; the parent kills what does not listen. Linux only (Colab too).
"""

from __future__ import annotations

import builtins
import contextlib
import faulthandler
import io
import json
import os
import selectors
import signal
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from tokenworks.checks.attempt import Outcome, Printed, TimeUp, Trial, attempt
from tokenworks.checks.plain import Case, Number

GRACE_SECONDS = 1.0
ALARM_EVERY_SECONDS = 0.01
SPARE_BYTES = 2 << 30


def run_forked(
    function: Callable[..., Any], cases: Sequence[Case], *, limit_seconds: Number
) -> Trial:
    """Call a function on every case in a child process, within a limit for all together."""
    read_end, write_end = os.pipe()
    begin = time.monotonic()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # JAX and Python 3.12 warn; the child uses no threads
        child = os.fork()
    if child == 0:
        _child(function, cases, write_end=write_end, limit_seconds=limit_seconds)
    os.close(write_end)
    data, closed, status = b"", False, 0
    try:
        data, closed = _listen(read_end, begin + limit_seconds + GRACE_SECONDS)
    finally:
        os.close(read_end)
        os.kill(child, signal.SIGKILL)
        status = os.waitpid(child, 0)[1]
    over = time.monotonic() - begin >= limit_seconds
    end = Outcome(problem="time" if closed else "stuck") if over else _ending(status)
    return _trial(data, end, len(cases))


def _listen(read_end: int, deadline: float) -> tuple[bytes, bool]:
    """Collect what the child writes until it closes its end or the deadline passes."""
    data = b""
    with selectors.DefaultSelector() as selector:
        selector.register(read_end, selectors.EVENT_READ)
        while selector.select(max(0.0, deadline - time.monotonic())):
            chunk = os.read(read_end, 1 << 16)
            if not chunk:
                return data, True
            data += chunk
            if time.monotonic() > deadline:
                break
    return data, False


def _ending(status: int) -> Outcome:
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) != signal.SIGKILL:
        name = signal.Signals(os.WTERMSIG(status)).name
        return Outcome(problem="crashed", detail=f"the interpreter crashed ({name})")
    return Outcome(problem="crashed", detail="the process ended in the middle of the call")


def _trial(data: bytes, end: Outcome, count: int) -> Trial:
    outcomes, printed = [], ""
    for line in data.splitlines():
        with contextlib.suppress(ValueError, TypeError):  # a line cut short by the alarm
            message = json.loads(line)
            if "printed" in message:
                printed = message["printed"]
            else:
                outcomes.append(Outcome(**message))
    missing = count - len(outcomes)
    return Trial((*outcomes, *[end] * missing)[:count], printed)


def _child(
    function: Callable[..., Any],
    cases: Sequence[Case],
    *,
    write_end: int,
    limit_seconds: Number,
) -> None:
    """Never return: write one JSON line per case, then what was printed, and end."""
    printed = Printed()
    try:
        _settle(printed)
        # rings again and again, for code that catches everything
        signal.setitimer(signal.ITIMER_REAL, limit_seconds, ALARM_EVERY_SECONDS)
        for case in cases:
            _send(write_end, asdict(attempt(function, case)))
    finally:
        with contextlib.suppress(BaseException):
            signal.setitimer(signal.ITIMER_REAL, 0)
            _send(write_end, {"printed": printed.text})
        os._exit(0)


def _settle(printed: Printed) -> None:
    """Give the child its own output, no keyboard, an alarm and a memory limit."""
    import resource  # exists where fork does

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends the child
    signal.signal(signal.SIGALRM, _ring)
    sys.stdout = sys.stderr = printed
    faulthandler.disable()  # a crash is told in the report
    warnings.simplefilter("default")  # shown with what the code prints, never an exception
    sys.stdin, builtins.input = io.StringIO(), _no_keyboard
    with open("/proc/self/statm") as sizes:
        used = int(sizes.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (used + SPARE_BYTES, used + SPARE_BYTES))


def _send(write_end: int, message: dict[str, Any]) -> None:
    rest = ("\n" + json.dumps(message) + "\n").encode()  # a new line even after one cut short
    while rest:
        rest = rest[os.write(write_end, rest) :]


def _ring(*_: object) -> None:
    raise TimeUp


def _no_keyboard(prompt: object = "") -> str:
    raise EOFError("a check has no keyboard; use the parameters in place of input()")
