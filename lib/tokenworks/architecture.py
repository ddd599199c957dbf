"""What a transformer is, in numbers: the part that its cache depends on, and the rest."""

from __future__ import annotations

from dataclasses import dataclass

from tokenworks.number import whole

_LINEAR = ("linear_key_heads", "linear_value_heads", "d_linear", "conv_kernel")


@dataclass(frozen=True, kw_only=True)
class AttentionSpec:
    """The shape of a model's attention: all that the memory of its cache depends on."""

    name: str
    label: str
    n_layers: int
    n_heads: int
    n_kv_heads: int
    d_head: int
    context_tokens: int
    # Windowed attention: every `global_layer_period`-th layer sees the whole context
    window_tokens: int | None = None
    global_layer_period: int | None = None  # None with a window: all layers are windowed
    layer_windows: tuple[int | None, ...] = ()  # where no period says it: one a layer
    # Multi-head latent attention
    kv_lora_rank: int = 0
    d_head_rope: int = 0
    d_index: int = 0  # of the key that an indexer caches, by which queries choose what they read
    # Hybrid: every so-many-th layer attends, the others keep a state by the gated delta rule
    full_attention_period: int | None = None
    linear_key_heads: int = 0
    linear_value_heads: int = 0
    d_linear: int = 0  # of a key head and of a value head
    conv_kernel: int = 0

    def __post_init__(self) -> None:
        self._make_whole("n_layers", "n_heads", "n_kv_heads", "d_head", "context_tokens")
        self._make_whole("kv_lora_rank", "d_head_rope", "d_index", *_LINEAR, least=0)
        limits = ("window_tokens", "global_layer_period", "full_attention_period")
        self._make_whole(*(name for name in limits if getattr(self, name) is not None))
        if self.n_heads % self.n_kv_heads:
            heads = f"{self.n_kv_heads} KV heads do not divide {self.n_heads} query heads"
            raise ValueError(f"{self.name}: {heads}")
        if self.layer_windows and len(self.layer_windows) != self.n_layers:
            wrong = f"{len(self.layer_windows)} layer windows for {self.n_layers} layers"
            raise ValueError(f"{self.name}: {wrong}")
        windows = [w if w is None else self._whole(w, "layer_windows") for w in self.layer_windows]
        object.__setattr__(self, "layer_windows", tuple(windows))
        self._refuse_half_described()

    def _refuse_half_described(self) -> None:
        """Refuse a hybrid or an index that lacks a part, or that no formula here counts."""
        linear = [getattr(self, name) for name in _LINEAR]
        hybrid = self.full_attention_period is not None
        if any(linear) != hybrid or all(linear) != hybrid:
            names = ", ".join(("full_attention_period", *_LINEAR))
            raise ValueError(f"{self.name}: a hybrid needs all of {names}, other models none")
        if hybrid and (self.is_windowed or not 1 < self.full_attention_period <= self.n_layers):  # type: ignore[operator]
            period = f"full_attention_period {self.full_attention_period}"
            raise ValueError(f"{self.name}: {period} needs as many layers, 2 or more, no windows")
        if hybrid and self.linear_value_heads % self.linear_key_heads:
            heads = f"{self.linear_key_heads} linear key heads do not divide "
            raise ValueError(f"{self.name}: {heads}{self.linear_value_heads} value heads")
        if self.d_index and (not self.kv_lora_rank or self.is_windowed or hybrid):
            raise ValueError(f"{self.name}: d_index is described for latents in every layer alone")

    def _make_whole(self, *names: str, least: int = 1) -> None:
        for name in names:
            object.__setattr__(self, name, self._whole(getattr(self, name), name, least=least))

    def _whole(self, value: int, name: str, *, least: int = 1) -> int:
        return whole(value, f"{self.name}: {name}", least=least)

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

        MLA keeps one latent vector and one rotated key for all heads instead, and with an indexer
        an index key. Of a hybrid's layers only those that attend keep any.
        """
        if self.kv_lora_rank:
            return self.kv_lora_rank + self.d_head_rope + self.d_index
        return 2 * self.n_kv_heads * self.d_head

    @property
    def is_windowed(self) -> bool:
        """Whether some layer forgets what is further back than its window."""
        return bool(self.window_tokens) or any(self.layer_windows)


@dataclass(frozen=True, kw_only=True)
class ModelSpec(AttentionSpec):
    """Shape of one transformer; the code that runs and the code that counts both read it."""

    d_model: int
    d_ff: int  # of a dense layer
    vocab_size: int
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
    qk_norm_wide: bool = False  # over all query heads together and all key heads (MiniMax-M2)
    attention_gate: bool = False  # a second query matrix gates what attention returns (Qwen 3.5)
    attention_bias: bool = False  # on q, k, v and o
    qkv_bias: bool = False  # on q, k and v only (Qwen 2)
    attention_sinks: bool = False  # one learned logit a head (gpt-oss)
    ffn_bias: bool = False
    head_bias: bool = False
    # Mixture of experts
    n_experts: int = 0
    n_experts_active: int = 0
    n_shared_experts: int = 0
    d_ff_expert: int = 0
    n_dense_layers: int = 0  # at the front
    moe_layer_period: int = 1
    router_bias: bool = False
    shared_expert_gate: bool = False  # one learned row weighs the shared expert (Qwen 3.5)
    # Multi-head latent attention
    q_lora_rank: int = 0
    d_head_nope: int = 0
    d_head_v: int = 0
    # Sparse attention: an indexer scores every cached key, a query reads the best
    index_heads: int = 0
    index_top_tokens: int | None = None
    note: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._make_whole("d_model", "d_ff", "vocab_size", "moe_layer_period")
        self._make_whole("n_experts", "n_experts_active", "n_shared_experts", least=0)
        self._make_whole("d_ff_expert", "n_dense_layers", least=0)
        self._make_whole("q_lora_rank", "d_head_nope", "d_head_v", "index_heads", least=0)
        if self.index_top_tokens is not None:
            self._make_whole("index_top_tokens")
        index = [self.d_index, self.index_heads, self.index_top_tokens or 0, self.q_lora_rank]
        if any(index[:3]) and not all(index):
            needs = "an indexer needs d_index, index_heads, index_top_tokens and q_lora_rank"
            raise ValueError(f"{self.name}: {needs}")

    @property
    def head_width(self) -> int:
        """Values that a head holds of one token: of its key and of its value."""
        if self.kv_lora_rank:
            return self.d_head_nope + self.d_head_rope + self.d_head_v
        return 2 * self.d_head
