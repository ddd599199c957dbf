"""A question with four options, each of them explained once it has been chosen."""

from __future__ import annotations

import json
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

from tokenworks.widgets.stage import KEYS, Stage


@cache
def quizzes() -> dict[str, Any]:
    """Return all quizzes by their id."""
    text = files("tokenworks.data").joinpath("quizzes.json").read_text(encoding="utf-8")
    return json.loads(text)


class Quiz(Stage):
    """The live widget; `state["choice"]` is the position of the chosen option, or None."""

    def grid(self) -> dict[str, Any]:
        """Return the values of the choice."""
        return {"choice": (None, *range(len(self.data.get("options", ()))))}

    def shown(self) -> dict[str, Any]:
        """Return what the repr says."""
        return {"name": self.data["name"]}

    def fallback(self) -> str:
        """Return the question, each option, and its explanation folded away."""
        options = (
            f"<li>{escape(option['text'])}<details><summary {KEYS}>Is it this one?</summary>"
            f"<p>{verdict(option)} {escape(option['why'])}</p></details></li>"
            for option in self.data["options"]
        )
        return f"<p>{escape(self.data['question'])}</p><ol>{''.join(options)}</ol>"


def verdict(option: dict[str, Any]) -> str:
    """Return the first word of the feedback."""
    return "Right." if option.get("right") else "No."


def quiz(name: str) -> Quiz:
    """Return the quiz with this id, e.g. "QUIZ-01"; an unknown one raises ValueError."""
    if name not in quizzes():
        raise ValueError(f"unknown quiz {name!r}; choose from {', '.join(quizzes())}")
    return Quiz(data={"name": name, **quizzes()[name]}, state={"choice": None})
