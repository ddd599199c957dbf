"""The cells of the reference tables: a value in words, with its source and its day."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from tokenworks.accelerator import Chip, planned_memory
from tokenworks.architecture import ModelSpec
from tokenworks.cost import kv_bytes_per_token
from tokenworks.units import show, show_as

BYTES_PER_VALUE = 2
ASSUMED = re.compile(r"\bassumption: .*?(?=[.;)](?: |$)|$)")  # in a note, up to its end


def sourced(label: str, row: Any) -> str:
    """Return a row's name, where and when it was read, and what in it is an assumption.

    The link is named after its host.
    """
    host = urlsplit(row.source).netloc.removeprefix("www.")
    assumed = "".join(f"<br>{said}" for said in ASSUMED.findall(row.note))
    return f'{label}<br>[{host}]({row.source}), <span class="day">{row.accessed}</span>{assumed}'


def priced(label: str, row: Any) -> str:
    """Return what a price is for, where it was read, and the day on which it stood.

    The page's script adds how old that is.
    """
    host = urlsplit(row.source).netloc.removeprefix("www.")
    day = f'<span class="day" data-day="{row.day}">{row.day}</span>'
    return f"{label}<br>[{host}]({row.source}), {day}"


def terms(row: Any) -> str:
    """Return how a price binds: on demand, spot or for how long, and how many chips at once."""
    bound = f"{row.kind}, {row.term}" if row.term else row.kind
    together = getattr(row, "least_chips", 1)  # of a token price nothing
    return f"{bound}, {together} at a time" if together > 1 else bound


def place(row: Any) -> str:
    """Return where a price holds; most small clouds have one for all their places."""
    return "all regions" if row.region == "all" else row.region


def token_usd(usd: float | None) -> str:
    """Return a price of a million tokens, or that the list has none."""
    return "not listed" if usd is None else f"{usd:g}"


def kept_for(row: Any) -> str:
    """Return how long a seller keeps a prompt's beginning, or that it is not said."""
    if row.ttl_seconds is None:
        return "not said"
    time = show(row.ttl_seconds, "min", decimals=0)
    return f"{time} after each use" if row.refreshed else time


def memory(on: Chip) -> str:
    """Return the memory that plans take of a chip, in GB, and the word where it is not usable."""
    size, basis = planned_memory(on)
    return f"{size / 1e9:,.0f}{'' if basis == 'usable' else f' {basis}'}"


def figure(on: Chip, name: str, text: str) -> str:
    """Return one figure of a chip's memory, which leads to its source, and the day below it."""
    source, day = (getattr(on, f"{name}_{what}") for what in ("source", "accessed"))
    return f'[{text}]({source})<br><span class="day">{day}</span>' if source else "not known"


def gibibytes(size: int | None) -> str:
    """Return bytes in GiB, a whole number where it is one."""
    return "" if size is None else f"{size / 2**30:,.2f}".removesuffix(".00")


def kv_cache(spec: ModelSpec) -> str:
    """Return the cache bytes of one token in KB, or what keeps it from being one number."""
    if spec.is_windowed:
        return "windowed"
    return f"{kv_bytes_per_token(spec, BYTES_PER_VALUE) / 1e3:,.1f}"


def known(value: float | None, dimension: str, kind: str) -> str:
    """Return a value and where it is from, or that nobody says."""
    return "not published" if value is None else f"{show_as(value, dimension)} ({kind})"
