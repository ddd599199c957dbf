"""SIM-11: a draft runs ahead and the target checks, round by round, with the time that it takes.

Guesses are coins with a chosen acceptance, or were recorded along real texts of SmolLM2
(`benchmarks/record_speculation.py`). Times are those that the cost model expects of a server.
"""

from __future__ import annotations

from functools import cache, partial
from statistics import median
from typing import Any

from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.speculation import tokens_per_pass
from tokenworks.cost.speculation_batch import pass_cost
from tokenworks.data.speculation_trace import LENGTH, LONGEST, speculation_traces, walked
from tokenworks.data.timed_speculation import measured_speculation
from tokenworks.number import Number
from tokenworks.widgets.coin_rows import coin_runs
from tokenworks.widgets.draft_plans import LABELS, TARGETS, draft_cost, fits, plan_of
from tokenworks.widgets.kit import count_text, probability_text, ratio, significant
from tokenworks.widgets.stage import Stage, chosen, html_table

ALPHAS = tuple(i / 10 for i in range(11))
GRID: dict[str, tuple[Any, ...]] = {
    "draft": ("coins", "lookup", "exit", "eight-bit", "trained"),
    "alpha": ALPHAS,
    "kind": ("chat", "code", "copy"),
    "temperature": (0, 1),
    "gamma": tuple(range(1, LONGEST + 1)),
    "draft_cost": (None, 0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 1.5),
    "target": tuple(TARGETS),
    "batch": (1, 4, 8, 12, 16, 32, 64, 128, 256),
    "context_tokens": (1000, 2000, 8000),
}


@cache
def tabulated() -> dict[str, Any]:
    """Return all that the browser looks up: traces, what each came to, and what passes cost."""
    record = speculation_traces()
    shown = ("drafts", "kinds", "pieces", "model")
    return {name: record[name] for name in shown} | {
        "grid": {name: list(values) for name, values in GRID.items()},
        "length": LENGTH,
        "labels": LABELS,
        "measured": significant(measured_cost(), 3),
        "texts": {
            trace_name(kind=t["kind"], temperature=t["temperature"]): t["ids"]
            for t in record["texts"]
        },
        "traces": {name: _without(trace) for name, trace in _traces().items()},
        "came_to": {
            name: [came_to(trace, gamma) for gamma in GRID["gamma"]]
            for name, trace in _traces().items()
        },
        "costs": {
            target: [
                [_costs(target, batch, context) for batch in GRID["batch"]]
                for context in GRID["context_tokens"]
            ]
            for target in GRID["target"]
        },
    }


def measured_cost() -> float:
    """Return what a guess of the trained layer took beside SmolLM2, in plain steps: the median."""
    return median(run.draft_cost for run in measured_speculation().runs if run.draft == "eagle")


def _without(trace: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in trace.items() if name not in ("kind", "temperature")}


@cache
def _traces() -> dict[str, dict[str, Any]]:
    coins = {
        trace_name(draft="coins", alpha=alpha): {
            "runs": coin_runs(alpha),
            "drafted": [LONGEST] * LENGTH,
        }
        for alpha in ALPHAS
    }
    return coins | {trace_name(**trace): trace for trace in speculation_traces()["traces"]}


def trace_name(
    *, draft: str = "text", alpha: Number = 0, kind: str = "", temperature: Number = 0, **_: Any
) -> str:
    """Return the name of a trace, or of a text, at these controls."""
    if draft == "coins":
        return f"coins {alpha:.1f}"
    return f"{draft} {kind} {temperature}"


def came_to(trace: dict[str, Any], gamma: int) -> dict[str, float | int | None]:
    """Return what a run came to: passes, those with a draft, tokens, acceptance, and tau.

    `alpha` is the accepted of the judged guesses, `formula` the tau that it gives; None where no
    guess was judged.
    """
    rounds = walked(trace["runs"], trace["drafted"], gamma)
    tokens = sum(one.accepted + 1 for one in rounds)
    accepted = sum(one.accepted for one in rounds)
    judged = sum(min(one.accepted + 1, one.drafted) for one in rounds)
    alpha = accepted / judged if judged else None
    return {
        "passes": len(rounds),
        "drafts": sum(one.drafted > 0 for one in rounds),
        "tokens": tokens,
        "alpha": None if alpha is None else significant(alpha, 8),
        "tau": significant(tokens / len(rounds), 8),
        "formula": None if alpha is None else significant(tokens_per_pass(alpha, gamma), 8),
    }


