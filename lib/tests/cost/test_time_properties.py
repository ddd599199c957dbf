"""What holds for every model and chip: times, prefill, decode and whole requests."""

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cost.drawn import (
    BEARTYPE,
    CHIPS,
    PUBLISHED,
    batches,
    deployments,
    headed,
    kept_by_layer,
    same,
    shares,
    state_bytes,
    tokens,
)
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.memory import tensor_parallel_sizes
from tokenworks.cost.parameters import active_parameter_count, parameter_count
from tokenworks.cost.step_time import (
    decode_flops,
    decode_parts,
    decode_seconds,
    decode_tokens_per_s,
    prefill_flops,
    prefill_seconds,
    request_seconds,
)
from tokenworks.shapes import weight_shapes
from tokenworks.specs import Workload, chip, model_spec

pytestmark = pytest.mark.filterwarnings(BEARTYPE)
SLACK = 1 + 1e-9
# Its attention multiplies for longer than it reads, and so do its matrices.
LATENT = Deployment(model_spec("deepseek-v3"), chip("tpu-v5e"))
prompts = st.integers(1, 3_000)
small = st.integers(1, 64)


def cache_values(spec, length):
    """Count the values that a token reads of a cache, one layer at a time."""
    most = spec.index_top_tokens or length
    kept = kept_by_layer(spec, length)
    return sum((each - spec.d_index) * min(n, most) + spec.d_index * n for each, n in kept)


def beside_attention(spec, length):
    """Count what index and states multiply for one token: one product, and three."""
    layers = len(kept_by_layer(spec, length))
    index = layers * spec.index_heads * spec.d_index * length
    return 2 * index + 2 * 3 * (
        (spec.n_layers - layers) * spec.linear_value_heads * spec.d_linear**2
    )


def read(spec):
    """Count the weights that one token reads: all of its own but the rows it does not look up."""
    table = 0 if spec.tied_embeddings else spec.vocab_size * spec.d_model
    return active_parameter_count(spec) - table


def multiplied(spec):
    """Count the weights that one token is multiplied by as matrices: no norm, no bias."""
    norms = sum(shape[0] for shape in weight_shapes(spec).values() if len(shape) == 1)
    stacked = (s for n, s in weight_shapes(spec).items() if n.split(".")[-1].startswith("b_"))
    biases = sum(shape[1] * spec.n_experts_active for shape in stacked if len(shape) == 2)
    return read(spec) - norms - biases


@same
@example(LATENT, 8192, 5000)
@given(deployments(), tokens, batches)
def test_the_two_forms_of_a_decode_step_enclose_each_other(on, context, batch):
    overlapped = decode_seconds(on, context, batch=batch, overlapped=True)
    serial = decode_seconds(on, context, batch=batch, overlapped=False)
    assert overlapped <= serial * SLACK
    assert serial <= 2 * overlapped * SLACK


@same
@given(deployments(), tokens, batches)
def test_no_decode_step_is_faster_than_its_bytes_or_its_operations(on, context, batch):
    spec, share = on.model, on.chip.hbm_bytes_per_s * on.chips
    least = read(spec) * on.bytes_per_param
    cache = batch * cache_values(spec, context) * on.bytes_per_value
    work = batch * 2 * multiplied(spec)
    for overlapped in (True, False):
        seconds = decode_seconds(on, context, batch=batch, overlapped=overlapped)
        assert seconds * SLACK >= cache / share
        assert seconds * SLACK >= least / share
        assert seconds * SLACK >= work / (on.chips * on.chip.peak(on.arithmetic))
    assert decode_seconds(on, context, batch=batch) * SLACK >= (least + cache) / share


@same
@given(deployments(), tokens, batches)
def test_the_parts_of_a_step_by_counting(on, context, batch):
    spec, parts = on.model, decode_parts(on, context, batch=batch)
    heads = 1 if spec.kv_lora_rank else spec.n_kv_heads
    copies = max(1, on.chips / heads)  # of a cache, over all chips
    read = batch * cache_values(spec, context) * on.bytes_per_value * copies
    assert parts.kv * on.bytes_per_s == pytest.approx(read + batch * 2 * state_bytes(spec))
    most = spec.index_top_tokens or context
    seen = sum(min(n, most) for _, n in kept_by_layer(spec, context))  # positions of all layers
    widths = 2 * spec.kv_lora_rank + spec.d_head_rope if spec.kv_lora_rank else 2 * spec.d_head
    attention = batch * (2 * spec.n_heads * widths * seen + beside_attention(spec, context))
    assert parts.attention * on.attention_flops_per_s == pytest.approx(attention)
    assert parts.matmul * on.flops_per_s == pytest.approx(2 * batch * multiplied(spec))


@same
@given(on=deployments(), context=tokens, batch=batches, more=st.integers(1, 500))
def test_a_step_grows_with_the_batch_and_the_context(on, context, *, batch, more):
    for overlapped in (True, False):
        now = decode_seconds(on, context, batch=batch, overlapped=overlapped)
        larger = decode_seconds(on, context, batch=batch + more, overlapped=overlapped)
        assert now <= decode_seconds(on, context + more, batch=batch, overlapped=overlapped) * SLACK
        assert now <= larger * SLACK
        assert batch / now <= (batch + more) / larger * SLACK  # and all together gain


