"""A model on chips: what every estimate of memory and time starts from."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tokenworks.cost.domain import Number
from tokenworks.cost.memory import kv_share
from tokenworks.specs import Chip, ModelSpec, number_format

_BOUNDS: tuple[tuple[str, Callable[[Any], bool], str], ...] = (
    ("chips", lambda x: isinstance(x, int) and x >= 1, "a whole number from 1"),
    ("bandwidth_efficiency", lambda x: 0 < x <= 1, "above 0 and at most 1"),
    ("compute_efficiency", lambda x: 0 < x <= 1, "above 0 and at most 1"),
    ("overhead_bytes", lambda x: 0 <= x < math.inf, "at least 0"),
    ("fragmentation", lambda x: 0 <= x < 1, "from 0 to below 1"),
)


@dataclass(frozen=True)
class Deployment:
    """One copy of a model on `chips` tensor-parallel chips, at one precision, with its losses.

    Efficiencies are the shares of the data sheet's rates that are reached, 1 for a floor.
    `overhead_bytes` is what the runtime takes of each chip, `fragmentation` the share of the cache
    pool that cannot be used. Talk between chips is not in any of it. Impossible values raise
    ValueError, unknown formats KeyError.
    """

    model: ModelSpec
    chip: Chip
    chips: int = 1
    weights: str = "bf16"
    kv: str = "bf16"
    arithmetic: str = "bf16"
    bandwidth_efficiency: Number = 1.0
    compute_efficiency: Number = 1.0
    overhead_bytes: Number = 0.0
    fragmentation: Number = 0.0

    def __post_init__(self) -> None:
        for name, good, bound in _BOUNDS:
            value = getattr(self, name)
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not good(value):
                raise ValueError(f"{name} must be {bound}, got {value!r}")
        kv_share(self.model, self.chips)
        number_format(self.weights)
        number_format(self.kv)
        self.chip.peak(self.arithmetic)

    @property
    def name(self) -> str:
        """A short label, such as "Llama-3 70B on 2 × H100 SXM"."""
        return f"{self.model.label} on {self.chips} × {self.chip.label}"

    @property
    def bytes_per_param(self) -> float:
        """Bytes of one weight."""
        return number_format(self.weights).bytes_per_value

    @property
    def bytes_per_value(self) -> float:
        """Bytes of one value of the cache."""
        return number_format(self.kv).bytes_per_value

    @property
    def bytes_per_s(self) -> float:
        """Memory bandwidth of all chips together, as far as it is reached."""
        return self.chips * self.chip.hbm_bytes_per_s * self.bandwidth_efficiency

    @property
    def flops_per_s(self) -> float:
        """Arithmetic rate of all chips together, as far as it is reached."""
        return self.chips * self.chip.peak(self.arithmetic) * self.compute_efficiency

    @property
    def hbm_bytes(self) -> int:
        """Memory of all chips together."""
        return self.chips * self.chip.hbm_bytes
