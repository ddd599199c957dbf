"""SIM-00: a poem streams at the pace to expect of some chips, for 1 user and for 32.

The words are the recorded continuation of the small model, the same as in SIM-01; the pace, the
bytes and the rent are those of a large model on rented chips. The rent is a slider, since the same
chip is offered at many prices. Beside what to expect stands the floor: the least that it can be.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from tokenworks import specs
from tokenworks.cost.checkpoints import engine_plan
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory_budget import fit_slice
from tokenworks.cost.price_basis import offers
from tokenworks.cost.roofline import decode_operation, prefill_operation
from tokenworks.cost.step_kernels import decode_step, prefill_step
from tokenworks.cost.step_time import decode_seconds, prefill_seconds
from tokenworks.number import Number
from tokenworks.specs import model_spec
from tokenworks.units import plain
from tokenworks.validate.stated_error import error_text, expected_error
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
KINDS = ("expected", "floors")  # of the times that are tabulated
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
        "error": error_text(expected_error(on.model), on=on.chip),
        "measured": _measured(on),
        "steps": {str(users): _steps(on, users) for users in GRID["users"]},
    }


def _steps(on: Deployment, users: int) -> dict[str, list[float]]:
    """Return floor, expected time and bytes of each pass: the prompt, then one token at a time."""
    prompt, later = len(recorded()["prompt"]), range(1, len(recorded()["output"]))
    first = prefill_operation(on, prompt, batch=users).bytes
    moved = [decode_operation(on, prompt + k, batch=users).bytes for k in later]
    floors = [decode_seconds(on, prompt + k, batch=users) for k in later]
    plan, fitted = engine_plan(on), Constants.fitted()
    passes = [prefill_step(plan, prompt, constants=fitted, prompts=users)]
    passes += [decode_step(plan, users, prompt + k, constants=fitted) for k in later]
    table = {
        "floors": (prefill_seconds(on, prompt, batch=users), *floors),
        "expected": (one.expected_seconds for one in passes),
        "bytes": (first, *moved),
    }
    return {name: [significant(value, DIGITS) for value in row] for name, row in table.items()}


def _asked(name: str) -> tuple[float, float]:
    """Return the least and the most that anybody asks for this chip on demand."""
    rents = [offer.usd_per_hour for offer in offers(of_chip=name)]
    return min(rents), max(rents)


def _measured(on: Deployment) -> dict[str, Any] | None:
    """Return what others measured of this very model and these chips with one user, if anybody."""
    setup = (on.model.name, on.chip.name, on.chips, on.bytes_per_param, 1)
    for row in specs.measurements():
        if setup == (row.model, row.chip, row.chips, row.bytes_per_param, row.batch):
            return {"rate": row.tokens_per_s, "source": row.source}
    return None


def counters_at(
    cursor: int, *, chip: str, users: int, usd_per_hour: Number | None = None
) -> dict[str, Number]:
    """Return the counters after this many tokens of the poem."""
    setup = tabulated()["setups"][chip]
    steps = setup["steps"][str(users)]
    rent = setup["chips"] * (RENTS[chip] if usd_per_hour is None else usd_per_hour)
    spent = {name: sum_left(steps[name][:cursor]) for name in KINDS}
    cents = {
        name: 100 * ratio(rent * seconds, SECONDS_PER_HOUR * users)
        for name, seconds in spent.items()
    }
    return {
        "tokens": users * cursor,
        "bytes": sum_left(steps["bytes"][:cursor]),
        "seconds": spent["expected"],
        "least_seconds": spent["floors"],
        "cents": cents["expected"],
        "least_cents": cents["floors"],
    }


def tokens_per_s(kind: str = "expected", *, chip: str, users: int) -> float:
    """Return the tokens per second that each user sees, from the first token to the last.

    `kind` is "expected", or "floors" for the most that the chips allow.
    """
    later = tabulated()["setups"][chip]["steps"][str(users)][kind][1:]
    return ratio(len(later), sum_left(later))


class Streaming(Stage):
    """The live widget; `state` holds chip, users and cursor, the tokens that are out."""

    def grid(self) -> dict[str, Any]:
        """Return the values each control may take."""
        return GRID

    def fallback(self) -> str:
        """Return the end of the poem for each setting."""
        data = tabulated()
        last, error = len(data["output"]), error_text(expected_error(model_spec(MODEL)))
        rows = []
        for chip, setup in data["setups"].items():
            for users in GRID["users"]:
                end = counters_at(last, chip=chip, users=users)
                pace, most = (rate_text(kind, chip=chip, users=users) for kind in KINDS)
                cells = [f"{setup['label']}, users: {users}"]
                cells += [f"{pace}, at most {most}", bytes_text(end["bytes"])]
                cells += [f"{cents_text(end['cents'])}, at least {cents_text(end['least_cents'])}"]
                rows.append(cells)
        caption = (
            f"“{''.join(data['prompt'])}”: {count_text(last)} tokens from {data['model']} in bf16, "
            f"as to expect and at the floor; of what is expected {error}"
        )
        head = ("Chips", "each user sees, expected", "read from memory")
        return html_table(caption, (*head, "a poem's rent, expected"), rows)


def rate_text(kind: str, *, chip: str, users: int) -> str:
    """Return a rate of `tokens_per_s` with three digits."""
    return f"{plain(significant(tokens_per_s(kind, chip=chip, users=users), 3))} tokens/s"


def cents_text(cents: Number) -> str:
    """Return a rent in cents with three digits, twin of centsText in streaming.js."""
    return f"{plain(significant(cents, 3)) if cents else 0} cents"


def streaming(
    chip: str = "a100-80gb", *, users: int = 1, usd_per_hour: Number | None = None
) -> Streaming:
    """Return SIM-00, a poem at the pace to expect; every value must be on the grid.

    The rent is what the chip's own offer asks, unless it is given.
    """
    rent = RENTS.get(chip, 0) if usd_per_hour is None else usd_per_hour
    state = {"chip": chip, "users": users, "usd_per_hour": rent, "cursor": 0}
    return Streaming(data=tabulated(), state=state)
