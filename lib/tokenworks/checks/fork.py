"""Run a learner's function in a forked copy of this process: nothing it does reaches the notebook.

A fork needs no pickling, so it takes functions written in a notebook. Between this process and the
one that runs the calls stands a keeper: it ends what does not listen to its alarm, and then every
process that the calls have started, also those that have left their parent. Linux only (Colab too).
"""

from __future__ import annotations

import builtins
import contextlib
import ctypes
import faulthandler
import io
import json
import os
import selectors
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from tokenworks.checks.attempt import Outcome, Printed, TimeUp, Trial, attempt
from tokenworks.checks.plain import Case
from tokenworks.number import Number

GRACE_SECONDS = 1.0
ALARM_EVERY_SECONDS = 0.01
SPARE_BYTES = 2 << 30
ENDED, STUCK = 0, 255  # how a keeper exits; a crash is the number of its signal
DIE_WITH_PARENT, ADOPT_ORPHANS = 1, 36  # prctl's PR_SET_PDEATHSIG and PR_SET_CHILD_SUBREAPER
WATCHED = {signal.SIGCHLD, signal.SIGTERM} if sys.platform == "linux" else set()
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def run_forked(
    function: Callable[..., Any], cases: Sequence[Case], *, limit_seconds: Number
) -> Trial:
    """Call a function on every case in a child process, within a limit for all together."""
    read_end, write_end = os.pipe()
    begin = time.monotonic()
    keeper = _fork()
    if keeper == 0:
        _keep(function, cases, write_end=write_end, limit_seconds=limit_seconds)
    os.close(write_end)
    data, status = b"", STUCK
    try:
        data = _listen(read_end, begin + limit_seconds + 3 * GRACE_SECONDS)
    finally:
        os.close(read_end)
        status = _dismiss(keeper)
    over = time.monotonic() - begin >= limit_seconds
    return _trial(data, _ending(status, over), len(cases))


def _fork() -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # JAX and Python 3.12 warn; the child uses no threads
        return os.fork()


def _keep(
    function: Callable[..., Any], cases: Sequence[Case], *, write_end: int, limit_seconds: Number
) -> NoReturn:
    """Never return: be the keeper of the process that makes the calls."""
    code = STUCK
    with contextlib.suppress(BaseException):
        code = keep(
            lambda: _child(function, cases, write_end=write_end, limit_seconds=limit_seconds),
            limit_seconds=limit_seconds,
        )
    os._exit(code)


def keep(work: Callable[[], object], *, limit_seconds: Number) -> int:
    """Let a process of its own do the work, end it and all it has started, return how it ended.

    It ends them when the work is done, when time is over, when told to (SIGTERM) and when this
    process's own parent is gone. Call it in a process's main thread, and end the process after it.
    """
    deadline = time.monotonic() + limit_seconds + GRACE_SECONDS
    _prctl(ADOPT_ORPHANS, 1)  # become the parent of each descendant whose own parent ends
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which asks us
    before = signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)  # no alarm: 3.13.0 loses it
    _prctl(DIE_WITH_PARENT, signal.SIGTERM)
    worker = _fork()
    if worker == 0:
        try:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            _prctl(DIE_WITH_PARENT, signal.SIGKILL)
            work()
        finally:
            os._exit(ENDED)
    code = _watch(worker, deadline)
    with contextlib.suppress(OSError):
        _end_children(time.monotonic() + GRACE_SECONDS)
    return code


def _watch(worker: int, deadline: float) -> int:
    """Wait for the process that makes the calls, and return how it ended."""
    while (left := deadline - time.monotonic()) > 0:
        got = signal.sigtimedwait(WATCHED, left)
        if got is None or got.si_signo == signal.SIGTERM:
            break
        pid, status = os.waitpid(worker, os.WNOHANG)
        if pid:
            return os.WTERMSIG(status) if os.WIFSIGNALED(status) else ENDED
    return STUCK


