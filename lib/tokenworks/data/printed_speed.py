"""Speeds that a guide prints for three models on two chips: claims, and no measurements."""

from __future__ import annotations

from dataclasses import dataclass

from tokenworks.data.rows import load_rows


@dataclass(frozen=True)
class PrintedSpeed:
    """What is printed for one deployment with so many users; empty where it is not stated.

    `chips` stand in `stages` of a pipeline, tensor parallel within each. The formats of the caches
    are assumed to be those of the weights, which is the faster of what could be meant.
    """

    name: str
    label: str
    model: str
    chip: str
    chips: int
    stages: int
    weights: str
    kv: str
    source: str
    accessed: str
    prompt_tokens: int | None = None
    output_tokens: int | None = None
    users: int | None = None  # at once
    ttft_seconds: float | None = None
    itl_seconds: float | None = None
    tokens_per_s: float | None = None  # of all users together
    most_users: int | None = None  # that are said to fit
    most_users_tokens: int | None = None  # of each of them, where others than those of the row
    way: str = ""  # how requests are batched, where the table is about that
    note: str = ""


def printed_speeds() -> list[PrintedSpeed]:
    """Return all printed speeds, in file order."""
    return list(load_rows(PrintedSpeed, "printed_speeds.csv").values())


@dataclass(frozen=True)
class PrintedGain:
    """By how much a guide says that one thing helps, and what is gained: times as much, or as soon.

    Nothing says of which model, chip or load.
    """

    name: str
    label: str
    gained: str
    low: float
    high: float
    source: str
    accessed: str
    note: str = ""


def printed_gains() -> list[PrintedGain]:
    """Return the ten printed gains, in file order."""
    return list(load_rows(PrintedGain, "printed_gains.csv").values())
