"""Requests that people really sent: when they came and how long they were."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True)
class Trace:
    """An excerpt of a published trace; a row is arrival second, prompt and output tokens."""

    rows: tuple[tuple[float, int, int], ...]
    source: str
    accessed: str
    license: str
    attribution: str
    note: str


def azure_conversation() -> Trace:
    """Return half a minute of a chat service of Azure, of November 2023: 130 requests."""
    text = files("tokenworks.data").joinpath("azure_conversation.json").read_text(encoding="utf-8")
    record = json.loads(text)
    del record["columns"]
    rows = tuple((float(at), prompt, output) for at, prompt, output in record.pop("rows"))
    return Trace(rows, **record)
