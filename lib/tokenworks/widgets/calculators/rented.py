"""Models on rented chips, on one basis of prices: one neocloud, on demand, on one day."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from tokenworks.architecture import ModelSpec
from tokenworks.cost.deployment import Deployment
from tokenworks.specs import Price, chip, model_spec, price
from tokenworks.units import show
from tokenworks.validate.stated_error import error_text, expected_error

SELLER = "runpod"  # the rows of this seller are the basis
MODELS = {
    "7b": model_spec("llama-2-7b"),
    "8b": model_spec("llama-3-8b"),
    "8b-long": replace(model_spec("llama-3-8b"), label="Llama-3.1 8B", context_tokens=131_072),
}
CHIPS = ("a100-80gb", "h100-sxm")
MANY = 1000  # requests or results that are priced together, so that nobody reads four zeros


def rent(chip_name: str) -> Price:
    """Return what a chip costs on the one basis."""
    return price(f"{SELLER}-{chip_name}")


def on_chip(model: str, chip_name: str) -> Deployment:
    """Return a model in bf16 on one chip."""
    return Deployment(MODELS[model], chip(chip_name))


def chip_texts() -> dict[str, str]:
    """Return each chip with its rent, so short that a phone's list shows all of it."""
    labels = {name: chip(name).label.removesuffix(" SXM") for name in CHIPS}
    return {name: f"{labels[name]}, {show(rent(name).usd_per_hour, 'USD/h')}" for name in CHIPS}


def basis_text() -> str:
    """Return whose rents these are, of which kind and day."""
    row = rent(CHIPS[0])
    return f"Rents: {row.provider}, {row.kind}, {row.day}"


@cache
def error_words(model: ModelSpec) -> str:
    """Return the error of what is expected of a model."""
    return f"Of the expected times, {error_text(expected_error(model))}"
