import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tokenworks.checks import fork
from tokenworks.checks.attempt import Outcome
from tokenworks.checks.fork import run_forked

linux = pytest.mark.skipif(sys.platform != "linux", reason="forks on Linux only")


def _crash(_):
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.kill(os.getpid(), signal.SIGSEGV)


def _second_hangs(x):
    while x == 2:
        pass
    return x


@linux
def test_values_and_prints_come_back_and_nothing_else():
    seen = []

    def remember(x):
        seen.append(x)
        print("saw", x)
        return 2 * x

    trial = run_forked(remember, [(1,), (2,)], limit_seconds=20)
    assert trial.outcomes == (Outcome(2), Outcome(4))
    assert trial.printed == "saw 1\nsaw 2\n"
    assert seen == []


@linux
def test_time_up_keeps_what_was_done_before():
    trial = run_forked(_second_hangs, [(1,), (2,), (3,)], limit_seconds=0.5)
    assert trial.outcomes == (Outcome(1), Outcome(problem="time"), Outcome(problem="time"))


@linux
def test_what_does_not_listen_is_killed():
    def deaf(_):
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        while True:
            pass

    assert run_forked(deaf, [(1,)], limit_seconds=0.2).outcomes == (Outcome(problem="stuck"),)


@linux
def test_a_crash_names_its_signal():
    (outcome,) = run_forked(_crash, [(1,)], limit_seconds=20).outcomes
    assert outcome == Outcome(problem="crashed", detail="the interpreter crashed (SIGSEGV)")


@linux
def test_memory_is_bounded():
    def hungry(_):
        return len(bytearray(1 << 34))

    (outcome,) = run_forked(hungry, [(1,)], limit_seconds=20).outcomes
    assert outcome.detail.startswith("MemoryError")


def children():
    """Return the processes of ours that live or wait to be collected (a browser may be one)."""
    lists = Path("/proc/self/task").glob("*/children")
    return {int(pid) for path in lists for pid in path.read_text().split()}


@linux
def test_it_works_outside_the_main_thread_and_leaves_no_child():
    trials, before = [], children()
    worker = threading.Thread(
        target=lambda: trials.append(run_forked(_second_hangs, [(1,), (2,)], limit_seconds=0.3))
    )
    worker.start()
    worker.join(30)
    # CPython 3.13.0 delivers no alarm to a child forked off the main thread; the kill ends it
    end = "stuck" if sys.version_info[:3] == (3, 13, 0) else "time"
    assert trials[0].outcomes == (Outcome(1), Outcome(problem=end))
    assert children() == before


LEAVE_HOME = """
import os, time
if os.fork():
    os._exit(0)
os.setsid()
open({!r}, "w").write(str(os.getpid()))
time.sleep(600)
"""


@linux
@pytest.mark.parametrize("kind", ["left running", "daemon", "fork"])
def test_what_the_calls_have_started_ends_with_them(kind, tmp_path):
    note = tmp_path / "pid"

    def start(_):
        if kind == "fork":
            pid = os.fork()
            if pid == 0:
                time.sleep(600)
        elif kind == "daemon":
            subprocess.run([sys.executable, "-c", LEAVE_HOME.format(str(note))], check=True)
            while not note.exists() or not note.read_text():
                time.sleep(0.01)
            pid = int(note.read_text())
        else:
            pid = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]).pid
        return pid

    before = children()
    (outcome,) = run_forked(start, [(1,)], limit_seconds=60).outcomes
    assert outcome.problem == ""
    assert not Path(f"/proc/{outcome.value}").exists()
    assert children() == before


@linux
def test_an_interrupt_of_the_notebook_ends_the_calls_too(tmp_path, monkeypatch):
    note = tmp_path / "pid"

    def hang(_):
        note.write_text(str(os.getpid()))
        time.sleep(600)

    def interrupted(*_):
        while not note.exists() or not note.read_text():
            time.sleep(0.01)
        raise KeyboardInterrupt

    monkeypatch.setattr(fork, "_listen", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_forked(hang, [(1,)], limit_seconds=60)
    assert not Path(f"/proc/{note.read_text()}").exists()


@linux
def test_an_answer_that_ends_its_keeper_ends_itself():
    def turn(_):
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(600)

    begin = time.monotonic()
    (outcome,) = run_forked(turn, [(1,)], limit_seconds=30).outcomes
    assert outcome.problem == "crashed"
    assert time.monotonic() - begin < 25


ABANDONED = """
import os, subprocess, sys, time
from tokenworks.checks.fork import run_forked

def start(note):
    left = subprocess.Popen(["sleep", "77"], start_new_session=True)
    with open(note, "w") as file:
        file.write(f"{left.pid}\\n")
    time.sleep(77)

run_forked(start, [(sys.argv[1],)], limit_seconds=70)
"""


@linux
def test_what_the_calls_have_started_ends_when_the_notebook_is_killed(tmp_path):
    note = tmp_path / "pid"
    with subprocess.Popen([sys.executable, "-c", ABANDONED, str(note)]) as notebook:
        while not note.exists() or not note.read_text().endswith("\n"):
            time.sleep(0.01)
        notebook.kill()
    deadline = time.monotonic() + 20
    while Path(f"/proc/{note.read_text().strip()}").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
