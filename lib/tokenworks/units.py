"""Units at the edge: parse a printed quantity, print a base-unit value.

Inside the library everything is in base units; GB is 10^9 bytes and GiB is 2^30, never mixed.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from tokenworks.number import Number, finite

SI = {"": 1.0, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18}
BINARY = {"Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40}

# unit -> (dimension, value of one unit in the base unit of that dimension)
UNITS: dict[str, tuple[str, float]] = {
    **{f"{p}B": ("bytes", f) for p, f in (SI | BINARY).items()},
    **{f"{p}B/s": ("bytes_per_s", f) for p, f in (SI | BINARY).items()},
    **{f"{p}B/token": ("bytes_per_token", f) for p, f in (SI | BINARY).items()},
    "bytes": ("bytes", 1.0),
    "bits": ("bytes", 1 / 8),
    **{f"{p}FLOP": ("flops", f) for p, f in SI.items()},
    **{f"{p}FLOP/s": ("flops_per_s", f) for p, f in SI.items()},
    "FLOP/B": ("flops_per_byte", 1.0),
    "bytes/parameter": ("bytes_per_param", 1.0),
    **{u: ("seconds", f) for u, f in {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1.0}.items()},
    **{u: ("seconds", f) for u, f in {"min": 60.0, "h": 3600.0, "days": 86400.0}.items()},
    "ms/token": ("seconds_per_token", 1e-3),
    "tokens/s": ("tokens_per_s", 1.0),
    "requests/s": ("requests_per_s", 1.0),
    "words/s": ("words_per_s", 1.0),
    "tokens/word": ("tokens_per_word", 1.0),
    "tokens/pass": ("tokens_per_pass", 1.0),
    "million parameters": ("params", 1e6),
    "billion parameters": ("params", 1e9),
    "positions": ("positions", 1.0),
    "million GPU-hours": ("gpu_hours", 1e6),
    "USD": ("usd", 1.0),
    "USD million": ("usd", 1e6),
    "USD billion": ("usd", 1e9),
    "USD/h": ("usd_per_hour", 1.0),
    "USD/million tokens": ("usd_per_token", 1e-6),
    "%": ("ratio", 1e-2),
    "×": ("ratio", 1.0),
    "W": ("watts", 1.0),
    "J": ("joules", 1.0),
    "kJ": ("joules", 1e3),
}

_NUMBER = r"(?<![\w.])[-−]?\d+(?:,\d{3})*(?:\.\d+)?"
_LETTERS = "|".join(u for u in UNITS if len(u) == 1 and u.isalpha())  # these need a space: 70B
_BY_LENGTH = "|".join(
    re.escape(u) for u in sorted(UNITS, key=len, reverse=True) if u not in _LETTERS.split("|")
)
QUANTITY = re.compile(
    rf"(?P<money>(?:USD )(?P<amount>\d+(?:,\d{{3}})*(?:\.\d+)?)"
    rf"(?P<per>/h|(?:/| per )million tokens| [mb]illion)?)"
    rf"|(?P<number>{_NUMBER})(?:[ \u00a0\u202f-]?(?P<unit>{_BY_LENGTH})"
    rf"|[ \u00a0\u202f](?P<letter>{_LETTERS}))(?![\w/])"
)


@dataclass(frozen=True)
class Quantity:
    """A printed number with its unit: value in the base unit, and half its last digit."""

    literal: str
    value: float
    unit: str
    decimals: int

    @property
    def dimension(self) -> str:
        """Name of the physical dimension, as used in parameter names."""
        return UNITS[self.unit][0]

    @property
    def tolerance(self) -> float:
        """Half a unit of the last printed digit, in the base unit."""
        return 0.5 * 10.0**-self.decimals * UNITS[self.unit][1]

    def agrees(self, computed: Number) -> bool:
        """Tell whether a computed base-unit value rounds to the printed digits."""
        slack = 1e-9 * max(abs(computed), abs(self.value))
        return bool(
            math.isfinite(computed) and abs(computed - self.value) <= self.tolerance + slack
        )


def quantities(text: str) -> list[Quantity]:
    """Find every number with a unit in a text."""
    return [_from_match(match) for match in QUANTITY.finditer(text)]


def quantity(literal: str) -> Quantity:
    """Parse one printed quantity such as "140 GB"; anything else raises ValueError."""
    match = QUANTITY.fullmatch(literal.strip())
    if match is None:
        known = ", ".join(UNITS)
        raise ValueError(f"{literal!r} is not a number with a unit; write e.g. '70 ms' ({known})")
    return _from_match(match)


def _from_match(match: re.Match[str]) -> Quantity:
    if match["money"]:
        per = (match["per"] or "").replace(" per ", "/")
        digits, unit = match["amount"], "USD" + per
    else:
        digits, unit = match["number"], match["unit"] or match["letter"]
    plain = digits.replace(",", "").replace("−", "-")
    decimals = len(plain.partition(".")[2])
    return Quantity(match[0], float(plain) * UNITS[unit][1], unit, decimals)


def show(value: Number, unit: str, *, decimals: int | None = None) -> str:
    """Print a base-unit value in a unit, with four significant digits unless told otherwise.

    An unknown unit raises ValueError, which lists the known ones.
    """
    if unit not in UNITS:
        raise ValueError(f"unknown unit {unit!r}; known: {', '.join(UNITS)}")
    scaled = value / UNITS[unit][1]
    text = plain(scaled) if decimals is None else f"{scaled:,.{decimals}f}"
    if unit.startswith("USD"):
        cents = f"{scaled:,.2f}"
        text = cents if decimals is None and len(text.partition(".")[2]) < 2 else text
        return f"USD {text}{unit[3:]}"
    return f"{text}{'' if unit == '×' else ' '}{unit}"


def plain(value: Any) -> str:
    """Print a bare number: integers whole with separators, others to four significant digits."""
    number = finite(value)
    if number is None:
        return str(value)
    if float(number).is_integer() and abs(number) < 1e15:
        return f"{int(number):,}"
    digits = max(0, 3 - math.floor(math.log10(abs(number))))
    text = f"{number:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


_SCALES = {
    "bytes": ["B", "KB", "MB", "GB", "TB", "PB", "EB"],
    "bytes_per_s": ["B/s", "KB/s", "MB/s", "GB/s", "TB/s", "PB/s"],
    "flops": ["FLOP", "KFLOP", "MFLOP", "GFLOP", "TFLOP", "PFLOP", "EFLOP"],
    "flops_per_s": ["FLOP/s", "KFLOP/s", "MFLOP/s", "GFLOP/s", "TFLOP/s", "PFLOP/s"],
    "seconds": ["ns", "µs", "ms", "s"],
    "params": ["million parameters", "billion parameters"],
    "usd": ["USD", "USD million", "USD billion"],
    "bytes_per_token": ["B/token", "KB/token", "MB/token", "GB/token"],
}
_FIXED = {
    "tokens_per_s": "tokens/s",
    "requests_per_s": "requests/s",
    "words_per_s": "words/s",
    "tokens_per_word": "tokens/word",
    "tokens_per_pass": "tokens/pass",
    "bytes_per_param": "bytes/parameter",
    "usd_per_hour": "USD/h",
    "usd_per_token": "USD/million tokens",
    "flops_per_byte": "FLOP/B",
}


def dimension_of(name: str) -> str | None:
    """Read the dimension off the end of a name: `weight_bytes` is in bytes."""
    if name.endswith("parameter_count"):
        return "params"
    for dimension in sorted([*_SCALES, *_FIXED], key=len, reverse=True):
        if name == dimension or name.endswith("_" + dimension):
            return dimension
    return None


def show_as(value: Number, dimension: str | None) -> str:
    """Print a base-unit value in the largest unit of its dimension that leaves it at least one."""
    if dimension in _SCALES and value:
        units = _SCALES[dimension]
        fitting = [unit for unit in units if abs(value) >= UNITS[unit][1] * (1 - 1e-12)]
        if fitting or dimension != "params":
            return show(value, fitting[-1] if fitting else units[0])
    if dimension in _FIXED and value:
        return show(value, _FIXED[dimension])
    return plain(value)
