"""The nouns every estimate starts from: a chip, a model, a price, a workload.

Inside the library a quantity is in its base unit (bytes, seconds, FLOP/s, USD per hour) and its
field name says so. Presets are rows of `data/*.csv`; each row carries `source` and `accessed`.
"""

from __future__ import annotations

from dataclasses import dataclass

from tokenworks.accelerator import Chip
from tokenworks.architecture import ModelSpec
from tokenworks.data.rows import load_rows, lookup
from tokenworks.number import make_whole

# What PyTorch, safetensors and vLLM call the formats of `data/formats.csv`.
FORMAT_NAMES = {
    "bf16": "bfloat16",
    "fp16": "f16 float16 half",
    "fp32": "f32 float32 float",
    "fp8": "fp8_e4m3 fp8_e5m2 f8_e4m3 f8_e5m2 float8_e4m3 float8_e5m2 e4m3 e5m2 "
    "fp8_e4m3fn fp8_e4m3fnuz fp8_e5m2fnuz float8_e4m3fn float8_e4m3fnuz float8_e5m2fnuz",
    "int8": "i8",
    "int4": "i4",
}
_CALLED = {word: name for name, words in FORMAT_NAMES.items() for word in words.split()}


@dataclass(frozen=True)
class Format:
    """A way to store values: the bits of one, and what a group of them shares."""

    name: str
    label: str
    bits: float
    source: str
    accessed: str
    group: int | None = None  # values that share one scale; None: a scale a tensor, not counted
    scale_bits: float = 0.0
    zero_bits: float = 0.0
    note: str = ""
    element: str = ""  # what one value is: a row of `data/elements.csv`
    scale_element: str = ""  # and what a scale is

    @property
    def bytes_per_value(self) -> float:
        """Bytes of one value with its share of scale and zero point."""
        shared = (self.scale_bits + self.zero_bits) / self.group if self.group else 0.0
        return (self.bits + shared) / 8


@dataclass(frozen=True)
class Price:
    """What one chip costs to rent for an hour, at one provider, in one place, on one day.

    Before two of them are compared: `tokenworks.cost.price_basis`.
    """

    name: str
    chip: str
    provider: str
    market: str  # "hyperscaler", "neocloud" or "marketplace"
    region: str  # of the provider; "all" where the price is one for all of them
    kind: str  # "on demand", "spot" or "reserved"
    usd_per_hour: float
    least_chips: int  # the fewest that are rented at this price: 8 where it is a server's, over 8
    day: str  # when the price stood, not when we read of it
    source: str
    accessed: str
    term: str = ""  # how long a reserved chip must be paid for
    note: str = ""


@dataclass(frozen=True)
class Claim:
    """A published figure that no formula gives, such as how fast people read."""

    name: str
    label: str
    value: float
    unit: str
    source: str
    accessed: str
    note: str = ""

    @property
    def printed(self) -> str:
        """The figure as a page prints it: "USD 2 billion", "200 ms"."""
        if self.unit.startswith("USD"):
            return f"USD {self.value:g}{self.unit[3:]}"
        return f"{self.value:,g} {self.unit}"


@dataclass(frozen=True)
class Measurement:
    """A public measurement of decoding, to hold predictions against."""

    name: str
    model: str
    chip: str
    chips: int
    bytes_per_param: float
    batch: int
    tokens_per_s: float
    source: str
    accessed: str
    power_cap_watts: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Workload:
    """What one request asks for."""

    prompt_tokens: int
    output_tokens: int
    batch: int = 1

    def __post_init__(self) -> None:
        make_whole(self, "prompt_tokens", "output_tokens", "batch")


def chips() -> list[Chip]:
    """Return all chips, in file order."""
    return list(load_rows(Chip, "chips.csv").values())


def chip(name: str) -> Chip:
    """Return the chip with this name; an unknown name raises KeyError listing the closest."""
    return lookup(Chip, "chips.csv", name)


def chip_named(name: str) -> Chip:
    """Return the chip with this name, or the only one whose name begins so: h100 is h100-sxm."""
    rows = {row.name: row for row in chips()}
    wanted = name.strip().lower()
    found = [row for key, row in rows.items() if wanted and key.startswith(wanted)]
    if wanted in rows or len(found) != 1:
        if len(found) > 1 and wanted not in rows:
            listed = ", ".join(row.name for row in found)
            raise ValueError(f"{name!r} is the beginning of {len(found)} chips: {listed}")
        return chip(name)
    return found[0]


def model_specs() -> list[ModelSpec]:
    """Return all models, in file order."""
    return list(load_rows(ModelSpec, "models.csv").values())


def model_spec(name: str) -> ModelSpec:
    """Return the model with this name; an unknown name raises KeyError listing the closest."""
    return lookup(ModelSpec, "models.csv", name)


def number_formats() -> list[Format]:
    """Return all number formats, in file order."""
    return list(load_rows(Format, "formats.csv").values())


def number_format(name: str) -> Format:
    """Return the number format with this name, or one of `FORMAT_NAMES`.

    An unknown name raises KeyError with the closest.
    """
    plain = str(name).strip().lower().removeprefix("torch.")
    return lookup(Format, "formats.csv", _CALLED.get(plain, str(name)))


def prices() -> list[Price]:
    """Return all rental prices, in file order."""
    return list(load_rows(Price, "prices.csv").values())


def price(name: str) -> Price:
    """Return the price row with this name; an unknown name raises KeyError listing the closest."""
    return lookup(Price, "prices.csv", name)


def claims() -> list[Claim]:
    """Return all published figures, in file order."""
    return list(load_rows(Claim, "claims.csv").values())


def claim(name: str) -> Claim:
    """Return the published figure with this name; an unknown name raises KeyError."""
    return lookup(Claim, "claims.csv", name)


def measurements() -> list[Measurement]:
    """Return the public measurements of decoding, in file order."""
    return list(load_rows(Measurement, "measurements.csv").values())
