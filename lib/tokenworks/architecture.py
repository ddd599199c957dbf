"""What a transformer is, in numbers: the part that its cache depends on, and the rest."""

from __future__ import annotations

from dataclasses import dataclass

from tokenworks.number import whole


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

    def __post_init__(self) -> None:
        self._make_whole("n_layers", "n_heads", "n_kv_heads", "d_head", "context_tokens")
        self._make_whole("kv_lora_rank", "d_head_rope", least=0)
        limits = ("window_tokens", "global_layer_period")
        self._make_whole(*(name for name in limits if getattr(self, name) is not None))
        if self.n_heads % self.n_kv_heads:
            heads = f"{self.n_kv_heads} KV heads do not divide {self.n_heads} query heads"
            raise ValueError(f"{self.name}: {heads}")
        if self.layer_windows and len(self.layer_windows) != self.n_layers:
            wrong = f"{len(self.layer_windows)} layer windows for {self.n_layers} layers"
            raise ValueError(f"{self.name}: {wrong}")
        windows = [w if w is None else self._whole(w, "layer_windows") for w in self.layer_windows]
        object.__setattr__(self, "layer_windows", tuple(windows))

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

        MLA keeps one latent vector and one rotated key for all heads instead.
        """
        if self.kv_lora_rank:
            return self.kv_lora_rank + self.d_head_rope
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
    # Multi-head latent attention
    q_lora_rank: int = 0
    d_head_nope: int = 0
    d_head_v: int = 0
    note: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._make_whole("d_model", "d_ff", "vocab_size", "moe_layer_period")
        self._make_whole("n_experts", "n_experts_active", "n_shared_experts", least=0)
        self._make_whole("d_ff_expert", "n_dense_layers", least=0)
        self._make_whole("q_lora_rank", "d_head_nope", "d_head_v", least=0)

    @property
    def head_width(self) -> int:
        """Values that a head holds of one token: of its key and of its value."""
        if self.kv_lora_rank:
            return self.d_head_nope + self.d_head_rope + self.d_head_v
        return 2 * self.d_head
