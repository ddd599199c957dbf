import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

import jax
import numpy as np
import pytest

from tokenworks.checks import sandbox
from tokenworks.checks.attempt import Outcome
from tokenworks.checks.problems import problem_of
from tokenworks.checks.sandbox import run, run_in_thread


def _hang(x):
    while x:
        pass
    return x


def test_thread_gives_values_and_prints():
    trial = run_in_thread(lambda x: print(x) or x + 1, [(1,), (2,)], limit_seconds=20)
    assert trial.outcomes == (Outcome(2), Outcome(3))
    assert trial.printed == "1\n2\n"


def test_thread_ends_a_loop_and_keeps_what_was_done():
    trial = run_in_thread(_hang, [(0,), (1,), (0,)], limit_seconds=0.2)
    assert trial.outcomes == (Outcome(0), Outcome(problem="time"), Outcome(problem="time"))


def test_thread_that_catches_everything_is_left_behind():
    release = threading.Event()

    def catch_all(x):
        while not release.is_set():
            try:
                release.wait(0.001)
            except BaseException:
                continue
        return x

    trial = run_in_thread(catch_all, [(1,)], limit_seconds=0.1)
    release.set()
    assert trial.outcomes == (Outcome(problem="time"),)


def test_run_falls_back_to_a_thread_where_no_child_can_be_made(monkeypatch):
    def no_memory(*_, **__):
        raise OSError("Cannot allocate memory")

    monkeypatch.setattr(sandbox, "run_forked", no_memory)
    assert run(lambda x: x, [(1,)], limit_seconds=20).outcomes == (Outcome(1),)
    monkeypatch.setattr(sandbox.sys, "platform", "win32")
    assert run(lambda x: x, [(2,)], limit_seconds=20).outcomes == (Outcome(2),)


@pytest.mark.parametrize(
    "leave",
    [
        lambda: os._exit(3),
        lambda: os.abort(),
        lambda: os.kill(os.getpid(), 9),
        lambda: os.close(1),
        lambda: os.closerange(0, 99),
        lambda: signal.raise_signal(signal.SIGTERM),
    ],
)
def test_a_thread_can_neither_end_the_process_nor_close_its_files(leave):
    trial = run_in_thread(lambda x: leave(), [(1,)], limit_seconds=20)
    assert trial.outcomes[0].problem == "raised"
    assert "return a value" in trial.outcomes[0].detail
    read_end, write_end = os.pipe()
    os.close(read_end)  # for everybody else the doors are as they were
    os.close(write_end)


@pytest.mark.parametrize(
    "start",
    [
        lambda: subprocess.Popen(["sleep", "600"]),
        lambda: subprocess.run(["sleep", "600"], check=True),
        lambda: os.fork(),
        lambda: os.system("sleep 600"),
        lambda: os.posix_spawn("/bin/sleep", ["sleep", "600"], {}),
        lambda: os.spawnlp(os.P_NOWAIT, "sleep", "sleep", "600"),
        lambda: (
            multiprocessing.get_context("spawn").Process(target=time.sleep, args=(600,)).start()
        ),
    ],
)
def test_a_thread_starts_no_process(start):
    trial = run_in_thread(lambda x: start(), [(1,)], limit_seconds=20)
    assert trial.outcomes[0].detail.startswith("PermissionError: a check does not let ")
    subprocess.run([sys.executable, "-c", ""], check=True)  # everybody else may


SOFTMAX = jax.jit(jax.nn.softmax)
TABLE = {"softmax": SOFTMAX}


def _softmax(logits):
    return np.asarray(SOFTMAX(np.asarray(logits)))


def _calls_it(logits):
    return _softmax(logits)


@pytest.mark.parametrize(
    "function",
    [
        _softmax,
        _calls_it,
        lambda logits: jax.nn.softmax(np.asarray(logits)),
        lambda logits: TABLE["softmax"](np.asarray(logits)),
        lambda logits, softmax=SOFTMAX: softmax(np.asarray(logits)),
        jax.jit(lambda logits: jax.nn.softmax(jax.numpy.stack(logits))),
    ],
)
def test_a_function_that_uses_jax_runs_although_this_process_has_run_it(function):
    jax.numpy.ones(3).block_until_ready()
    (outcome,) = run(function, [([0.0, 0.0],)], limit_seconds=60).outcomes
    assert outcome == Outcome([0.5, 0.5])


@pytest.mark.skipif(sys.platform != "linux", reason="forks on Linux only")
def test_what_does_not_end_where_jax_is_there_may_be_for_jax(monkeypatch):
    first = run(_hang, [(0,), (1,)], limit_seconds=0.2)
    assert first.outcomes == (Outcome(0), Outcome(problem="jax"))
    name, hint = problem_of(first.outcomes[1])
    assert name == "it does not end in time"
    assert hint.startswith("Look for a loop")
    assert "Call JAX directly in the function, or use NumPy." in hint
    monkeypatch.delitem(sys.modules, "jax")
    assert run(_hang, [(1,)], limit_seconds=0.2).outcomes == (Outcome(problem="time"),)
