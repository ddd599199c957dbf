"""What one stored value is, bit by bit: floats, integers, powers of two, a table of levels.

Plain Python over `data/elements.csv`; `encoding` does the same to arrays. A format (`specs.Format`)
says how many values share a scale, and of which element each is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

from tokenworks.data.rows import load_rows, lookup
from tokenworks.number import whole

OUTERMOST = 0.9677083  # NF4's last quantile, as bitsandbytes' `create_normal_map` fixes it
MOST_LISTED_BITS = 16


@dataclass(frozen=True)
class Element:
    """A value of so many bits: sign, exponent and mantissa of a float, or an integer.

    `top` is what a float's largest exponent holds: "infinity" and NaN, as IEEE 754 has it, "nan"
    only where all bits are 1, or "number" throughout.
    """

    name: str
    label: str
    kind: str  # "float", "power" (of two), "integer" or "table"
    bits: int
    source: str
    accessed: str
    exponent_bits: int = 0
    mantissa_bits: int = 0
    bias: int = 0
    top: str = ""
    note: str = ""

    @property
    def sign_bits(self) -> int:
        """1, or 0 for a power of two and for the levels of a table."""
        if self.kind == "table":
            return 0
        return 1 if self.kind == "integer" else self.bits - self.exponent_bits - self.mantissa_bits

    @property
    def largest_code(self) -> int:
        """The code of the largest finite value."""
        if self.kind == "integer":
            return 2 ** (self.bits - 1) - 1
        ones = 2 ** (self.bits - self.sign_bits) - 1
        return ones - {"infinity": 2**self.mantissa_bits, "nan": 1}.get(self.top, 0)

    @property
    def largest(self) -> float:
        """The largest finite value."""
        return self.value(self.largest_code)

    @property
    def smallest_normal(self) -> float:
        """The smallest positive value of a float that has all its bits of precision."""
        return 2.0 ** (1 - self.bias) if self.kind == "float" else self.smallest

    @property
    def smallest(self) -> float:
        """The smallest positive value; of a float the subnormal one, which is its smallest step."""
        if self.kind == "float":
            return 2.0 ** (1 - self.bias - self.mantissa_bits)
        return min(value for value in self.values() if value > 0)

    def value(self, code: int) -> float:
        """Return what a code stands for; one of more bits raises ValueError.

        Source: derived: (-1)^sign · 2^(exponent - bias) · 1.mantissa, and with exponent 0
        2^(1 - bias) · 0.mantissa (IEEE 754, https://arxiv.org/abs/2209.05433).
        """
        code = whole(code, "a code", least=0, most=2**self.bits - 1)
        if self.kind == "table":
            return normal_float_levels()[code]
        if self.kind == "integer":
            return float(code - 2**self.bits if code >= 2 ** (self.bits - 1) else code)
        magnitude = code % 2 ** (self.bits - self.sign_bits)
        sign = -1.0 if code > magnitude else 1.0
        if self.kind == "power":
            return math.nan if code > self.largest_code else 2.0 ** (code - self.bias)
        exponent, mantissa = divmod(magnitude, 2**self.mantissa_bits)
        if magnitude > self.largest_code:
            return sign * math.inf if self.top == "infinity" and not mantissa else math.nan
        hidden = 2**self.mantissa_bits if exponent else 0
        return sign * math.ldexp(
            hidden + mantissa, max(exponent, 1) - self.bias - self.mantissa_bits
        )

    def values(self) -> list[float]:
        """Return all finite values in order; more than 16 bits raise ValueError."""
        whole(self.bits, "bits of a value whose values are listed", most=MOST_LISTED_BITS)
        found = {self.value(code) for code in range(2**self.bits)}
        return sorted(value for value in found if math.isfinite(value))


def elements() -> list[Element]:
    """Return all elements, in file order."""
    return list(load_rows(Element, "elements.csv").values())


def element(name: str) -> Element:
    """Return the element with this name; an unknown name raises KeyError listing the closest."""
    return lookup(Element, "elements.csv", name)


@cache
def normal_float_levels() -> tuple[float, ...]:
    """Return NF4's 16 levels: 8 quantiles above 0, 7 below, and 0, divided by the outermost.

    Source: https://arxiv.org/abs/2305.14314 (section 3); the outermost quantile is bitsandbytes'.
    """

    def quantiles(count: int) -> list[float]:
        step = (OUTERMOST - 0.5) / count
        return [NormalDist().inv_cdf(OUTERMOST - i * step) for i in range(count)]

    above, below = quantiles(8), quantiles(7)
    levels = [-level for level in below] + [0.0] + above[::-1]
    return tuple(level / above[0] for level in levels)
