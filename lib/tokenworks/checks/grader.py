"""The door: `check(id, function)` tries a function on a question's cases and reports."""

from __future__ import annotations

import importlib
import inspect
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from tokenworks.checks.attempt import Outcome, Trial, attempt
from tokenworks.checks.diagnosis import diagnose, told, unusable
from tokenworks.checks.picture import amount, draw
from tokenworks.checks.plain import Number, exact, misfit
from tokenworks.checks.question import Case, Question, fresh_cases
from tokenworks.checks.report import Report, Row
from tokenworks.checks.sandbox import run

CHAPTERS = {  # modules loaded when first asked for: chapter 02 needs JAX
    "01": ("factory_bytes", "factory_rates"),
    "02": ("generation_text", "generation_sampling"),
    "03": ("phases_speed", "phases_cost"),
    "04": ("roofline_layer", "roofline_batch"),
    "05": ("kv_cache_token", "kv_cache_bytes", "kv_cache_capacity"),
    "06": ("metrics_request", "metrics_tail", "metrics_load", "metrics_goodput"),
    "07": (
        *("batching_static", "batching_window", "batching_continuous"),
        *("batching_step", "batching_cost"),
    ),
    "08": (
        *("attention_online", "attention_tiles", "attention_traffic", "attention_causal"),
        *("attention_cells", "attention_copy", "attention_sharing"),
    ),
}
SEED_VARIABLE = "TOKENWORKS_HIDDEN_SEED"
SEED_FILE = "hidden_seed.txt"


@cache
def questions(chapter: str) -> dict[str, Question]:
    """Return the questions of one chapter, such as "01", by id and in order."""
    modules = [importlib.import_module(f"tokenworks.checks.{name}") for name in CHAPTERS[chapter]]
    found = [question for module in modules for question in module.QUESTIONS]
    return {question.id: question for question in sorted(found, key=lambda question: question.id)}


def check(
    question_id: Any, answer: Any, *, hidden: bool = False, limit_seconds: Number = 5.0
) -> Report:
    """Try a learner's function and report score, mistake and hint; it always returns, in time.

    `hidden` draws other cases from the teacher's seed and reports none of them.
    """
    known = questions(question_id[:2]) if str(question_id)[:2] in CHAPTERS else {}
    if question_id not in known:
        listed = ", ".join(id for chapter in CHAPTERS for id in questions(chapter))
        hint = f"No question has the id {question_id!r}. The ids are {listed}."
        return Report(str(question_id), "unknown question", 0, 0, hint=hint)
    question = known[question_id]
    cases = fresh_cases(question, hidden_seed()) if hidden else question.cases
    finding = unusable(question, answer)
    if finding:
        name, hint = finding
        return Report(question.id, question.title, 0, len(cases), "", name, hint)
    trial = run(answer, cases, limit_seconds=limit_seconds)
    report = _judge(question, cases, trial=trial, names=_names(answer))
    return replace(report, rows=(), printed="") if hidden else report


def hidden_seed() -> str:
    """Read the teacher's seed: from the environment, else from a file beside the notebook."""
    seed = os.environ.get(SEED_VARIABLE, "")
    if not seed and Path(SEED_FILE).is_file():
        seed = Path(SEED_FILE).read_text(encoding="utf-8").strip()
    if not seed:
        raise RuntimeError(f"hidden cases need a seed: set {SEED_VARIABLE} or write {SEED_FILE}")
    return seed


def _names(function: Callable[..., Any]) -> list[str]:
    try:
        return [f"{name}=" for name in inspect.signature(function).parameters]
    except (TypeError, ValueError):  # some built-ins have no signature
        return []


def _judge(question: Question, cases: Sequence[Case], *, trial: Trial, names: list[str]) -> Report:
    expected = [attempt(question.oracle, case).value for case in cases]
    rights = [
        not outcome.problem and question.accepts(case, value, outcome.value)
        for case, value, outcome in zip(cases, expected, trial.outcomes, strict=True)
    ]
    name = hint = ""
    if not all(rights):
        name, hint = diagnose(question, cases, expected=expected, outcomes=trial.outcomes)
    rows = [
        _row(question, case, result=result, names=names)
        for case, *result in zip(cases, expected, trial.outcomes, rights, strict=True)
    ]
    score = _score(question, expected, outcomes=trial.outcomes, rights=rights)
    return Report(
        id=question.id,
        title=question.title,
        cases_passed=sum(rights),
        cases=len(cases),
        score=score,
        misconception=name,
        hint=hint,
        rule=question.rule,
        unit=question.unit if question.answer_unit is None else question.answer_unit,
        printed=trial.printed,
        rows=tuple(rows),
    )


def _row(question: Question, case: Case, *, result: list[Any], names: list[str]) -> Row:
    expected, outcome, right = result
    problem = told(outcome)
    if not problem and (why := misfit(expected, outcome.value)):
        problem = f"the answer {why}"
    picture = ""
    if not problem and question.picture:
        picture = question.picture(case, expected, outcome.value)
    elif not problem:
        unit = question.unit if question.answer_unit is None else question.answer_unit
        picture = draw(expected, outcome.value, unit=unit)
    fault = None if problem else question.broken(case, outcome.value)
    where = fault.where if fault else ""
    return Row(_arguments(case, names), expected, outcome.value, right, problem, picture, where)


def _arguments(case: Case, names: list[str]) -> str:
    shown = [exact(argument, 120) for argument in case]
    if len(names) != len(shown):
        return ", ".join(shown)
    return ", ".join(name + value for name, value in zip(names, shown, strict=True))


def _score(
    question: Question, expected: list[Any], *, outcomes: Sequence[Outcome], rights: list[bool]
) -> str:
    """Add up how far off the comparable answers are, in the question's own unit."""
    off, silent = 0.0, 0
    for value, outcome, right in zip(expected, outcomes, rights, strict=True):
        distance = attempt(question.distance, (value, outcome.value))
        if outcome.problem or distance.problem or not math.isfinite(distance.value):
            silent += 1
        elif not right:
            off += distance.value
    if silent:
        return f"{silent} of {len(expected)} cases gave nothing to measure."
    return f"Off by {amount(off, question.unit)} in all; 0 is best."
