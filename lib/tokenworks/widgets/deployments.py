"""Model and chip pairs of the widgets on serving, in bf16, and what to expect of their steps."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from tokenworks.cost.checkpoints import engine_plan
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.mixed_step import Load
from tokenworks.cost.scheduled_step import expected_clock, load_step
from tokenworks.specs import chip, model_spec
from tokenworks.validate.stated_error import error_text, expected_error

_PAIRS = {
    "8b-h100": ("llama-3-8b", "h100-sxm", 1),
    "8b-v5e": ("llama-3-8b", "tpu-v5e", 4),
    "70b-a100": ("llama-3-70b", "a100-80gb", 4),
    "70b-h100": ("llama-3-70b", "h100-sxm", 4),
    "70b-8h100": ("llama-3-70b", "h100-sxm", 8),
    "70b-v6e": ("llama-3-70b", "tpu-v6e", 8),
    "405b-h200": ("llama-3-405b", "h200-sxm", 8),
}
DEPLOYMENTS: dict[str, Deployment] = {
    name: Deployment(model_spec(model), chip(on), chips)
    for name, (model, on, chips) in _PAIRS.items()
}
LABELS = {name: on.label for name, on in DEPLOYMENTS.items()}


@cache
def clock_of(name: str) -> Callable[[Load], float]:
    """Return the expected time of each load of a deployment."""
    return expected_clock(engine_plan(DEPLOYMENTS[name]), constants=Constants.fitted())


@cache
def error_of(name: str) -> str:
    """Return the words beside what is expected: its error, and whose constants stand in."""
    on, fitted = DEPLOYMENTS[name], Constants.fitted()
    load_step(engine_plan(on), Load(2, 101, 2, 200, 5150, 1, 5050), constants=fitted)
    said = error_text(expected_error(on.model), on=on.chip)
    if not fitted.notes:
        return said
    return f"{said}, whose kernels nobody timed: the card of twelve constants stands in"
