"""SIM-12: what formats of weights and cache leave of a chip's memory; the planner's other face.

It is drawn by `kv_planner.js`: the same bar and the same numbers, with more formats of weights and
a table of them in place of one of chips.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tokenworks.number import Number
from tokenworks.specs import model_spec
from tokenworks.widgets.kit import bytes_text, count_text
from tokenworks.widgets.kv_planner import FILL, GRID, KvPlanner, plan_at, tabulated
from tokenworks.widgets.stage import chosen, html_table

FORMATS = ("bf16", "int8-g128", "fp8", "q4_1", "nvfp4", "mxfp4", "int4-g128")  # largest first


class MemoryCalculator(KvPlanner):
    """The live widget; `state` holds the controls by the names of the grid."""

    def grid(self) -> dict[str, Any]:
        """Return the values each control may take."""
        return GRID | {"weights": FORMATS}

    def fallback(self) -> str:
        """Return what each format of the weights leaves for the cache."""
        state, data = self.state, self.data
        model, on = data["models"][state["model"]], data["chips"][state["chip"]]
        caption = (
            f"{model['label']} on {state['chips']} × {on['label']}, "
            f"{bytes_text(state['chips'] * on['bytes'])} {on['basis']}, "
            f"cache {data['formats'][state['kv']]}, {count_text(state['context_tokens'])} tokens"
        )
        head = ("Weights in", "Size", "Room for the cache", "Largest batch")
        pieces = model["pieces"][str(state["chips"])]
        if isinstance(pieces, str):
            return html_table(f"{caption}: {pieces}", head, [])
        return html_table(caption, head, [self._format_row(name) for name in FORMATS])

    def _format_row(self, name: str) -> tuple[str, ...]:
        plan = plan_at(self.state | {"weights": name, "wanted": FILL})
        size, label = bytes_text(plan["weights"]), self.data["formats"][name]
        return (label, size, room_text(plan), count_text(plan["room"]))


def room_text(plan: Mapping[str, Number]) -> str:
    """Return the room for the cache in words; where there is none, what takes it."""
    if plan["cache_room"]:
        return bytes_text(plan["cache_room"])
    over = plan["weights"] > plan["capacity"]
    return "weights do not fit" if over else "runtime does not fit"


def memory_calculator(
    model: str = "llama-3-70b",
    chip: str = "h100-sxm",
    chips: int = 2,
    **controls: Any,
) -> MemoryCalculator:
    """Return SIM-12, the GPU memory calculator; values must be on the recorded grid.

    `controls`: weights, kv, context_tokens, and the batch as `wanted` (None for the largest).
    """
    model_spec(model)  # an unknown name is refused with the closest ones, before the grid is
    shown = chosen(controls, weights="bf16", kv="bf16", context_tokens=4096, wanted=32)
    state = {"model": model, "chip": chip, "chips": chips, **shown}
    data = tabulated(GRID["model"], GRID["chip"], FORMATS) | {"by_format": True}
    return MemoryCalculator(data=data, state=state)
