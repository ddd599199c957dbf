"""SIM-00: a poem streams at the pace that the floor of some chips allows, for 1 user and for 32.

The words are the recorded continuation of the small model, the same as in SIM-01; the pace, the
bytes and the rent are those of a large model on rented chips. The rent is a slider, since the same
chip is offered at many prices; beside the least that it can come to stands what to expect.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from tokenworks import specs
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.floor_shares import decode_share
from tokenworks.cost.memory_budget import fit_slice
from tokenworks.cost.price_basis import offers
from tokenworks.cost.roofline import decode_operation, prefill_operation
from tokenworks.cost.step_time import decode_seconds, prefill_seconds
from tokenworks.number import Number
from tokenworks.specs import model_spec
from tokenworks.units import plain
from tokenworks.widgets.kit import bytes_text, count_text, ratio, significant, sum_left
from tokenworks.widgets.stage import Stage, html_table

MODEL = "llama-3-70b"
# One provider's prices of one day, so that they may be compared.
OFFERS = {
    "a100-80gb": "runpod-a100-80gb",
    "h100-sxm": "runpod-h100-sxm",
    "h200-sxm": "runpod-h200-sxm",
    "b300": "runpod-b300",
}
ROUND_RENTS = (0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 10, 12, 14, 16, 18, 20)
RENTS = {name: specs.price(offer).usd_per_hour for name, offer in OFFERS.items()}
GRID: dict[str, tuple[Any, ...]] = {
    "chip": tuple(OFFERS),
    "users": (1, 32),
    "usd_per_hour": tuple(sorted({*ROUND_RENTS, *RENTS.values()})),
}
SECONDS_PER_HOUR = 3600
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
        "offer": {
            "provider": offer.provider,
            "market": offer.market,
            "usd_per_hour": offer.usd_per_hour,
            "day": offer.day,
            "source": offer.source,
        },
        "asked": [f"{usd:.2f}" for usd in _asked(name)],
        "measured": _measured(chips),
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


def _asked(name: str) -> tuple[float, float]:
    """Return the least and the most that anybody asks for this chip on demand."""
    rents = [offer.usd_per_hour for offer in offers(of_chip=name)]
    return min(rents), max(rents)


def _measured(chips: int) -> dict[str, Any]:
    """Return the share of the floor that as many chips reached with one sequence."""
    share = decode_share(chips, model=MODEL)
    return {
        "likely": significant(share.likely, DIGITS),
        "low": share.low,
        "high": share.high,
        "source": share.rows[0].source,
    }


def counters_at(
    cursor: int, *, chip: str, users: int, usd_per_hour: Number | None = None
) -> dict[str, Number | None]:
    """Return the counters after this many tokens of the poem; nobody measured several users."""
    setup = tabulated()["setups"][chip]
    steps = setup["steps"][str(users)]
    seconds = sum_left(steps["seconds"][:cursor])
    rent = setup["chips"] * (RENTS[chip] if usd_per_hour is None else usd_per_hour)
    cents = 100 * ratio(rent * seconds, SECONDS_PER_HOUR * users)
    return {
        "tokens": users * cursor,
        "bytes": sum_left(steps["bytes"][:cursor]),
        "seconds": seconds,
        "cents": cents,
        "expected": ratio(cents, setup["measured"]["likely"]) if users == 1 else None,
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
                rents = (cents_text(end[name]) for name in ("cents", "expected"))
                cells = (f"{rate} tokens/s", bytes_text(end["bytes"] or 0), *rents)
                rows.append((f"{setup['label']}, users: {users}", *cells))
        caption = (
            f"“{''.join(data['prompt'])}”: {count_text(last)} tokens from {data['model']} in bf16, "
            "at the floor of the chips"
        )
        head = ("Chips", "each user sees, at most", "read from memory")
        head += ("a poem's rent, at least", "expected")
        return html_table(caption, head, rows)


def cents_text(cents: Number | None) -> str:
    """Return a rent in cents with three digits, twin of centsText in streaming.js."""
    if cents is None:
        return "not measured"
    return f"{plain(significant(cents, 3)) if cents else 0} cents"


def streaming(
    chip: str = "a100-80gb", *, users: int = 1, usd_per_hour: Number | None = None
) -> Streaming:
    """Return SIM-00, a poem at the pace of its floor; every value must be on the grid.

    The rent is what the chip's own offer asks, unless it is given.
    """
    rent = RENTS.get(chip, 0) if usd_per_hour is None else usd_per_hour
    state = {"chip": chip, "users": users, "usd_per_hour": rent, "cursor": 0}
    return Streaming(data=tabulated(), state=state)
