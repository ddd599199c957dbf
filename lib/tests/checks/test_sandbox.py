import threading

from tokenworks.checks import sandbox
from tokenworks.checks.attempt import Outcome
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
