"""SIM-00: a poem streams at the pace that the floor of some chips allows, for 1 user and for 32.

The words are the recorded continuation of the small model, the same as in SIM-01; the pace, the
bytes and the rent are those of a large model on rented chips.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from tokenworks import specs
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.dollars import request_usd
from tokenworks.cost.memory import step_weight_bytes
from tokenworks.cost.memory_budget import fit_slice
from tokenworks.cost.roofline import decode_operation, prefill_operation
from tokenworks.cost.step_time import decode_seconds, decode_step_seconds, prefill_seconds
from tokenworks.number import Number
from tokenworks.specs import measurements, model_spec
from tokenworks.units import plain
from tokenworks.widgets.kit import bytes_text, count_text, ratio, significant, sum_left
from tokenworks.widgets.stage import Stage, html_table

MODEL = "llama-3-70b"
# One provider's prices, each read on a day that its row states, so that they may be compared.
OFFERS = {
    "a100-80gb": "runpod-a100-80gb",
    "h100-sxm": "runpod-h100-sxm",
    "h200-sxm": "runpod-h200-sxm",
    "b300": "runpod-b300",
}
GRID: dict[str, tuple[Any, ...]] = {"chip": tuple(OFFERS), "users": (1, 32)}
DIGITS = 6  # of what is tabulated: two more than a page shows


@cache
def recorded() -> dict[str, list[str]]:
    """Return the prompt and the poem, token by token, as SIM-01 plays them."""
    text = files("tokenworks.data").joinpath("lifecycle.json").read_text(encoding="utf-8")
    return json.loads(text)


@cache
def tabulated() -> dict[str, Any]:
    """Return all that the browser looks up: the poem, and each step's time and bytes."""
    return {
        "grid": {name: list(values) for name, values in GRID.items()},
        "model": model_spec(MODEL).label,
        "setups": {name: _setup(name) for name in GRID["chip"]},
        "measured": _measured(),
        **recorded(),
    }


def _setup(name: str) -> dict[str, Any]:
    offer, most = specs.price(OFFERS[name]), max(GRID["users"])
    tokens = sum(len(recorded()[part]) for part in ("prompt", "output"))
    one = Deployment(model_spec(MODEL), specs.chip(name))
    chips = fit_slice(one, context_tokens=tokens, batch=most)
    on = Deployment(one.model, one.chip, chips)
    return {
        "label": f"{chips} × {on.chip.label}",
        "chips": chips,
        "usd_per_s": request_usd(offer.usd_per_hour, chips, 1),
        "offer": {
            "provider": offer.provider,
            "usd_per_hour": offer.usd_per_hour,
            "source": offer.source,
            "note": offer.note,
        },
        "steps": {str(users): _steps(on, users) for users in GRID["users"]},
    }


def _steps(on: Deployment, users: int) -> dict[str, list[float]]:
    """Return the shortest time and the bytes of each pass: the prompt, then one token at a time."""
    prompt, later = len(recorded()["prompt"]), range(1, len(recorded()["output"]))
    first = prefill_operation(on, prompt, batch=users).bytes
    moved = [decode_operation(on, prompt + k, batch=users).bytes for k in later]
    seconds = [decode_seconds(on, prompt + k, batch=users) for k in later]
    all_seconds = [prefill_seconds(on, prompt, batch=users), *seconds]
    return {
        "seconds": [significant(value, DIGITS) for value in all_seconds],
        "bytes": [significant(value, DIGITS) for value in (first, *moved)],
    }


def _measured() -> dict[str, Any]:
    """Return the share of its floor that one chip reached in public measurements."""
    rows = [row for row in measurements() if row.chips == 1]
    shares = [row.tokens_per_s * _floor_seconds(row) for row in rows]
    return {"low": min(shares), "high": max(shares), "source": rows[0].source}


def _floor_seconds(row: specs.Measurement) -> float:
    """Return the shortest time of a token of this measurement's model, on its chip."""
    read_bytes = step_weight_bytes(model_spec(row.model), row.bytes_per_param)
    return decode_step_seconds(read_bytes, specs.chip(row.chip).hbm_bytes_per_s)


def counters_at(cursor: int, *, chip: str, users: int) -> dict[str, Number]:
    """Return the counters after this many tokens of the poem."""
    setup = tabulated()["setups"][chip]
    steps = setup["steps"][str(users)]
    seconds = sum_left(steps["seconds"][:cursor])
    return {
        "tokens": users * cursor,
        "bytes": sum_left(steps["bytes"][:cursor]),
        "seconds": seconds,
        "cents": 100 * ratio(setup["usd_per_s"] * seconds, users),
    }


def tokens_per_s(*, chip: str, users: int) -> float:
    """Return the most tokens per second that each user sees, from the first token to the last."""
    later = tabulated()["setups"][chip]["steps"][str(users)]["seconds"][1:]
    return ratio(len(later), sum_left(later))


class Streaming(Stage):
    """The live widget; `state` holds chip, users and cursor, the tokens that are out."""

    def grid(self) -> dict[str, Any]:
        """Return the values each control may take."""
        return GRID

    def fallback(self) -> str:
        """Return the end of the poem for each setting."""
        data = tabulated()
        last = len(data["output"])
        rows = []
        for chip, setup in data["setups"].items():
            for users in GRID["users"]:
                end = counters_at(last, chip=chip, users=users)
                rate = plain(significant(tokens_per_s(chip=chip, users=users), 3))
                cells = (f"{rate} tokens/s", bytes_text(end["bytes"]), cents_text(end["cents"]))
                rows.append((f"{setup['label']}, users: {users}", *cells))
        caption = (
            f"“{''.join(data['prompt'])}”: {count_text(last)} tokens from {data['model']} in bf16, "
            "at the floor of the chips"
        )
        head = ("Chips", "each user sees, at most", "read from memory", "a poem's rent, at least")
        return html_table(caption, head, rows)


def cents_text(cents: Number) -> str:
    """Return a rent in cents with three digits, twin of centsText in streaming.js."""
    return f"{plain(significant(cents, 3)) if cents else 0} cents"


def streaming(chip: str = "a100-80gb", *, users: int = 1) -> Streaming:
    """Return SIM-00, a poem at the pace of its floor; every value must be on the grid."""
    return Streaming(data=tabulated(), state={"chip": chip, "users": users, "cursor": 0})
