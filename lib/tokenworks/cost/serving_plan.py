"""A model as a server runs it: on which chips, by which engine, each part in its own format."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from tokenworks.accelerator import Chip
from tokenworks.architecture import ModelSpec
from tokenworks.cost.kernels import KERNEL_FORMATS, experts_touched
from tokenworks.cost.memory import kv_share
from tokenworks.cost.parameters import (
    expert_parameter_count,
    kept_parameter_count,
    parameter_count,
)
from tokenworks.number import make_whole

CACHE_FORMATS = {"bf16": 2, "fp8": 1, "int8": 1}  # bytes of a value
# Whose timed kernels stand for an engine's, the first that has a table.
MATRIX_LIBRARIES = {
    "vllm": ("vllm", "trtllm"),
    "sglang": ("vllm", "trtllm"),
    "trtllm": ("trtllm", "vllm"),
}
# Small messages go through the engine's own one-shot kernel, large ones through NCCL.
MESSAGE_LIBRARIES = {"vllm": "vllm_graph", "sglang": "vllm_graph", "trtllm": "trtllm"}
WIDE = ("vectors", "router", "embed", "head")  # parts that stay in 16 bits


@dataclass(frozen=True)
class ServingPlan:
    """One copy of a model on `chips` chips of one kind: engine, formats, ways of sharding.

    Attention is sharded over chips / `attention_data_parallel` chips, each group with sequences of
    its own; experts over all chips, whole ones where `expert_parallel` is above 1 (which changes no
    kernel's work: routing is taken as even). Formats are those of `KERNEL_FORMATS`: `attention` of
    its projections, `dense` of FFNs and shared experts, `experts` of the routed. Impossible values
    raise ValueError.
    """

    model: ModelSpec
    chip: Chip
    chips: int = 1
    engine: str = "vllm"
    attention: str = "bfloat16"
    dense: str = "bfloat16"
    experts: str = "bfloat16"
    cache: str = "bf16"
    expert_parallel: int = 1
    attention_data_parallel: int = 1

    def __post_init__(self) -> None:
        make_whole(self, "chips", "expert_parallel", "attention_data_parallel")
        if self.engine not in MATRIX_LIBRARIES:
            known = ", ".join(MATRIX_LIBRARIES)
            raise ValueError(f"engine {self.engine!r} is not known; known: {known}")
        if self.cache not in CACHE_FORMATS:
            known = ", ".join(CACHE_FORMATS)
            raise ValueError(f"a cache in {self.cache!r} is not known; known: {known}")
        for name in ("attention", "dense", "experts"):
            form = getattr(self, name)
            if form not in KERNEL_FORMATS:
                known = ", ".join(KERNEL_FORMATS)
                raise ValueError(f"{name}: {form!r} is no format of a kernel; known: {known}")
            self.chip.peak(KERNEL_FORMATS[form].arithmetic)  # refuses what it cannot multiply
        if self.chips % self.attention_data_parallel:
            groups = f"{self.attention_data_parallel} groups of attention"
            raise ValueError(f"{groups} do not divide {self.chips} chips")
        kv_share(self.model, self.attention_chips)  # refuses heads that cannot be shared out

    @property
    def attention_chips(self) -> int:
        """Chips over which one sequence's attention is sharded."""
        return self.chips // self.attention_data_parallel

    @property
    def cache_bytes_per_value(self) -> int:
        """Bytes of one value of the cache."""
        return CACHE_FORMATS[self.cache]

    @cached_property
    def weight_bytes(self) -> float:
        """Bytes of all weights on all chips: each part in its format, the rest in 16 bits."""
        model = self.model
        wide = kept_parameter_count(model, WIDE)
        attention = kept_parameter_count(model, ("attention",))
        routed = expert_parameter_count(model) if model.n_experts else 0
        dense = parameter_count(model) - wide - attention - routed
        sizes = ((attention, self.attention), (dense, self.dense), (routed, self.experts))
        return 2.0 * wide + math.fsum(n * KERNEL_FORMATS[form].weight_bytes for n, form in sizes)

    @cached_property
    def read_bytes(self) -> float:
        """Bytes of weights that a step reads where it touches every expert: no embedding table."""
        lookup = 0 if self.model.tied_embeddings else self.model.vocab_size * self.model.d_model
        return self.weight_bytes - 2.0 * lookup

    def step_read_bytes(self, tokens: float) -> float:
        """Return the bytes of weights that a step with so many tokens reads on all chips.

        Source: derived: the experts of `experts_touched`, and all the rest.
        """
        model = self.model
        if not model.n_experts:
            return self.read_bytes
        missed = 1 - experts_touched(model.n_experts, model.n_experts_active, tokens) / (
            model.n_experts
        )
        routed = expert_parameter_count(model) * KERNEL_FORMATS[self.experts].weight_bytes
        return self.read_bytes - missed * routed
