"""Model and chip pairs of the widgets on serving: bf16 at data-sheet rates, so times are floors."""

from __future__ import annotations

from tokenworks.cost.deployment import Deployment
from tokenworks.specs import chip, model_spec

_PAIRS = {
    "8b-h100": ("llama-3-8b", "h100-sxm", 1),
    "8b-v5e": ("llama-3-8b", "tpu-v5e", 4),
    "70b-a100": ("llama-3-70b", "a100-80gb", 4),
    "70b-h100": ("llama-3-70b", "h100-sxm", 4),
    "70b-v6e": ("llama-3-70b", "tpu-v6e", 8),
    "405b-h200": ("llama-3-405b", "h200-sxm", 8),
}
DEPLOYMENTS: dict[str, Deployment] = {
    name: Deployment(model_spec(model), chip(on), chips)
    for name, (model, on, chips) in _PAIRS.items()
}
LABELS = {name: on.label for name, on in DEPLOYMENTS.items()}