def _end_children(deadline: float) -> None:
    """Kill every child, and those whom their deaths make our children, until there are none."""
    while time.monotonic() < deadline:
        with contextlib.suppress(ChildProcessError):
            if os.waitpid(-1, os.WNOHANG) == (0, 0):  # some run: only now are all processes read
                for pid in _children():
                    os.kill(pid, signal.SIGKILL)
                os.waitpid(-1, 0)
            continue
        return


def _children() -> Iterator[int]:
    """Yield the processes whose parent this one is."""
    own = str(os.getpid())
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError):  # a process that has just ended
            if stat.read_text().rpartition(")")[2].split()[1] == own:
                yield int(stat.parent.name)


def _prctl(option: int, value: int) -> None:
    if LIBC is not None:
        LIBC.prctl(option, value, 0, 0, 0)


def _dismiss(keeper: int) -> int:
    """Collect the keeper, which has ended or is asked to, and return its exit status."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(keeper, signal.SIGTERM)  # where it has ended this reaches nobody
    deadline, pause = time.monotonic() + 2 * GRACE_SECONDS, ALARM_EVERY_SECONDS / 32
    while time.monotonic() < deadline:
        pid, status = os.waitpid(keeper, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        time.sleep(pause)  # most have ended by now: they close the pipe as they end
        pause = min(2 * pause, ALARM_EVERY_SECONDS)
    os.kill(keeper, signal.SIGKILL)
    os.waitpid(keeper, 0)
    return STUCK


def _listen(read_end: int, deadline: float) -> bytes:
    """Collect what is written until everybody has closed the other end or the deadline passes."""
    data = b""
    with selectors.DefaultSelector() as selector:
        selector.register(read_end, selectors.EVENT_READ)
        while selector.select(max(0.0, deadline - time.monotonic())):
            chunk = os.read(read_end, 1 << 16)
            data += chunk
            if not chunk or time.monotonic() > deadline:
                break
    return data


def _ending(status: int, over: bool) -> Outcome:
    """Say what became of the calls that gave no outcome."""
    if status == STUCK:
        return Outcome(problem="stuck")
    if over:
        return Outcome(problem="time")
    if status in (ENDED, signal.SIGKILL) or status < 0:
        return Outcome(problem="crashed", detail="the process ended in the middle of the call")
    name = signal.Signals(status).name
    return Outcome(problem="crashed", detail=f"the interpreter crashed ({name})")


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
) -> NoReturn:
    """Never return: write one JSON line per case, then what was printed, and end."""
    printed = Printed()
    try:
        _settle(printed)
        # rings again and again, for code that catches everything
        signal.setitimer(signal.ITIMER_REAL, limit_seconds, ALARM_EVERY_SECONDS)
        for case in cases:
            _send(write_end, vars(attempt(function, case)))
    finally:
        with contextlib.suppress(BaseException):
            signal.setitimer(signal.ITIMER_REAL, 0)
            _send(write_end, {"printed": printed.text})
        os._exit(0)


def _settle(printed: Printed) -> None:
    """Give the child its own output, no keyboard, an alarm and a memory limit."""
    import resource  # exists where fork does

    signal.signal(signal.SIGALRM, _ring)
    sys.stdout = sys.stderr = printed
    faulthandler.disable()  # a crash is told in the report
    warnings.simplefilter("default")  # shown with what the code prints, never an exception
    sys.stdin, builtins.input = io.StringIO(), _no_keyboard
    used = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (used + SPARE_BYTES, used + SPARE_BYTES))


def _send(write_end: int, message: dict[str, Any]) -> None:
    rest = ("\n" + json.dumps(message) + "\n").encode()  # a new line even after one cut short
    while rest:
        rest = rest[os.write(write_end, rest) :]


def _ring(*_: object) -> None:
    raise TimeUp


def _no_keyboard(prompt: object = "") -> str:
    raise EOFError("a check has no keyboard; use the parameters in place of input()")
