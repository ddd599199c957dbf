"""Bytes that must fit and bytes that must move: weights and KV cache, from the model's shapes."""

from __future__ import annotations

import math
from functools import cache

from tokenworks.accelerator import Chip
from tokenworks.architecture import AttentionSpec, ModelSpec
from tokenworks.cost.cache_memory import state_bytes
from tokenworks.cost.domain import Count, Natural, Positive, physical
from tokenworks.cost.parameters import (
    kept_parameter_count,
    parameter_count,
    step_parameter_count,
)
from tokenworks.layer_cache import cache_of
from tokenworks.shapes import attending_windows, is_moe_layer


@physical
def weight_bytes(spec: ModelSpec, bytes_per_param: Positive) -> float:
    """Return the bytes of all weights at one precision.

    Source: derived: parameters times the width of one.
    """
    return float(parameter_count(spec) * bytes_per_param)


@physical
def checkpoint_bytes(
    spec: ModelSpec, bytes_per_param: Positive, *, kept: tuple[str, ...] = ()
) -> float:
    """Return the bytes of all weights where some parts stay at 16 bits; see kept_parameter_count.

    Source: derived: those parts at two bytes a weight, the others at the width of one.
    """
    more = max(0, 2 - bytes_per_param) * kept_parameter_count(spec, kept)
    return weight_bytes(spec, bytes_per_param) + more


@physical
def step_weight_bytes(spec: ModelSpec, bytes_per_param: Positive, batch: Count = 1) -> float:
    """Return the bytes of weights that a decode step reads, the embedding lookup left out.

    A larger batch reads more experts: the number expected when each token draws its experts
    evenly and independently; one token reads exactly its own.
    Source: derived: E·(1 - (1 - k/E)^B) distinct experts (https://arxiv.org/abs/2401.04088).
    """
    return float(step_parameter_count(spec, batch) * bytes_per_param)


@physical
def kv_bytes_per_token(spec: AttentionSpec, bytes_per_value: Positive) -> float:
    """Return the cache bytes that one more token costs where every layer sees every token.

    A model with windowed layers raises ValueError: there the share depends on the length.
    Source: derived: one key and one value a KV head and layer (https://arxiv.org/abs/2305.13245);
    for MLA one latent and one rotated key a layer (https://arxiv.org/abs/2405.04434, section 2.1).
    """
    if spec.is_windowed:
        raise ValueError(
            f"{spec.name} has windowed layers, so a token's share of the cache depends on the "
            "length: use kv_bytes(spec, tokens, bytes_per_value=...)"
        )
    return float(len(attending_windows(spec)) * spec.kv_values_per_layer * bytes_per_value)


@physical
def kv_bytes(spec: AttentionSpec, tokens: Natural, *, bytes_per_value: Positive) -> float:
    """Return the cache bytes of one sequence; a windowed layer keeps its window and no more.

    The fixed state of a hybrid's linear layers is apart (`kept_state_bytes`).
    Source: derived: the tokens that each layer keeps, added, times the bytes of one.
    """
    return float(kept_positions(spec, tokens) * spec.kv_values_per_layer * bytes_per_value)


@physical
def kept_positions(spec: AttentionSpec, tokens: Natural) -> int:
    """Return the positions that all layers together keep of one sequence.

    Source: derived: a layer keeps the whole sequence, or its window once that is full; one with a
    state of fixed size keeps none.
    """
    return sum(min(tokens, window or tokens) for window in attending_windows(spec))


@physical
def attended_positions(spec: ModelSpec, tokens: Natural) -> int:
    """Return the positions that one token attends to in all layers, of so many.

    Source: https://arxiv.org/abs/2512.02556 (section 2.1): an indexer chooses the best of them;
    without one, all that are kept.
    """
    return kept_positions(spec, min(tokens, spec.index_top_tokens or tokens))


@physical
def decode_read_bytes(spec: ModelSpec, tokens: Natural, *, bytes_per_value: Positive) -> float:
    """Return the cache bytes that one new token of a sequence moves: what it looks at.

    An indexer reads all of its keys, attention the chosen latents alone. The state of linear layers
    is read and written back.
    Source: derived: the positions that are looked at, times the bytes of one.
    """
    attended = attended_positions(spec, tokens) * (spec.kv_values_per_layer - spec.d_index)
    scored = kept_positions(spec, tokens) * spec.d_index
    return float((attended + scored) * bytes_per_value + 2 * kept_state_bytes(spec))


@cache
def kept_state_bytes(spec: AttentionSpec) -> int:
    """Return the bytes of one sequence that do not grow with it: the states of linear layers.

    Source: derived: as `state_bytes` of what the layers keep.
    """
    return state_bytes(cache_of(spec)) if spec.full_attention_period else 0


@physical
def kv_bytes_per_chip(
    spec: AttentionSpec, tokens: Natural, *, bytes_per_value: Positive, tp: Count
) -> float:
    """Return what each of `tp` tensor-parallel chips holds of one sequence's cache.

    KV heads are sharded; once there are fewer heads than chips each head is held more than once,
    and the one latent of MLA is held by every chip. Heads that cannot be sharded evenly raise
    ValueError. Source: https://arxiv.org/abs/2405.04434 (MLA);
    https://github.com/vllm-project/vllm/blob/00044383/vllm/config.py (get_num_kv_heads).
    """
    return kv_bytes(spec, tokens, bytes_per_value=bytes_per_value) * kv_share(spec, tp)


