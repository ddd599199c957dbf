"""Step against price: ways to serve Llama-3 70B on slices of TPU v5e, and those that none beats."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.frontier import FORMATS as PAIRS
from tokenworks.cost.frontier import Option, best_options, option, slice_options
from tokenworks.number import Number
from tokenworks.specs import chip, model_spec, price
from tokenworks.units import show
from tokenworks.validate.timed_steps import slice_errors
from tokenworks.widgets.kit import bytes_text, count_text, seconds_text, significant
from tokenworks.widgets.stage import Stage, chosen, html_table

ON = Deployment(model_spec("llama-3-70b"), chip("tpu-v5e"))
FORMATS = {pair[0]: pair for pair in PAIRS}
LABELS = {
    "bf16": "weights and cache in bf16",
    "int8": "weights and cache in int8",
    "int4": "weights in int4, cache in int8",
}
PRICES = ("google-tpu-v5e", "google-tpu-v5e-spot")
GRID: dict[str, tuple[Any, ...]] = {
    "formats": tuple(FORMATS),
    "shape": ("2x2", "2x4", "4x4", "4x8", "8x8"),
    "batch": (1, 2, 4, 8, 16, 32, 64, 128, 256),
    "context_tokens": (1024, 2048, 4096, 8192, 16384, 32768),
    "price": PRICES,
}
BOTTLENECKS = ("weights", "cache", "products", "messages")
COLUMNS = ("held", "expected", "floor", "bottleneck")


@cache
def way(formats: str, shape: str, *, batch: int, context_tokens: int) -> Option:
    """Return one way to serve the model, at the first price."""
    weights, kv = FORMATS[formats]
    return option(
        replace(ON, weights=weights, kv=kv),
        shape,
        batch=batch,
        context_tokens=context_tokens,
        usd_per_chip_hour=price(PRICES[0]).usd_per_hour,
    )


@cache
def unbeaten(formats: str, context_tokens: int) -> list[Option]:
    """Return the ways of these formats that none of them beats; all pay the same for a chip."""
    found = slice_options(
        ON,
        batches=GRID["batch"],
        shapes=GRID["shape"],
        formats=[FORMATS[formats]],
        context_tokens=context_tokens,
        usd_per_chip_hour=price(PRICES[0]).usd_per_hour,
    )
    return best_options(found)


@cache
def tabulated() -> dict[str, Any]:
    """Return all that the browser looks up: each way's memory, step and limit; the frontiers."""
    error = slice_errors()
    return {
        "grid": {name: list(values) for name, values in GRID.items()},
        "labels": LABELS,
        "chips": {
            shape: way("int8", shape, batch=1, context_tokens=1024).step.chips
            for shape in GRID["shape"]
        },
        "prices": {name: _offer(name) for name in PRICES},
        "month": f"{date.fromisoformat(price(PRICES[0]).day):%B %Y}",
        "usable": ON.chip.planned_bytes,
        "limits": BOTTLENECKS,
        "error": f"half of {error.rows} measured steps of this model on 16 of these chips, to "
        "which one constant is fitted, are "
        f"within {show(error.median, '%', decimals=0)}, nine of ten within "
        f"{show(error.p90, '%', decimals=0)}",
        "ways": {
            formats: [
                [
                    [_row(formats, shape, batch=batch, context=context) for batch in GRID["batch"]]
                    for context in GRID["context_tokens"]
                ]
                for shape in GRID["shape"]
            ]
            for formats in FORMATS
        },
        "best": {
            formats: [
                [
                    [GRID["shape"].index(each.shape), GRID["batch"].index(each.batch)]
                    for each in unbeaten(formats, context)
                ]
                for context in GRID["context_tokens"]
            ]
            for formats in FORMATS
        },
    }


def _offer(name: str) -> dict[str, Any]:
    row = price(name)
    rent = show(row.usd_per_hour, "USD/h")
    said = f"{row.provider}, {row.region}, {row.kind}: {rent} a chip, on {row.day}"
    return {"usd": row.usd_per_hour, "label": f"{rent}, {row.kind}", "said": said}


def _row(formats: str, shape: str, *, batch: int, context: int) -> list[Number]:
    each = way(formats, shape, batch=batch, context_tokens=context)
    return [
        round(each.memory.needed_bytes),
        significant(each.step.expected_seconds, 6),
        significant(each.step.floor_seconds, 6),
        BOTTLENECKS.index(each.step.bottleneck),
    ]


def shown_at(formats: str, shape: str, **at: Any) -> dict[str, Any]:
    """Return what the counters show of a way, and whether it fits."""
    row = _row(formats, shape, batch=at["batch"], context=at["context_tokens"])
    held, expected, floor, limit = row
    chips = way(formats, shape, batch=1, context_tokens=1024).step.chips
    tokens = 1e6 / at["batch"]
    second = price(at["price"]).usd_per_hour * chips / 3600
    return {
        "held": held,
        "fits": held <= ON.chip.planned_bytes,
        "expected": expected,
        "floor": floor,
        "rate": at["batch"] / expected / chips,
        "usd": second * expected * tokens,
        "floor_usd": second * floor * tokens,
        "bottleneck": BOTTLENECKS[int(limit)],
    }


def usd_text(usd: Number) -> str:
    """Return an amount of dollars with its cents."""
    return show(usd, "USD", decimals=2)


class Pareto(Stage):
    """The live widget; `state` holds the controls by the names of the grid."""

    def grid(self) -> dict[str, Any]:
        """Return the values each control may take."""
        return GRID

    def fallback(self) -> str:
        """Return the step and the price of each batch on the chosen slice."""
        state = self.state
        offer = self.data["prices"][state["price"]]
        caption = (
            f"{ON.model.label} on a {state['shape']} of {ON.chip.label}, "
            f"{LABELS[state['formats']]}, {count_text(state['context_tokens'])} tokens each; "
            f"{offer['said']}. Of the expected times, "
            f"{self.data['error']}"
        )
        head = (
            "Sequences at once",
            "Step, at least",
            "Step, expected",
            "A million tokens, expected",
            "A chip holds",
        )
        return html_table(caption, head, [_line(state, batch) for batch in GRID["batch"]])


def _line(state: dict[str, Any], batch: int) -> tuple[str, ...]:
    at: dict[str, Any] = state | {"batch": batch}
    found = shown_at(**at)
    held = bytes_text(found["held"]) + ("" if found["fits"] else ", too much")
    times = (seconds_text(found["floor"]), seconds_text(found["expected"]))
    return (count_text(batch), *times, usd_text(found["usd"]), held)


def pareto(formats: str = "int8", **controls: Any) -> Pareto:
    """Return the frontier of step and price; every value must be on the recorded grid.

    `controls`: shape, batch, context_tokens, price (a row of the table of prices).
    """
    others = chosen(controls, shape="4x4", batch=32, context_tokens=8192, price=PRICES[0])
    return Pareto(data=tabulated(), state={"formats": formats} | others)
