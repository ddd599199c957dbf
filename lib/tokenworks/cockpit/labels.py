"""What settings and their values are called, on the controls and in sentences."""

from __future__ import annotations

from typing import Any

from tokenworks.specs import chip, model_spec
from tokenworks.units import plain

LABELS = {
    "rate": "Requests",
    "mix": "Lengths",
    "batching": "Batching",
    "chips": "Chips",
    "paging": "Paged KV cache",
    "prefix_caching": "Prefix caching",
    "speculation": "Speculation",
    "model": "Model",
    "chip": "Chip",
    "chips_per_replica": "Chips of a replica",
    "weights": "Weights",
    "cache": "KV cache",
    "max_batch": "Largest batch",
    "prefill": "Prompts are read",
    "router": "Router",
    "shared_prefix": "Shared beginning",
    "autoscaling": "Autoscaling",
}
WORDS = {
    "chat": "Chat",
    "long-prompts": "Long prompts",
    "long-answers": "Long answers",
    "mixed": "Mixed",
    "static": "Static",
    "dynamic": "Dynamic",
    "continuous": "Continuous",
    "whole": "whole",
    "chunked": "in chunks",
    "disaggregated": "in two pools",
}


def label_of(name: str, value: Any) -> str:
    """Return what a choice of a control is called."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if name == "model":
        return model_spec(value).label
    if name == "chip":
        return chip(value).label
    if name == "shared_prefix":
        return f"{plain(value)} tokens" if value else "none"
    return WORDS.get(value, str(value) if isinstance(value, str) else plain(value))


def held_text(name: str, value: Any) -> str:
    """Return a setting that must hold, by the words of its control; of a rate, it or more."""
    said = f"{plain(value)} /s or more" if name == "rate" else label_of(name, value)
    return f"{LABELS[name]} {said}"