@physical
def kv_share(spec: AttentionSpec, tp: Count) -> float:
    """Return the share of the cache that each of `tp` chips holds; see kv_bytes_per_chip.

    Chips over which the heads cannot be sharded raise ValueError.
    Source: derived: heads of one chip over all heads, at least one.
    """
    if not _shards(spec, tp):
        good = [n for n in tensor_parallel_sizes(spec) if n <= 2 * tp]
        linear = f" and {spec.linear_key_heads} linear key heads" if spec.linear_key_heads else ""
        raise ValueError(
            f"{spec.n_heads} query heads and {spec.n_kv_heads} KV heads{linear} of {spec.name} "
            f"cannot be sharded over {tp} chips; take {', '.join(map(str, good))}"
        )
    return 1.0 if spec.kv_lora_rank else max(1, spec.n_kv_heads // tp) / spec.n_kv_heads


def tensor_parallel_sizes(spec: AttentionSpec) -> list[int]:
    """Return the chip counts over which the heads can be sharded evenly, ascending.

    Source: derived: divisors of the query heads that divide the KV heads or are multiples of them;
    linear layers' key heads are not held twice
    (https://github.com/vllm-project/vllm, MambaStateShapeCalculator.gated_delta_net_state_shape).
    """
    return [n for n in range(1, spec.n_heads + 1) if _shards(spec, n)]


def _shards(spec: AttentionSpec, tp: int) -> bool:
    K = spec.n_heads if spec.kv_lora_rank else spec.n_kv_heads
    even = K % tp == 0 or tp % K == 0
    return even and spec.n_heads % tp == 0 and spec.linear_key_heads % tp == 0


@physical
def score_bytes(
    spec: AttentionSpec, tokens: Count, *, bytes_per_value: Positive = 2, batch: Count = 1
) -> float:
    """Return the bytes of one layer's attention scores where they are written out in full.

    Source: derived: every head compares every token with every token.
    """
    return float(batch * spec.n_heads * tokens * tokens * bytes_per_value)


@physical
def activation_bytes(
    spec: ModelSpec,
    tokens: Natural,
    *,
    bytes_per_value: Positive = 2,
    flash: bool = True,
    tp: Count = 1,
) -> float:
    """Return the most that one pass over these tokens of one sequence holds beside the cache.

    Residual and normed input, and then either queries, keys, values, a gate and the attention's
    output (with all scores unless `flash`) or the gate and up of the feed-forward; float32 logits
    of the last token. Layers run one after another, so only one layer's tensors live at a time.
    Each of `tp` tensor-parallel chips holds residual and input in full, of the rest its heads (at
    least one KV head), its columns and its words.
    Source: derived from `layer_shapes`; who holds what of a layer: https://arxiv.org/abs/1909.08053
    (section 3). An engine's buffers may be larger (fusion, padding, scores of an index).
    """
    if tokens == 0:
        return 0.0
    attention = (spec.n_heads / tp + max(1, spec.n_kv_heads / tp)) * spec.head_width
    attention += spec.n_heads / tp * spec.d_head * spec.attention_gate
    attention += (spec.index_heads + 1) * spec.d_index  # on every chip
    keys, heads = spec.linear_key_heads, spec.linear_value_heads
    attention = max(attention, (2 * keys + 3 * heads) / tp * spec.d_linear)
    values = tokens * (2 * spec.d_model + max(attention, 2 * _widest_ffn(spec) / tp))
    if not flash:
        scores = tokens * (2 * spec.d_model + attention) + spec.n_heads / tp * tokens * tokens
        values = max(values, scores)
    return float(values * bytes_per_value + 4 * spec.vocab_size / tp)


def _widest_ffn(spec: ModelSpec) -> int:
    """Return the most feed-forward values that a token holds at once in any layer."""
    dense = [not is_moe_layer(spec, i) for i in range(spec.n_layers)]
    routed = (spec.n_experts_active + spec.n_shared_experts) * spec.d_ff_expert
    return max(spec.d_ff if any(dense) else 0, 0 if all(dense) else routed)


@physical
def min_chips(weight_bytes: Positive, hbm_bytes: Positive) -> int:
    """Return how many chips hold the weights alone, with nothing left over for a cache.

    Source: derived: capacity divided, rounded up.
    """
    return math.ceil(weight_bytes / hbm_bytes)


@physical
def slice_chips(chips: Count, *, on: Chip) -> int:
    """Return how many chips must be rented to have at least this many.

    GPUs come in servers of up to eight, then in whole servers; a TPU has a largest slice.
    More than the largest slice raise ValueError.
    Source: the `slices` of the chip's row.
    """
    largest = on.slices[-1]
    if chips <= largest:
        return next(size for size in on.slices if size >= chips)
    if on.kind == "tpu":
        raise ValueError(f"{on.label} comes in slices of up to {largest} chips, not {chips}")
    return math.ceil(chips / largest) * largest
