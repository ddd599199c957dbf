"""The cells of the reference tables: a value in words, with its source and its day."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from tokenworks.accelerator import Chip, planned_memory
from tokenworks.architecture import ModelSpec
from tokenworks.cost import Link, kv_bytes_per_token
from tokenworks.data.printed_speed import PrintedGain, PrintedSpeed
from tokenworks.specs import Claim
from tokenworks.units import show, show_as

BYTES_PER_VALUE = 2
ASSUMED = re.compile(r"\bassumption: .*?(?=[.;)]+(?: |$)|$)")  # in a note, up to its end


def sourced(label: str, row: Any) -> str:
    """Return a row's name, where and when it was read, and what in it is an assumption.

    The link is named after its host.
    """
    host = urlsplit(row.source).netloc.removeprefix("www.")
    assumed = "".join(f"<br>{said}" for said in ASSUMED.findall(getattr(row, "note", "")))
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


def known(value: float | None, dimension: str, kind: str = "") -> str:
    """Return a value and where it is from, or that nobody says."""
    if value is None:
        return "not published"
    return show_as(value, dimension) + (f" ({kind})" if kind else "")


def joined(row: Link) -> str:
    """Return what a chip's links join it to: neighbours of a torus, or a switch."""
    if row.kind == "torus":
        return f"neighbours along {row.axes} axes, {row.links} links a chip"
    return f"a switch, {row.links} links a chip" if row.links > 1 else "a switch"


def claimed(row: Claim) -> str:
    """Return a claim with its source, its day, and what was said with it."""
    return sourced(row.label, row) + (f"<br>{row.note}" if row.note else "")


def load(row: PrintedSpeed) -> str:
    """Return the load for which a speed is printed, or what of it is not said."""
    users = "users not stated" if row.users is None else f"{row.users} at once"
    if row.prompt_tokens is None or row.output_tokens is None:
        return f"{users}, {row.way}, lengths not stated"
    return f"{users}, {row.prompt_tokens:,} + {row.output_tokens:,} tokens"


def printed(value: float | None, dimension: str | None = None) -> str:
    """Return a printed figure, or that there is none."""
    return "not stated" if value is None else show_as(value, dimension)


def gained(row: PrintedGain) -> str:
    """Return by how much a remedy is said to help."""
    return f"{row.low:g}×" if row.low == row.high else f"{row.low:g} to {row.high:g}×"
