"""A learner's text gets the verdict that `check` gives in a notebook."""

import builtins
import json
import math
import sys

import pytest

from tokenworks.checks import check, grader
from tokenworks.checks.attempt import CUT
from tokenworks.checks.catalogue import all_exercises
from tokenworks.runner import answer
from tokenworks.runner.learner_code import BEGINS

RIGHT = """
def price_of_a_batch(weight_bytes, cache_bytes, batch, bytes_per_s, usd_per_hour):
    print("here")
    seconds = (weight_bytes + cache_bytes * batch) / bytes_per_s
    return seconds / batch * usd_per_hour / 3600 * 1e6
"""


def asked(ask, tell=lambda _: None, **fields):
    return json.loads(answer(json.dumps({"ask": ask, **fields}), tell))


def checked(source, exercise="14.1", **more):
    return asked("check", exercise=exercise, source=source, **more)


def test_a_right_answer_passes_and_its_outcomes_are_told_on_the_way():
    told = []
    found = checked(RIGHT, tell=told.append)
    assert found["passed"]
    assert told.pop(0) == BEGINS
    assert found["cases_passed"] == found["cases"] == len(told)
    assert all(json.loads(each)["problem"] == "" for each in told)
    assert "here" in found["text"]
    assert "tw-right" in found["html"]


def test_a_text_is_judged_as_a_function_in_a_notebook_is():
    source = RIGHT.replace("* batch)", ")").replace('    print("here")\n', "")
    space = {}
    exec(source, space)
    report = check("14.1", space["price_of_a_batch"])
    found = checked(source)
    assert (found["text"], found["html"]) == (repr(report), report._repr_html_())
    assert found["mistake"] == report.misconception


@pytest.mark.parametrize("exercise", list(all_exercises().values()), ids=lambda each: each.id)
def test_a_stub_is_not_yet_written(exercise):
    assert checked(exercise.stub, exercise.id)["mistake"] == "not yet written"


def test_what_had_been_told_is_judged_and_the_rest_is_late():
    told = []
    checked(RIGHT, tell=told.append)
    found = asked("judge", exercise="14.1", source=RIGHT, outcomes=told[1:2])
    assert found["cases_passed"] == 1
    assert found["mistake"] == "it does not end in time"
    assert "weight_bytes=" in found["text"]


def test_what_a_text_does_to_other_modules_is_undone():
    before = (math.pi, math.sqrt, builtins.sum, grader.judge, sys.getrecursionlimit())
    text = "import builtins, math, sys\nfrom tokenworks.checks import grader\nmath.pi = 3\n"
    text += "del math.sqrt\nbuiltins.sum = grader.judge = None\nsys.setrecursionlimit(99_999)\n"
    assert checked(text + RIGHT)["passed"]
    assert asked("run", source=text)["problem"] == ""
    assert (math.pi, math.sqrt, builtins.sum, grader.judge, sys.getrecursionlimit()) == before


def test_it_is_told_when_the_text_begins():
    told = []
    checked("x = 1", tell=told.append)
    asked("run", tell=told.append, source="x = 1")
    asked("judge", tell=told.append, exercise="14.1", source=RIGHT, outcomes=[])
    assert told == [BEGINS, BEGINS]


def test_what_is_judged_is_not_run():
    found = asked("judge", exercise="14.1", source="1/0", outcomes=[])
    assert found["cases_passed"] == 0


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def f(:", "Line 1 is no Python: invalid syntax."),
        ("x = 1\n1 / 0", "Line 2 stopped it: ZeroDivisionError: division by zero."),
        ("import numpy_of_nobody", "Line 1 stopped it: ModuleNotFoundError"),
        ("raise SystemExit", "Line 1 stopped it: SystemExit."),
        ("x = 1", "There is no function of the name price_of_a_batch"),
    ],
)
def test_a_text_that_defines_nothing_says_in_which_line_it_went_wrong(source, said):
    assert checked(source)["problem"].startswith(said)


def test_numpy_is_said_to_be_in_the_notebook(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "numpy", None)
    assert checked("import numpy")["problem"] == (
        "Line 1 stopped it: NumPy does not run in a page. The notebook has it."
    )


def test_a_text_is_run_and_what_it_prints_is_returned_up_to_a_limit():
    assert asked("run", source="print(6 * 7)") == {"printed": "42\n", "problem": ""}
    found = asked("run", source="for _ in range(10**4): print('x' * 99)\n1/0")
    assert found["printed"] == (("x" * 99 + "\n") * 1000) + CUT
    assert found["problem"].startswith("Line 2 stopped it")
