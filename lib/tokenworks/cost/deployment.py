"""A model on chips: what every estimate of memory and time starts from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from tokenworks.accelerator import Chip
from tokenworks.architecture import ModelSpec
from tokenworks.cost.arithmetic import OPERANDS, arithmetic_of, engine_activations
from tokenworks.cost.memory import kv_share
from tokenworks.number import Number, make_bounded, make_whole
from tokenworks.specs import number_format


@dataclass(frozen=True)
class Deployment:
    """One copy of a model on `chips` tensor-parallel chips, at one precision, with its losses.

    The formats of weights and activations decide the arithmetic (`cost.arithmetic` has the rule);
    activations left out are what engines take: fp8 beside FP8 weights on an H100, bf16 on an A100
    and beside integers. Attention multiplies what the cache holds: in less than bf16 only where the
    matrices do, and the cache's format allows it.
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
    activations: str | None = None
    bandwidth_efficiency: Number = 1.0
    compute_efficiency: Number = 1.0
    overhead_bytes: Number = 0.0
    fragmentation: Number = 0.0
    kept: tuple[str, ...] = ()  # parts of the weights that stay at 16 bits; none in a floor

    def __post_init__(self) -> None:
        make_whole(self, "chips")
        make_bounded(self, "bandwidth_efficiency", "compute_efficiency", most=1, above=True)
        make_bounded(self, "overhead_bytes")
        make_bounded(self, "fragmentation", most=1, below=True)
        for name in ("weights", "kv", *(["activations"] if self.activations else [])):
            object.__setattr__(self, name, number_format(getattr(self, name)).name)
        kv_share(self.model, self.chips)
        self.chip.peak(self.arithmetic)  # refuses what cannot be multiplied

    @cached_property
    def arithmetic(self) -> str:
        """What weights and activations are multiplied in: a rate of the chip, such as "fp8"."""
        activations = self.activations or engine_activations(self.weights, on=self.chip)
        return arithmetic_of(self.weights, activations, on=self.chip)

    @cached_property
    def attention_arithmetic(self) -> str:
        """What queries and cache are multiplied in: less than bf16 beside a narrow cache only."""
        if self.arithmetic in {"bf16", "fp32"}:
            return self.arithmetic
        kept = OPERANDS[engine_activations(self.kv, on=self.chip)]
        return "bf16" if kept == "fp32" else kept

    @property
    def precision(self) -> str:
        """The formats and the arithmetic: "bf16" throughout, or each by its name."""
        if self.weights == self.kv == self.arithmetic == self.attention_arithmetic:
            return self.weights
        formats = f"weights {self.weights}, cache {self.kv}, arithmetic {self.arithmetic}"
        attention = self.attention_arithmetic
        return formats if attention == self.arithmetic else f"{formats}, attention {attention}"

    @property
    def name(self) -> str:
        """The deployment in words, such as "Llama-3 70B in bf16 on 2 × H100 SXM"."""
        one = self.precision == self.weights
        how = f"in {self.precision}" if one else f"({self.precision})"
        return f"{self.model.label} {how} on {self.chips} × {self.chip.label}"

    @property
    def label(self) -> str:
        """Model and chips alone, for a table that says its precision elsewhere."""
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
    def attention_flops_per_s(self) -> float:
        """Rate of attention's products on all chips together, as far as it is reached."""
        return self.chips * self.chip.peak(self.attention_arithmetic) * self.compute_efficiency

    @property
    def planned_bytes(self) -> int:
        """Memory of all chips together, as plans take it (`accelerator.planned_memory`)."""
        return self.chips * self.chip.planned_bytes