def _costs(target: str, batch: int, context_tokens: int) -> dict[str, Any] | None:
    """Return a step of each draft and a pass for each gamma, in plain steps; None: does not fit."""
    if not fits(target, batch, context_tokens + LONGEST):
        return None
    kept = _constants()
    priced, checked = (
        partial(cost, batch=batch, context_tokens=context_tokens, constants=kept)
        for cost in (draft_cost, pass_cost)
    )
    plan = plan_of(target)
    return {
        "draft": {name: significant(priced(name, target), 6) for name in GRID["draft"]},
        "verify": [significant(checked(plan, gamma + 1), 6) for gamma in GRID["gamma"]],
    }


@cache
def _constants() -> Constants:
    return Constants.fitted()


def shown_at(**state: Any) -> dict[str, Number | None]:
    """Return what the counters show at these controls."""
    run = came_to(_traces()[trace_name(**state)], state["gamma"])
    names = ("target", "batch", "context_tokens")
    costs = _costs(*(state[name] for name in names))
    shown: dict[str, Number | None] = {name: run[name] for name in ("alpha", "tau", "formula")}
    if costs is None:
        return shown | dict.fromkeys(("cost", "gain", "formula_gain"))
    at, chosen_cost = state["gamma"] - 1, state["draft_cost"]
    draft = costs["draft"][state["draft"]] if chosen_cost is None else chosen_cost
    cost = state["gamma"] * draft + costs["verify"][at]
    passes, drafts, tokens = run["passes"] or 0, run["drafts"] or 0, run["tokens"] or 0
    formula = run["formula"]
    return shown | {
        "cost": cost,
        "gain": ratio(tokens, drafts * cost + (passes - drafts)),
        "formula_gain": None if formula is None else ratio(formula, cost),
    }


class Speculation(Stage):
    """The live widget; `state` holds the controls by the names of the grid, and the round."""

    def grid(self) -> dict[str, Any]:
        """Return the values each control may take."""
        return GRID

    def fallback(self) -> str:
        """Return what every gamma comes to at these controls."""
        state = self.state
        others = {name: value for name, value in state.items() if name != "gamma"}
        head = ("γ", "Acceptance", "Tokens a pass", "By the formula", "Speed-up", "By the formula")
        rows = []
        for gamma in GRID["gamma"]:
            found = shown_at(gamma=gamma, **others)
            names = ("tau", "formula", "gain", "formula_gain")
            texts = (_text(found[name]) for name in names)
            alpha = "–" if found["alpha"] is None else probability_text(found["alpha"])
            rows.append((str(gamma), alpha, *texts))
        who = f"coins that fall well with {state['alpha']:.1f}"
        if state["draft"] != "coins":
            who = f"{self.data['drafts'][state['draft']]}, {state['kind']}"
        caption = (
            f"{who}, {LABELS[state['target']]}, batch {count_text(state['batch'])}, "
            f"{count_text(state['context_tokens'])} tokens of context each"
        )
        return html_table(caption, head, rows)


def _text(value: Number | None) -> str:
    return "–" if value is None else times_text(value)


def times_text(value: Number) -> str:
    """Return a number with two decimals, as the counters show it."""
    return f"{value:.2f}"


def speculation(draft: str = "coins", **controls: Any) -> Speculation:
    """Return SIM-11, speculative decoding; every value must be on the recorded grid."""
    opened = chosen(
        controls,
        alpha=0.8,
        kind="chat",
        temperature=0,
        gamma=5,
        draft_cost=None,
        target="70b",
        batch=1,
        context_tokens=1000,
    )
    return Speculation(data=tabulated(), state={"draft": draft} | opened | {"cursor": 0})
