"""One step of a serving engine against the decode and prefill floors and against counting."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cost.drawn import BEARTYPE, batches, deployments, same, tokens
from tokenworks.cost.attention_flops import (
    attention_flops_per_token,
    decode_width,
    prefill_attention_flops,
)
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.memory import attended_positions, kv_share, step_weight_bytes
from tokenworks.cost.mixed_step import Load, decode_load, mixed_step_seconds, step_clock
from tokenworks.cost.step_time import (
    decode_flops,
    decode_seconds,
    kv_read_bytes,
    kv_written_bytes,
    prefill_flops,
    prefill_seconds,
)
from tokenworks.shapes import layer_window
from tokenworks.specs import chip, model_spec

pytestmark = pytest.mark.filterwarnings(BEARTYPE)
DENSE = Deployment(model_spec("llama-3-8b"), chip("h100-sxm"))
LATENT = Deployment(model_spec("deepseek-v3"), chip("tpu-v5e"))
WINDOWED = Deployment(model_spec("gemma-3-27b"), chip("h100-sxm"))
SPARSE = Deployment(model_spec("glm-5"), chip("h200-sxm"), 8)
HYBRID = Deployment(model_spec("qwen3.5-397b-a17b"), chip("h200-sxm"), 8)
works = st.lists(st.tuples(st.integers(0, 3_000), st.integers(1, 500)), min_size=1, max_size=8)


def decodes(context, batch=1):
    return Load(batch, batch, batch, batch * context, batch * context)


def prompts(length, batch=1):
    pairs = batch * length * (length + 1) // 2
    return Load(batch, batch * length, batch, batch * length, pairs, batch, pairs)


def mixed(decoding, reading):
    """Return the load of sequences that decode at these contexts and chunks (start, tokens)."""
    ends = [start + new for start, new in reading]
    chunk = sum(new * start + new * (new + 1) // 2 for start, new in reading)
    both = len(decoding) + len(reading)
    rows = len(decoding) + sum(new for _, new in reading)
    pairs = sum(decoding) + chunk
    return Load(both, rows, both, sum(decoding) + sum(ends), pairs, len(reading), chunk)


@same
@example(LATENT, 8192, 5000)
@example(WINDOWED, 8192, 64)
@example(SPARSE, 8192, 64)
@example(HYBRID, 8192, 64)
@given(deployments(), tokens, batches)
def test_equal_contexts_are_the_decode_floor(on, context, batch):
    floor = decode_seconds(on, context, batch=batch)
    assert mixed_step_seconds(on, decodes(context, batch)) == pytest.approx(floor, rel=1e-12)


@same
@example(LATENT, 3000, 5)
@example(WINDOWED, 3000, 5)
@example(SPARSE, 3000, 5)
@example(HYBRID, 3000, 5)
@given(deployments(), st.integers(1, 3_000), st.integers(1, 64))
def test_prompts_read_whole_are_the_prefill_floor(on, length, batch):
    floor = prefill_seconds(on, length, batch=batch)
    assert mixed_step_seconds(on, prompts(length, batch)) == pytest.approx(floor, rel=1e-9)


def counted_seconds(on, decoding, reading):
    """Multiply sequence by sequence: what passes the matrices, and attention at its own rate."""
    spec = on.model
    head = 2 * spec.vocab_size * spec.d_model
    scores = sum(attention_flops_per_token(spec, context) for context in decoding)
    work = sum(decode_flops(spec, context) for context in decoding) - scores
    each = 2 * spec.n_heads * spec.head_width
    per_row = prefill_flops(spec, 1) - head - prefill_attention_flops(spec, 1)
    decode = 2 * spec.n_heads * decode_width(spec)
    for start, new in reading:
        ends = range(start + 1, start + new + 1)
        work += head + new * per_row
        scores += sum(attention_flops_per_token(spec, n) for n in ends)
        scores += (each - decode) * sum(attended_positions(spec, n) for n in ends)
    return work / on.flops_per_s + scores / on.attention_flops_per_s


def chunk_bytes(on, start, new):
    """Count what a chunk moves of its cache: all that is kept, less the latents nobody chose."""
    spec = on.model
    unread = max(0, start - spec.index_top_tokens) if spec.index_top_tokens else 0
    latents = spec.n_layers * unread * (spec.kv_values_per_layer - spec.d_index)
    copies = kv_share(spec, on.chips) * on.chips
    return kv_written_bytes(on, start + new) - latents * on.bytes_per_value * copies


@same
@given(deployments(), st.lists(tokens, max_size=5), works)
def test_a_mixed_step_is_the_sum_of_its_sequences(on, decoding, reading):
    load = mixed(decoding, reading)
    rows = len(decoding) + sum(new for _, new in reading)
    caches = sum(kv_read_bytes(on, n) for n in decoding)
    caches += sum(chunk_bytes(on, start, new) for start, new in reading)
    weights = step_weight_bytes(on.model, on.bytes_per_param, rows)
    moving = (weights + caches) / on.bytes_per_s
    multiplying = counted_seconds(on, decoding, reading)
    seconds = mixed_step_seconds(on, load)
    if not (on.model.is_windowed or on.model.index_top_tokens):
        assert seconds == pytest.approx(max(moving, multiplying), rel=1e-9)
    alone = mixed([], reading)
    assert seconds >= mixed_step_seconds(on, alone) * (1 - 1e-9)


@same
@example(WINDOWED, (4000, 64), (3000, 1))
@given(
    deployments(), st.tuples(tokens, batches), st.tuples(st.integers(0, 3_000), st.integers(1, 99))
)
def test_equal_decodes_beside_a_chunk_are_exact_with_windows_too(on, decoding, reading):
    context, batch = decoding
    spec, rows = on.model, batch + reading[1]
    moving = step_weight_bytes(spec, on.bytes_per_param, rows)
    moving += batch * kv_read_bytes(on, context) + chunk_bytes(on, *reading)
    floor = max(moving / on.bytes_per_s, counted_seconds(on, [context] * batch, [reading]))
    load = mixed([context] * batch, [reading])
    assert mixed_step_seconds(on, load) == pytest.approx(floor, rel=1e-7)


@same
@given(deployments(), st.lists(tokens, min_size=1, max_size=8))
def test_unequal_decodes_of_windowed_layers_never_count_too_little(on, contexts):
    spec, batch = on.model, len(contexts)
    weights = step_weight_bytes(spec, on.bytes_per_param, batch)
    moving = (weights + sum(kv_read_bytes(on, n) for n in contexts)) / on.bytes_per_s
    multiplying = counted_seconds(on, contexts, [])
    assert mixed_step_seconds(on, mixed(contexts, [])) >= max(moving, multiplying) * (1 - 1e-9)


@same
@given(deployments(), st.integers(0, 3_000), st.integers(1, 200))
def test_a_chunk_sees_what_its_windows_show_it(on, start, new):
    spec, load = on.model, mixed([], [(start, new)])
    moving = step_weight_bytes(spec, on.bytes_per_param, new) + chunk_bytes(on, start, new)
    floor = max(moving / on.bytes_per_s, counted_seconds(on, [], [(start, new)]))
    assert mixed_step_seconds(on, load) == pytest.approx(floor, rel=1e-7)


@same
@given(st.lists(tokens, min_size=1, max_size=8), st.integers(0, 5))
def test_the_next_step_sees_one_token_more_of_each(contexts, idle):
    load = mixed(contexts, [])._replace(new_tokens=len(contexts) + idle)
    later = mixed([n + 1 for n in contexts], [])._replace(new_tokens=len(contexts) + idle)
    assert load.next() == later


def test_decodes_of_one_context_have_a_row_and_a_cache_each():
    assert decode_load(3, 100) == Load(3, 3, 3, 300, 300)
    assert decode_load(3, 100).next() == decode_load(3, 101)
    with pytest.raises(ValueError, match="context_tokens"):
        decode_load(3, 0)


def test_prompts_have_no_next_step():
    with pytest.raises(ValueError, match="1 prompts are read once"):
        prompts(10).next()


def test_idle_slots_cost_their_rows_and_nothing_of_attention():
    load = decodes(10, 300)
    padded = load._replace(new_tokens=600)
    busy = 600 * (decode_flops(DENSE.model, 10) - attention_flops_per_token(DENSE.model, 10))
    busy += 300 * attention_flops_per_token(DENSE.model, 10)
    head = 2 * DENSE.model.vocab_size * DENSE.model.d_model
    assert mixed_step_seconds(DENSE, padded) == pytest.approx(
        (busy - 300 * head) / DENSE.flops_per_s
    )
    assert mixed_step_seconds(DENSE, padded) > mixed_step_seconds(DENSE, load)


def test_overhead_comes_on_top_and_efficiencies_stretch():
    load = decodes(1000, 8)
    bare = mixed_step_seconds(DENSE, load)
    assert mixed_step_seconds(DENSE, load, overhead_seconds=0.002) == bare + 0.002
    half = Deployment(DENSE.model, DENSE.chip, bandwidth_efficiency=0.5)
    assert mixed_step_seconds(half, load) == pytest.approx(2 * bare)
    assert step_clock(DENSE, overhead_seconds=0.002)(load) == bare + 0.002


def test_windows_are_seen():
    lengths = {layer_window(WINDOWED.model, i) for i in range(WINDOWED.model.n_layers)}
    assert len(lengths) == 2
    near, far = (mixed_step_seconds(WINDOWED, decodes(n, 8)) for n in (10_000, 20_000))
    full = sum(layer_window(WINDOWED.model, i) is None for i in range(WINDOWED.model.n_layers))
    more = 8 * 10_000 * full * WINDOWED.model.kv_values_per_layer * 2
    assert far - near == pytest.approx(more / WINDOWED.bytes_per_s)


@pytest.mark.parametrize(
    "load",
    [
        Load(0, 0, 0, 0, 0),
        Load(1, 0, 1, 10, 10),
        Load(2, 1, 1, 10, 10),
        Load(1, 1, 2, 10, 10),
        Load(1, 1, 1, 0, 10),
        Load(1, 1, 1, 11, 10),
        Load(1, 1, 1, 10, 10, 2, 0),
        Load(1, 1, 1, 10, 10, 1, 11),
        Load(1, 1, -1, 10, 10),
        Load(True, 1, 1, 10, 10),
    ],
)
def test_a_load_that_no_batch_has_is_refused(load):
    with pytest.raises(ValueError, match=r"is no step|^(sequences|logit_rows) must be a whole"):
        mixed_step_seconds(DENSE, load)


@pytest.mark.parametrize("overhead", [-1, math.inf, math.nan, "1"])
def test_an_impossible_overhead_is_refused(overhead):
    with pytest.raises(ValueError, match="overhead_seconds"):
        step_clock(DENSE, overhead_seconds=overhead)
