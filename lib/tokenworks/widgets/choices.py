"""Two ladders as a tree of questions: a model and a chip go in, the library's answers come out.

Every answer is `planner.questions`; `benchmarks/record_choices.py` recorded them over the grid.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from tokenworks.cost.chip_links import SERVER, link
from tokenworks.number import Number
from tokenworks.planner.questions import QUESTIONS, SPREAD, Rung, ladders
from tokenworks.planner.served_case import LOST_SHARE, RUNTIME_BYTES
from tokenworks.specs import chip, model_spec
from tokenworks.units import show_as
from tokenworks.widgets.kit import count_text
from tokenworks.widgets.stage import Stage, chosen, html_table

PORTS = ("infiniband-ndr", "ethernet-100", "ethernet-25")
GRID: dict[str, tuple[Any, ...]] = {
    "model": (
        "llama-3-8b",
        "qwen3-32b",
        "llama-3-70b",
        "llama-3-405b",
        "qwen3-30b-a3b",
        "mixtral-8x7b",
        "deepseek-v3",
    ),
    "chip": (
        "h100-sxm",
        "h200-sxm",
        "b200",
        "a100-80gb",
        "l40s",
        "rtx-4090",
        "tpu-v5e",
        "tpu-v6e",
    ),
    "users": (1, 16, 128),
    "context_tokens": (2048, 8192, 32768),
    "ports": PORTS,
}
TITLES = ("Spread it over chips", "Then add")
ABOUT = (
    f"Weights and caches in bf16. Of each chip {show_as(RUNTIME_BYTES, 'bytes')} are kept back for "
    f"the runtime, and of the room for caches {100 * LOST_SHARE:g} % (assumed). Floors are named "
    "by “at least”; expected times have the error of the fitted model, which was scored on "
    f"NVIDIA's servers. A server has {SERVER} chips."
)


@cache
def tabulated() -> dict[str, Any]:
    """Return what was recorded."""
    text = files("tokenworks.data").joinpath("choices.json").read_text(encoding="utf-8")
    return json.loads(text)


def answered(**state: Any) -> list[Rung] | str:
    """Ask the library for one state of the controls; a refusal is its sentence."""
    asked = {name: state[name] for name in ("users", "context_tokens", "ports")}
    try:
        return list(ladders(state["model"], state["chip"], **asked))
    except ValueError as problem:
        return f"{str(problem)[0].upper()}{str(problem)[1:]}."


def over_ports(places: list[list[int]]) -> list[int | list[int]]:
    """Return the answers of all networks together: a list where it depends on which."""
    return [one[0] if len(set(one)) == 1 else list(one) for one in zip(*places, strict=True)]


class Texts:
    """Sentences, each kept once; an answer is its place among them."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}

    def place(self, text: str) -> int:
        """Return the place of a sentence."""
        return self.places.setdefault(text, len(self.places))

    def of_case(self, **state: Any) -> int | list[int | list[int]]:
        """Return the places of all answers to a case, or of the sentence that refuses it."""
        found = [answered(ports=name, **state) for name in PORTS]
        refused = [each for each in found if isinstance(each, str)]
        if refused:
            return self.place(refused[0])
        return over_ports(
            [
                [self.place(text) for rung in rungs for text in (rung.answer, rung.why)]
                for rungs in found
                if not isinstance(rungs, str)
            ]
        )


def recorded() -> dict[str, Any]:
    """Ask for the whole grid."""
    texts, (users, contexts) = Texts(), (GRID["users"], GRID["context_tokens"])
    answers = {
        f"{name} {on}": [
            [texts.of_case(model=name, chip=on, users=n, context_tokens=t) for t in contexts]
            for n in users
        ]
        for name in GRID["model"]
        for on in GRID["chip"]
    }
    return {
        "grid": {name: list(values) for name, values in GRID.items()},
        "models": {name: model_spec(name).label for name in GRID["model"]},
        "chips": {name: chip(name).label for name in GRID["chip"]},
        "networks": {name: link(name).label for name in PORTS},
        "titles": list(TITLES),
        "about": ABOUT,
        "questions": list(QUESTIONS.values()),
        "spread": len(SPREAD),
        "answers": answers,
        "texts": list(texts.places),
    }


def shown_at(**state: Any) -> list[Rung] | str:
    """Return what is shown of a state: the recorded answers, or why there are none."""
    data = tabulated()
    at = {name: data["grid"][name].index(value) for name, value in state.items()}
    found = data["answers"][f"{state['model']} {state['chip']}"][at["users"]][at["context_tokens"]]
    texts = data["texts"]
    if not isinstance(found, list | tuple):
        return texts[found]
    said = [texts[one[at["ports"]] if isinstance(one, list | tuple) else one] for one in found]
    pairs = zip(said[::2], said[1::2], strict=True)
    return [Rung(name, *pair) for name, pair in zip(QUESTIONS, pairs, strict=True)]


class Choices(Stage):
    """The live widget; `state` holds the controls by the names of the grid."""

    def grid(self) -> dict[str, Any]:
        """Return the values each control may take."""
        return GRID

    def fallback(self) -> str:
        """Return the questions with their answers."""
        state, found = self.state, shown_at(**self.state)
        caption = (
            f"{self.data['models'][state['model']]} in bf16 on {self.data['chips'][state['chip']]},"
            f" {_users(state['users'])} with {count_text(state['context_tokens'])} tokens each, "
            f"{self.data['networks'][state['ports']]} between servers"
        )
        head = ("Question", "Answer", "Because")
        if isinstance(found, str):
            return html_table(f"{caption}: {found}", head, [])
        return html_table(caption, head, [(QUESTIONS[r.name], r.answer, r.why) for r in found])


def _users(count: Number) -> str:
    return f"{count_text(count)} user{'' if count == 1 else 's'}"


def choices(model: str = "llama-3-70b", chip: str = "h100-sxm", **controls: Any) -> Choices:
    """Return the two ladders for a case; every value must be on the recorded grid.

    `controls`: users, context_tokens (of each), ports (the network between servers).
    """
    others = chosen(controls, users=16, context_tokens=8192, ports="infiniband-ndr")
    return Choices(data=tabulated(), state={"model": model, "chip": chip} | others)
