"""How the controls and their choices are called on a page, and what its numbers rest on."""

from __future__ import annotations

from typing import Any

from tokenworks.cockpit.copies import COLD_START_SECONDS, rent_for
from tokenworks.cockpit.guesses import CHANCE, GUESSES
from tokenworks.cockpit.settings import CHOICES, Settings
from tokenworks.planner.plans import stated_error
from tokenworks.specs import chip, model_spec

FIELDS = {
    "rate": "Requests a second",
    "mix": "Lengths",
    "shared_prefix": "Shared prefix",
    "model": "Model",
    "chip": "Chip",
    "chips": "Chips",
    "chips_per_replica": "Chips of a replica",
    "weights": "Weights",
    "cache": "KV cache",
    "batching": "Batching",
    "max_batch": "Largest batch",
    "paging": "Paged cache",
    "prefix_caching": "Prefix caching",
    "speculation": "Speculation",
    "prefill": "Prefill",
    "router": "Router",
    "autoscaling": "Autoscaling",
}
RATES = (1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 80.0, 100.0, 150.0, 200.0)  # stops of its slider
WORDS: dict[Any, str] = {
    "long-prompts": "long prompts",
    "long-answers": "long answers",
    "bf16": "BF16",
    "fp8": "FP8",
    "int8": "INT8",
    "int4": "INT4",
    0: "none",
    2000: "2,000 tokens",
}


def choices(field: str) -> list[list[Any]]:
    """Return the values of a control, each with its label; an unknown one raises KeyError."""
    values = RATES if field == "rate" else CHOICES[field]
    return [[value, label(field, value)] for value in values]


def label(field: str, value: Any) -> str:
    """Return how one value of a control is called."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if field == "model":
        return model_spec(value).label
    if field == "chip":
        return chip(value).label
    if field == "shared_prefix" or isinstance(value, str):
        return WORDS.get(value, str(value))
    return f"{value:g}"


def facts_of(settings: Settings) -> dict[str, str]:
    """Return what the money and the times of some settings rest on, one sentence each."""
    rent = rent_for(settings)
    error = stated_error(model_spec(settings.model), chip(settings.chip))
    return {
        "rent": f"Rent: {rent.usd_per_chip_hour:.2f} dollars for a chip and hour ({rent.basis}).",
        "error": f"Expected times: {error.text}.",
        "speculation": (
            f"Speculation: {GUESSES} guesses of an EAGLE draft a step, each right with a chance of "
            f"{CHANCE:g} if those before it are (assumed)."
        ),
        "start": f"A replica that starts or failed takes {COLD_START_SECONDS:g} s (assumed).",
    }
