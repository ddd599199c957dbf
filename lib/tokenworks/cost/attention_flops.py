"""The arithmetic of attention: scores and weighted sums, an index over tokens, a fixed state."""

from __future__ import annotations

from tokenworks.architecture import ModelSpec
from tokenworks.cost.domain import Count, physical
from tokenworks.cost.memory import attended_positions, kept_positions
from tokenworks.shapes import attending_windows


@physical
def attention_flops_per_token(spec: ModelSpec, tokens: Count) -> float:
    """Return the arithmetic of one token that looks at this many: scores and weighted values.

    A windowed layer looks no further than its window. MLA is counted as engines decode it, on
    the latents (https://arxiv.org/abs/2405.04434, section 2.1.2: absorbed matrices). An indexer
    scores every token, attention sees those it chose; a linear layer works on its state alone.
    Source: derived: two products a head, layer and token seen, two operations for each value.
    """
    seen = 2.0 * spec.n_heads * decode_width(spec) * attended_positions(spec, tokens)
    scored = index_flops_per_pair(spec) * kept_positions(spec, tokens)
    return seen + scored + linear_flops_per_token(spec)


def decode_width(spec: ModelSpec) -> int:
    """Return the values that a head multiplies for each token seen, in both products.

    Source: https://arxiv.org/abs/2405.04434, section 2.1.2: MLA's are its latents'.
    """
    return 2 * spec.kv_lora_rank + spec.d_head_rope if spec.kv_lora_rank else spec.head_width


def index_flops_per_pair(spec: ModelSpec) -> float:
    """Return the arithmetic by which one layer's indexer scores one token for another, 0 without.

    Source: https://arxiv.org/abs/2512.02556 (section 2.1): one product of index query and key for
    each head; the sum over the heads is left out.
    """
    return 2.0 * spec.index_heads * spec.d_index


def linear_flops_per_token(spec: ModelSpec) -> float:
    """Return what the gated delta rule multiplies for one token in all linear layers, 0 without.

    Token by token, the least: prompts are read in chunks, which takes more operations.
    Source: https://arxiv.org/abs/2412.06464 (section 3.1): the state times the key, a new outer
    product added, the state times the query; two operations for each value of a head's matrix.
    """
    layers = spec.n_layers - len(attending_windows(spec))
    return 6.0 * layers * spec.linear_value_heads * spec.d_linear**2


@physical
def prefill_attention_flops(spec: ModelSpec, prompt_tokens: Count, *, causal: bool = True) -> float:
    """Return what `prefill_flops` counts for attention: scores and weighted sums of values.

    Source: derived: two products of each head's width for each pair of tokens.
    """
    windows = attending_windows(spec)
    scored = len(windows) * (_pairs(prompt_tokens, None) if causal else prompt_tokens**2)
    pairs = scored
    if causal or spec.index_top_tokens:  # what is chosen lies before the token
        pairs = sum(_pairs(prompt_tokens, spec.index_top_tokens or window) for window in windows)
    seen = 2.0 * spec.n_heads * spec.head_width * pairs
    linear = linear_flops_per_token(spec) * prompt_tokens
    return seen + index_flops_per_pair(spec) * scored + linear


def _pairs(tokens: int, window: int | None) -> int:
    """Return the pairs of a token and one it sees: 1 + 2 + … up to the window, then the window."""
    ramp = min(tokens, window or tokens)
    return ramp * (ramp + 1) // 2 + (tokens - ramp) * ramp
