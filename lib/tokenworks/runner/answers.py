"""The door of the runner: one question as JSON text, one answer as JSON text."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from typing import Any

from tokenworks.runner.learner_code import check_source, judge_source, run_source

Tell = Callable[[str], object]


def _of(module: str, name: str) -> Callable[..., dict[str, Any]]:
    """Return a function of a module that is imported when it is asked: most pages ask for less."""

    def asked(**fields: Any) -> dict[str, Any]:
        return getattr(import_module(f"tokenworks.runner.{module}"), name)(**fields)

    return asked


QUESTIONS: dict[str, Callable[..., dict[str, Any]]] = {
    "again": _of("formula_scripts", "run_formula"),
    "check": check_source,
    "drive": _of("cockpit_scripts", "drive_script"),
    "judge": judge_source,
    "mission": _of("cockpit_scripts", "judge_mission"),
    "run": run_source,
    "score": _of("cockpit_scripts", "score_settings"),
}


def answer(question: str, tell: Tell = lambda _: None) -> str:
    """Answer a question, telling on the way what was found; never raises for what it was asked.

    A question is `{"ask": name, …}` with the fields of that function of `QUESTIONS`. An answer is
    its dict, or `{"refused": why}`.
    """
    try:
        fields = json.loads(question)
        asked = fields.pop("ask")
        found = QUESTIONS[asked](**fields, tell=tell)
    except MemoryError:
        return json.dumps({"refused": "It needs more memory than a page may take."})
    except Exception as error:  # the door: a page can do nothing with a traceback
        return json.dumps({"refused": f"{type(error).__name__}: {error}"})
    return json.dumps(found)
