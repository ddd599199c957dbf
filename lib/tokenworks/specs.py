"""The nouns every estimate starts from: a chip, a model, a price, a workload.

Inside the library a quantity is in its base unit (bytes, seconds, FLOP/s, USD per hour) and its
field name says so. Presets are rows of `data/*.csv`; each row carries `source` and `accessed`.
"""

from __future__ import annotations

from dataclasses import dataclass

from tokenworks.data.rows import load_rows, lookup
from tokenworks.shapes import is_moe_layer, layer_shapes, layer_window, weight_shapes

__all__ = [
    "Chip",
    "Claim",
    "Measurement",
    "ModelSpec",
    "Price",
    "Workload",
    "chip",
    "claim",
    "is_moe_layer",
    "layer_shapes",
    "layer_window",
    "load_rows",
    "lookup",
    "model_spec",
    "price",
    "weight_shapes",
]


@dataclass(frozen=True)
class Chip:
    """One accelerator (or CPU socket): capacities and peak rates, dense, without sparsity."""

    name: str
    label: str
    vendor: str
    kind: str  # "gpu", "tpu" or "cpu"
    hbm_bytes: int
    hbm_bytes_per_s: float
    bf16_flops_per_s: float
    source: str
    accessed: str
    fp8_flops_per_s: float | None = None
    fp4_flops_per_s: float | None = None
    int8_ops_per_s: float | None = None
    link_bytes_per_s: float | None = None  # chip to chip, both directions added
    tdp_watts: float | None = None
    year: int | None = None
    note: str = ""


@dataclass(frozen=True)
class ModelSpec:
    """Shape of one transformer; the code that runs and the code that counts both read it."""

    name: str
    label: str
    n_layers: int
    d_model: int
    n_heads: int
    n_kv_heads: int
    d_head: int
    d_ff: int  # of a dense layer
    vocab_size: int
    context_tokens: int
    source: str
    accessed: str
    rope_theta: float | None = None
    norm_eps: float = 1e-5
    tied_embeddings: bool = False
    published_params: float | None = None
    published_active_params: float | None = None
    # Block
    norm_kind: str = "rms"  # or "layer", which adds a bias to every norm
    ffn_kind: str = "gated"  # or "plain": up, activation, down
    parallel_block: bool = False  # attention and FFN share one norm (GPT-J)
    post_norms: bool = False  # a norm after attention and after the FFN too (Gemma 2 and 3)
    qk_norm: bool = False  # learned norm over each query and key head
    attention_bias: bool = False  # on q, k, v and o
    attention_sinks: bool = False  # one learned logit a head (gpt-oss)
    ffn_bias: bool = False
    head_bias: bool = False
    # Windowed attention: every `global_layer_period`-th layer sees the whole context
    window_tokens: int | None = None
    global_layer_period: int | None = None  # None with a window: all layers are windowed
    # Mixture of experts
    n_experts: int = 0
    n_experts_active: int = 0
    n_shared_experts: int = 0
    d_ff_expert: int = 0
    n_dense_layers: int = 0  # at the front
    moe_layer_period: int = 1
    router_bias: bool = False
    # Multi-head latent attention
    q_lora_rank: int = 0
    kv_lora_rank: int = 0
    d_head_nope: int = 0
    d_head_rope: int = 0
    d_head_v: int = 0
    note: str = ""

    @property
    def attention_kind(self) -> str:
        """What a layer caches: "mla", "mha", "gqa" or "mqa"."""
        if self.kv_lora_rank:
            return "mla"
        if self.n_kv_heads == self.n_heads:
            return "mha"
        return "mqa" if self.n_kv_heads == 1 else "gqa"

    @property
    def kv_values_per_layer(self) -> int:
        """Values that one token leaves in one layer's cache: a key and a value a KV head.

        MLA keeps one latent vector and one rotated key for all heads instead.
        """
        if self.kv_lora_rank:
            return self.kv_lora_rank + self.d_head_rope
        return 2 * self.n_kv_heads * self.d_head


@dataclass(frozen=True)
class Price:
    """What one chip costs to rent for an hour, at one provider on one day."""

    name: str
    chip: str
    provider: str
    usd_per_hour: float
    source: str
    accessed: str
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


def chip(name: str) -> Chip:
    """Return the chip with this name; an unknown name raises KeyError listing the closest."""
    return lookup(Chip, "chips.csv", name)


def model_spec(name: str) -> ModelSpec:
    """Return the model with this name; an unknown name raises KeyError listing the closest."""
    return lookup(ModelSpec, "models.csv", name)


def price(name: str) -> Price:
    """Return the price row with this name; an unknown name raises KeyError listing the closest."""
    return lookup(Price, "prices.csv", name)


def claim(name: str) -> Claim:
    """Return the published figure with this name; an unknown name raises KeyError."""
    return lookup(Claim, "claims.csv", name)