@same
@given(deployments(), tokens, batches)
def test_no_throughput_is_above_a_ceiling(on, context, batch):
    spec = on.model
    rate = decode_tokens_per_s(decode_seconds(on, context, batch=batch), batch)
    weights, cache = read(spec) * on.bytes_per_param, cache_values(spec, context)
    bandwidth, peak = on.chips * on.chip.hbm_bytes_per_s, on.chips * on.chip.peak(on.arithmetic)
    assert rate <= SLACK * bandwidth * batch / (weights + batch * cache * on.bytes_per_value)
    assert rate <= SLACK * peak / (2 * multiplied(spec))
    assert rate <= SLACK * peak / decode_flops(spec, context)


@pytest.mark.parametrize("on", CHIPS, ids=lambda chip: chip.name)
def test_floors_of_all_published_models_on_every_chip(on):
    for spec in PUBLISHED:
        chips = tensor_parallel_sizes(spec)[-2]
        where = Deployment(spec, on, chips)
        table = 0 if spec.tied_embeddings else spec.vocab_size * spec.d_model
        dense = 2 * (parameter_count(spec) - table) / (chips * on.hbm_bytes_per_s)
        alone, many = (decode_seconds(where, 1, batch=b) for b in (1, 10**7))
        assert alone >= (dense if not spec.n_experts else 0)
        assert alone < 1.01 * dense
        assert many * chips * on.bf16_flops_per_s >= 2e7 * multiplied(spec)
        first, head = prefill_seconds(where, 2048), spec.vocab_size * spec.d_model
        assert first * chips * on.bf16_flops_per_s >= 2 * 2048 * (multiplied(spec) - head)
        assert first >= alone * (1 - 1e-3)


@same
@given(headed.flatmap(lambda s: st.tuples(st.just(s), st.integers(1, 60))))
def test_a_prompt_is_the_sum_of_its_tokens(drawn):
    spec, length = drawn
    singly = sum(decode_flops(spec, seen) for seen in range(1, length + 1))
    head = 2 * spec.vocab_size * spec.d_model
    assert prefill_flops(spec, length) == pytest.approx(singly - (length - 1) * head)


@same
@given(deployments(), prompts, st.integers(1, 8))
def test_no_first_token_is_faster_than_its_operations_or_its_bytes(on, prompt, batch):
    spec, seconds = on.model, prefill_seconds(on, prompt, batch=batch)
    layers = multiplied(spec) - spec.vocab_size * spec.d_model
    peak, bandwidth = on.chip.peak(on.arithmetic), on.chip.hbm_bytes_per_s
    assert seconds * SLACK >= 2 * batch * prompt * layers / (on.chips * peak)
    moved = read(spec) * on.bytes_per_param
    kept = sum(each * n for each, n in kept_by_layer(spec, prompt))
    moved += batch * (kept * on.bytes_per_value + state_bytes(spec))
    assert seconds * SLACK >= moved / (on.chips * bandwidth)
    causal, square = (prefill_flops(spec, prompt, causal=c) for c in (True, False))
    assert causal <= square
    width = 2 * spec.d_head if not spec.kv_lora_rank else spec.d_head + spec.d_head_v
    attending, most = len(kept_by_layer(spec, prompt)), spec.index_top_tokens
    pairs = sum(min(i, most) for i in range(1, prompt + 1)) if most else prompt**2
    full = 2 * attending * spec.n_heads * width * pairs + prompt * beside_attention(spec, prompt)
    assert square == pytest.approx(full + 2 * (layers * prompt + multiplied(spec) - layers))


@same
@given(on=deployments(), length=prompts, batch=batches, bandwidth=shares, compute=shares)
def test_losses_only_slow_down(on, length, *, batch, bandwidth, compute):
    ideal = replace(on, bandwidth_efficiency=1.0, compute_efficiency=1.0)
    lossy = replace(on, bandwidth_efficiency=bandwidth, compute_efficiency=compute)
    even = replace(on, bandwidth_efficiency=bandwidth, compute_efficiency=bandwidth)
    for seconds in (decode_seconds, prefill_seconds):
        floor = seconds(ideal, length, batch=batch)
        assert floor <= seconds(lossy, length, batch=batch) * SLACK
        assert seconds(lossy, length, batch=batch) <= floor / min(bandwidth, compute) * SLACK
        assert seconds(even, length, batch=batch) == pytest.approx(floor / bandwidth)


@same
@given(deployments(), tokens, batches)
def test_more_chips_are_never_slower(on, context, batch):
    before = None
    for chips in tensor_parallel_sizes(on.model):
        wider = replace(on, chips=chips)
        now = decode_seconds(wider, context, batch=batch), prefill_seconds(wider, context)
        assert before is None or all(a <= b * SLACK for a, b in zip(now, before, strict=True))
        before = now


@same
@given(on=deployments(), prompt=st.integers(1, 400), output=st.integers(1, 12), batch=small)
def test_a_request_is_its_prefill_and_its_steps(on, prompt, *, output, batch):
    def request(prompt=prompt, output=output):
        return request_seconds(on, Workload(prompt, output, batch))

    first = prefill_seconds(on, prompt, batch=batch)
    slowest = decode_seconds(on, prompt + output, batch=batch)
    fastest = decode_seconds(on, prompt, batch=batch)
    assert request(output=1) == first
    assert first + (output - 1) * fastest <= request() * SLACK
    assert request() <= (first + (output - 1) * slowest) * SLACK
    assert request() < request(output=output + 1)
    assert request() <= request(prompt=prompt + 1) * SLACK
