"""SIM-01: a request's tokens move through the six stages, once for every token that comes out."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from tokenworks import specs
from tokenworks.architecture import ModelSpec
from tokenworks.cost.memory import min_chips, weight_bytes
from tokenworks.cost.stages import BYTES_PER_PARAM, STAGES, stage_seconds, stage_table
from tokenworks.number import Number
from tokenworks.specs import model_spec
from tokenworks.widgets.kit import bytes_text, count_text, seconds_text, sum_left
from tokenworks.widgets.stage import Stage, html_table

GRID: dict[str, tuple[Any, ...]] = {
    "model": ("smollm2-135m", "llama-3-8b", "llama-3-70b", "llama-3-405b"),
    "chip": ("a100-80gb", "h100-sxm", "b200", "epyc-9654"),
    "prompt_tokens": (7, 128, 512, 2048),
    "output_tokens": (1, 8, 32, 200),
    "speed": tuple(range(1, 11)),
}


@cache
def tabulated() -> dict[str, Any]:
    """Return all that the browser looks up: stages, models, chips and the recorded poem."""
    text = files("tokenworks.data").joinpath("lifecycle.json").read_text(encoding="utf-8")
    return {
        "stages": [{"name": n, "where": w, "does": d} for n, w, d in STAGES],
        "models": {name: _model_table(model_spec(name)) for name in GRID["model"]},
        "chips": {name: specs.chip(name).label for name in GRID["chip"]},
        "grid": {name: list(values) for name, values in GRID.items()},
        **json.loads(text),
    }


def _model_table(spec: ModelSpec) -> dict[str, Any]:
    passes = {tokens: stage_table(spec, tokens) for tokens in (1, *GRID["prompt_tokens"])}
    total = weight_bytes(spec, BYTES_PER_PARAM)
    chips = [specs.chip(name) for name in GRID["chip"]]
    seconds = {
        on.name: {str(t): [stage_seconds(row, on) for row in rows] for t, rows in passes.items()}
        for on in chips
    }
    return {
        "label": spec.label,
        "layers": spec.n_layers,
        "bytes": total,
        "chips": {on.name: min_chips(total, on.planned_bytes) for on in chips},
        "passes": {
            str(t): [{key: row[key] for key in ("shape", "weights", "out")} for row in rows]
            for t, rows in passes.items()
        },
        "seconds": seconds,
    }


def visited(cursor: int, *, prompt_tokens: int, output_tokens: int) -> list[tuple[int, int]]:
    """Return the (tokens in the pass, stage) of each finished step; a new token skips stage 0."""
    first = [(prompt_tokens, stage) for stage in range(6)]
    later = [(1, stage) for stage in range(1, 6)]
    return (first + later * (output_tokens - 1))[:cursor]


def counters_at(cursor: int, **state: Any) -> dict[str, Number]:
    """Return the four counters after this many finished stages (state: the controls by name)."""
    table = tabulated()["models"][state["model"]]
    done = visited(
        cursor, prompt_tokens=state["prompt_tokens"], output_tokens=state["output_tokens"]
    )
    seconds = table["seconds"][state["chip"]]
    return {
        "tokens": sum(stage == 5 for _, stage in done),
        "passes": sum(stage == 2 for _, stage in done),
        "weight_bytes": sum(table["passes"][str(t)][stage]["weights"] for t, stage in done),
        "floor_seconds": sum_left([seconds[str(t)][stage] for t, stage in done]),
    }


class Lifecycle(Stage):
    """The live widget; `state` holds model, chip, prompt_tokens, output_tokens, speed, cursor."""

    def grid(self) -> dict[str, Any]:
        """Return the values each control may take."""
        return GRID

    def shown(self) -> dict[str, Any]:
        """Return what the repr says."""
        return {"model": self.state["model"]}

    def fallback(self) -> str:
        """Return the stages of the first decode pass, and the totals of the request."""
        state = {key: self.state[key] for key in GRID}
        model = tabulated()["models"][state["model"]]
        steps = 6 + 5 * (state["output_tokens"] - 1)
        total = counters_at(steps, **state)
        prefill, decode = model["passes"][str(state["prompt_tokens"])], model["passes"]["1"]
        rows = [
            (f"{i + 1} {STAGES[i][0]}", *_cells(prefill[i]), *_cells(decode[i])) for i in range(6)
        ]
        caption = (
            f"{model['label']}: {state['prompt_tokens']} prompt tokens in, "
            f"{state['output_tokens']} tokens out, {count_text(total['passes'])} passes, "
            f"{bytes_text(total['weight_bytes'])} of weights read, at least "
            f"{seconds_text(total['floor_seconds'])} at the speed of one "
            f"{tabulated()['chips'][state['chip']]}{_held(model['chips'][state['chip']])}"
        )
        head = ("Stage", "Prompt: out", "weights read", "Each new token: out", "weights read")
        return html_table(caption, head, rows)


def _held(chips: int) -> str:
    return "" if chips == 1 else f" (holding the model takes {count_text(chips)} of them)"


def _cells(row: dict[str, Any]) -> tuple[str, str]:
    shape = ", ".join(str(size) for size in row["shape"])
    return f"[{shape}] {bytes_text(row['out'])}", bytes_text(row["weights"])


def lifecycle(
    model: str = "llama-3-70b",
    chip: str = "a100-80gb",
    *,
    prompt_tokens: int = 7,
    output_tokens: int = 200,
    speed: int = 5,
) -> Lifecycle:
    """Return SIM-01, the request lifecycle; every value must be on the recorded grid."""
    model_spec(model)  # an unknown name is refused with the closest ones, before the grid is
    return Lifecycle(
        data=tabulated(),
        state={
            "model": model,
            "chip": chip,
            "prompt_tokens": prompt_tokens,
            "cursor": 0,
            "output_tokens": output_tokens,
            "speed": speed,
        },
    )
