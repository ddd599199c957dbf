"""How long one step of a serving engine takes: prompts, chunks and decodes in one batch."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from tokenworks.cost.attention_flops import (
    decode_width,
    index_flops_per_pair,
    linear_flops_per_token,
)
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.domain import Count, NotNegative, physical
from tokenworks.cost.memory import kept_state_bytes, kv_share
from tokenworks.cost.parameters import (
    expert_parameter_count,
    matmul_parameter_count,
    step_parameter_count,
)
from tokenworks.number import Number, whole
from tokenworks.shapes import attending_windows


class Load(NamedTuple):
    """What one step computes, over all its sequences.

    `sequences` are the KV caches read, `new_tokens` the rows through the matrices (padding and
    idle slots included), `logit_rows` the rows sent to the vocabulary, `context_tokens` the cached
    positions read (this step's own included), `pairs` the tokens that queries look at, added up.
    `prompts` of the sequences are read, not decoded, and have `prompt_pairs` of the pairs; one
    whose drafted tokens are verified counts among them, as it too has several rows.
    """

    sequences: int
    new_tokens: int
    logit_rows: int
    context_tokens: int
    pairs: int
    prompts: int = 0
    prompt_pairs: int = 0

    def next(self) -> Load:
        """Return the same batch one step later: every sequence sees one token more.

        A load with prompts raises ValueError: they are read once.
        """
        if self.prompts:
            raise ValueError(f"{self.prompts} prompts are read once: only decodes have a next step")
        n, rows, logit_rows, context, pairs, _, _ = self
        return Load(n, rows, logit_rows, context + n, pairs + n)


@physical
def decode_load(sequences: Count, context_tokens: Count) -> Load:
    """Return the load of sequences that decode a token each, all at the same context.

    Source: derived: a row, a logit row and a cache each.
    """
    seen = sequences * context_tokens
    return Load(sequences, sequences, sequences, seen, seen)


@physical
def mixed_step_seconds(on: Deployment, load: Load, *, overhead_seconds: NotNegative = 0.0) -> float:
    """Return the time of one step: the larger of multiplying and moving, and the overhead.

    The weights are read once for the whole step (experts as its rows draw them), each cache once.
    With equal contexts this is `decode_seconds`, with whole prompts `prefill_seconds`. MLA decodes
    on the latents and reads prompts on heads, as those two do. A windowed layer sees all decodes at
    their mean context and all prompts at theirs: exact where contexts are equal, else close, and
    for decodes never too short. So does one whose indexer chooses what a query reads; of the tokens
    before a chunk at least what one query chooses is read. A chunk writes the state of linear
    layers, a decode reads and writes it.
    Source: https://jax-ml.github.io/scaling-book/inference/ (theoretical estimates), added up.
    """
    return step_clock(on, overhead_seconds=overhead_seconds)(possible(load))


def possible(load: Load) -> Load:
    """Return the load in ints; raise ValueError for one that no batch has."""
    load = Load(*(whole(n, name, least=0) for name, n in load._asdict().items()))
    seen = load.sequences <= load.context_tokens <= load.pairs and load.new_tokens >= 1
    inside = load.prompts <= load.sequences and load.prompt_pairs <= load.pairs
    rows = max(load.sequences, load.logit_rows) <= load.new_tokens
    if not (seen and inside and rows):
        raise ValueError(
            f"{load} is no step: at least one row for each sequence and each row of logits, "
            "sequences ≤ context_tokens ≤ pairs, prompts among the sequences"
        )
    return load


@physical
def step_clock(on: Deployment, *, overhead_seconds: NotNegative = 0.0) -> Callable[[Load], float]:
    """Return `mixed_step_seconds` of one deployment, its constants worked out: unchecked and fast.

    Source: derived: the terms of mixed_step_seconds.
    """
    spec, weights = on.model, _weights_clock(on)
    head = 2.0 * spec.vocab_size * spec.d_model / on.flops_per_s
    row = 2.0 * matmul_parameter_count(spec) / on.flops_per_s - head
    attended = spec.kv_values_per_layer - spec.d_index
    read = attended * on.bytes_per_value * kv_share(spec, on.chips) * on.chips
    position = read / on.bytes_per_s
    decode_pair = 2.0 * spec.n_heads * decode_width(spec) / on.attention_flops_per_s
    prompt_pair = 2.0 * spec.n_heads * spec.head_width / on.attention_flops_per_s
    top = spec.index_top_tokens
    windows = Counter(top or window or math.inf for window in attending_windows(spec))
    seen = _windowed(windows, chosen=top is not None) if set(windows) != {math.inf} else None
    layers, more = windows.total(), float(overhead_seconds)
    beside = _beside_attention(on, layers)

    def seconds(load: Load) -> float:
        _, rows, logit_rows, context, pairs, _, prompt_pairs = load
        if seen:
            context, pairs, prompt_pairs = seen(load)
        decoding = (pairs - prompt_pairs) * decode_pair + prompt_pairs * prompt_pair
        multiplying = rows * row + logit_rows * head + layers * decoding
        moving = weights(rows) + layers * context * position
        if beside:
            scored, kept = beside(load)
            multiplying, moving = multiplying + scored, moving + kept
        return (moving if moving > multiplying else multiplying) + more

    return seconds


def _beside_attention(on: Deployment, layers: int) -> Callable[[Load], tuple[float, float]] | None:
    """Return the times of index and states: to multiply, and to move; None without either."""
    spec = on.model
    if not (spec.d_index or spec.full_attention_period):
        return None
    pair = layers * index_flops_per_pair(spec) / on.attention_flops_per_s
    row = linear_flops_per_token(spec) / on.attention_flops_per_s
    key = layers * spec.d_index * on.bytes_per_value * on.chips / on.bytes_per_s  # on every chip
    state = kept_state_bytes(spec) / on.bytes_per_s

    def seconds(load: Load) -> tuple[float, float]:
        moved = load.context_tokens * key + (2 * load.sequences - load.prompts) * state
        return load.pairs * pair + load.new_tokens * row, moved

    return seconds


def _weights_clock(on: Deployment) -> Callable[[int], float]:
    """Return the time to read the weights that this many rows draw."""
    spec, each = on.model, on.bytes_per_param / on.bytes_per_s
    alone = step_parameter_count(spec, 1) * each
    if not spec.n_experts:
        return lambda rows: alone
    missed = 1 - spec.n_experts_active / spec.n_experts
    experts = expert_parameter_count(spec) * each
    return lambda rows: alone + (missed - missed**rows) * experts


def _windowed(
    windows: Counter[Number], *, chosen: bool
) -> Callable[[Load], tuple[float, float, float]]:
    """Return what the mean layer sees of a load: context, pairs, and pairs of prompts.

    With `chosen` a window is not what a layer keeps, but as many as a query chooses of all.
    """
    layers = windows.total()

    def seen(load: Load) -> tuple[float, float, float]:
        decodes, decode_pairs = load.sequences - load.prompts, load.pairs - load.prompt_pairs
        context = pairs = prompt_pairs = 0.0
        if decodes:
            mean = decode_pairs / decodes
            pairs = decodes * sum(n * min(mean, w) for w, n in windows.items()) / layers
            context = pairs
        if load.prompts:
            mean = (load.context_tokens - decode_pairs) / load.prompts
            new = last_tokens(mean, load.prompt_pairs / load.prompts)
            before = mean - new
            old, all_new = (before, new) if chosen else (mean, 0.0)
            kept = sum(n * (all_new + min(old, w)) for w, n in windows.items())
            ramps = sum(n * (_ramp(mean, w) - _ramp(before, w)) for w, n in windows.items())
            context += load.prompts * kept / layers
            prompt_pairs = load.prompts * ramps / layers
        return context, pairs + prompt_pairs, prompt_pairs

    return seen


def last_tokens(context: float, pairs: float) -> float:
    """Return how many last tokens of a context have this many pairs: n·c - n(n-1)/2 = pairs."""
    odd = 2 * context + 1
    return 4 * pairs / (odd + math.sqrt(max(0.0, odd * odd - 8 * pairs)))


def _ramp(tokens: float, window: Number) -> float:
    """Return the pairs of a token and one it sees: 1 + 2 + … up to the window, then the window."""
    low = min(tokens, window)
    return low * (low + 1) / 2 + (tokens - low) * low
