"""What holds for every model and chip: memory, and what fits into it."""

import itertools
import math
from dataclasses import replace

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from cost.drawn import (
    BEARTYPE,
    PUBLISHED,
    batches,
    deployments,
    headed,
    kept_by_layer,
    same,
    specs,
    state_bytes,
    tokens,
)
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.memory import (
    activation_bytes,
    kept_positions,
    kept_state_bytes,
    kv_bytes,
    kv_bytes_per_chip,
    score_bytes,
    tensor_parallel_sizes,
)
from tokenworks.cost.memory_budget import budget, fit_chips, fit_slice, max_batch, max_context
from tokenworks.cost.parameters import (
    active_parameter_count,
    parameter_count,
    read_parameter_count,
    step_parameter_count,
)
from tokenworks.shapes import layer_window
from tokenworks.specs import chip, model_spec

pytestmark = pytest.mark.filterwarnings(BEARTYPE)
PROMPTS = st.sampled_from([0, 1, 512, 8192])
WIDE = {"window_tokens": None, "global_layer_period": None, "layer_windows": ()}
a_few = st.integers(0, 3)
LLAMA = Deployment(model_spec("llama-3-70b"), chip("h100-sxm"))
TOO_LARGE = Deployment(model_spec("llama-3-405b"), chip("h100-sxm"), fragmentation=0.3)


@same
@given(specs, tokens, st.sampled_from([0.5, 1, 2, 4]))
def test_a_cache_is_what_each_layer_keeps(spec, length, width):
    by_hand = sum(values * tokens for values, tokens in kept_by_layer(spec, length))
    assert kv_bytes(spec, length, bytes_per_value=width) == by_hand * width
    assert kept_state_bytes(spec) == state_bytes(spec)


@same
@given(specs, tokens, tokens)
def test_a_longer_context_never_takes_less(spec, length, more):
    short, long, both = (
        kv_bytes(spec, n, bytes_per_value=2) for n in (length, more, length + more)
    )
    assert max(short, long) <= both <= short + long
    unwindowed = all(layer_window(spec, i) is None for i in range(spec.n_layers))
    assert not unwindowed or both == short + long


@same
@given(deployments(), tokens, batches)
def test_caches_are_linear_in_the_batch(on, length, batch):
    one, all_of_them = (budget(on, context_tokens=length, batch=b).kv_bytes for b in (1, batch))
    assert all_of_them == pytest.approx(batch * one)


@same
@given(headed, tokens)
def test_fewer_kv_heads_take_less(spec, length):
    def taken(heads):
        return kv_bytes(replace(spec, n_kv_heads=heads), length, bytes_per_value=2)

    mha, gqa, mqa = taken(spec.n_heads), taken(spec.n_kv_heads), taken(1)
    assert mqa <= gqa <= mha
    assert gqa == mqa * spec.n_kv_heads
    assert mha == gqa * spec.n_heads / spec.n_kv_heads


@same
@given(specs, tokens)
def test_a_window_never_takes_more(spec, length):
    unwindowed = replace(spec, **WIDE)
    assert kept_positions(spec, length) <= kept_positions(unwindowed, length)
    assert kept_positions(unwindowed, length) == length * len(kept_by_layer(spec, length))
    ends = [layer_window(spec, i) or length for i in range(spec.n_layers)]
    shortest = min(*ends, length)
    assert kept_positions(spec, shortest) == kept_positions(unwindowed, shortest)


@same
@given(specs, tokens)
def test_shards_add_up_to_at_least_the_whole(spec, length):
    whole, before = kv_bytes(spec, length, bytes_per_value=2), math.inf
    for tp in tensor_parallel_sizes(spec):
        one = kv_bytes_per_chip(spec, length, bytes_per_value=2, tp=tp)
        heads = 1 if spec.kv_lora_rank else spec.n_kv_heads
        assert tp * one >= whole * (1 - 1e-12)
        assert one == pytest.approx(whole / min(tp, heads))  # never less than one head
        assert one <= before
        before = one


@same
@given(deployments(), tokens, PROMPTS)
def test_the_largest_batch_fits_and_one_more_does_not(on, length, prompt):
    most = max_batch(on, length, prefill_tokens=prompt)
    request = {"context_tokens": length, "prefill_tokens": prompt}
    assert most == 0 or budget(on, batch=most, **request).free_bytes >= -1e-3
    assert budget(on, batch=most + 1, **request).free_bytes < 1e-3


@same
@given(deployments(), st.sampled_from([1, 2, 7, 300]), PROMPTS)
def test_the_longest_context_fits_and_one_more_token_does_not(on, batch, prompt):
    longest = max_context(on, batch, prefill_tokens=prompt)
    request = {"batch": batch, "prefill_tokens": prompt}
    if longest is None:
        assert budget(on, context_tokens=10**12, **request).fits
        return
    assert longest == 0 or budget(on, context_tokens=longest, **request).free_bytes >= -1e-3
    assert budget(on, context_tokens=longest + 1, **request).free_bytes < 1e-3


@same
@example(on=LLAMA, length=4096, batch=1, prompt=131_072)
@given(on=deployments(), length=tokens, batch=st.sampled_from([1, 8, 500]), prompt=PROMPTS)
def test_the_fewest_chips_hold_it_and_fewer_do_not(on, length, *, batch, prompt):
    request = {"context_tokens": length, "batch": batch, "prefill_tokens": prompt}
    sizes = tensor_parallel_sizes(on.model)
    fits = [n for n in sizes if budget(replace(on, chips=n), **request).fits]
    if not fits:
        with pytest.raises(ValueError, match="does not fit on any number"):
            fit_chips(on, **request)
        return
    assert fits == sizes[-len(fits) :]  # more chips never hold less
    assert fit_chips(on, **request) == fits[0]
    if on.chip.kind != "tpu" or fits[0] <= on.chip.slices[-1]:
        rented = fit_slice(on, **request)
        assert rented >= fits[0]
        assert rented in on.chip.slices or rented % on.chip.slices[-1] == 0


@same
@given(on=deployments(), length=tokens, gigabytes=a_few, tenths=a_few)
def test_more_losses_never_hold_more(on, length, *, gigabytes, tenths):
    lossy = replace(
        on,
        overhead_bytes=on.overhead_bytes + gigabytes * 1e9,
        fragmentation=on.fragmentation + tenths / 10,
    )
    assert max_batch(lossy, length) <= max_batch(on, length)
    longest, before = (max_context(one) for one in (lossy, on))
    assert before is None or (longest is not None and longest <= before)
    assert max_batch(on, length, prefill_tokens=4096) <= max_batch(on, length)


@same
@example(on=TOO_LARGE, length=4096, batch=1, prompt=0)
@given(on=deployments(), length=tokens, batch=batches, prompt=PROMPTS)
def test_a_budget_adds_up(on, length, *, batch, prompt):
    got = budget(on, context_tokens=length, batch=batch, prefill_tokens=prompt)
    parts = [got.weight_bytes, got.kv_bytes, got.activation_bytes, got.overhead_bytes]
    pool = on.chip.planned_bytes - got.weight_bytes - got.activation_bytes - on.overhead_bytes
    assert got.needed_bytes == pytest.approx(sum(parts) + on.fragmentation * max(pool, 0))
    assert got.free_bytes == pytest.approx(got.capacity_bytes - got.needed_bytes, abs=1)
    assert got.weight_bytes * on.chips == pytest.approx(
        parameter_count(on.model) * on.bytes_per_param
    )
    heads = 1 if on.model.kv_lora_rank else on.model.n_kv_heads
    kept = sum(values * tokens for values, tokens in kept_by_layer(on.model, length))
    whole, state = batch * kept * on.bytes_per_value, batch * state_bytes(on.model)
    assert got.kv_bytes == pytest.approx(whole / min(on.chips, heads) + state / on.chips)
    assert got.fits is (got.free_bytes >= 0)


@same
@given(deployments(), tokens)
def test_the_last_byte_decides(on, length):
    free = budget(on, context_tokens=length).free_bytes / (1 - on.fragmentation)
    assume(free > 2)
    for spare, fits in ((2, True), (-2, False)):
        filled = replace(on, overhead_bytes=on.overhead_bytes + free - spare)
        assert budget(filled, context_tokens=length).fits is fits


@same
@given(specs, batches)
def test_a_batch_touches_from_its_own_experts_up_to_all(spec, batch):
    one, more, most = (step_parameter_count(spec, b) for b in (batch, batch + 1, 10**6))
    assert step_parameter_count(spec, 1) == read_parameter_count(spec)
    assert read_parameter_count(spec) <= one <= more <= most * (1 + 1e-12)
    lookup = active_parameter_count(spec) - read_parameter_count(spec)
    assert most == pytest.approx(parameter_count(spec) - lookup)
    assert one <= batch * read_parameter_count(spec)


@pytest.mark.parametrize(("E", "k", "batch"), [(4, 2, 2), (5, 1, 3), (4, 3, 3)])
def test_experts_of_a_batch_by_trying_every_routing(E, k, batch):
    draws = itertools.product(itertools.combinations(range(E), k), repeat=batch)
    distinct = [len(set().union(*draw)) for draw in draws]
    mixtral = next(spec for spec in PUBLISHED if spec.name == "mixtral-8x7b")
    spec = replace(mixtral, n_experts=E, n_experts_active=k)
    one = 3 * spec.d_ff_expert * spec.d_model * spec.n_layers  # an expert, in all layers
    dense = read_parameter_count(spec) - k * one
    mean = sum(distinct) / len(distinct)
    assert step_parameter_count(spec, batch) == pytest.approx(dense + mean * one)


@same
@given(specs, tokens, st.integers(1, 100))
def test_activations_grow_and_flash_never_needs_more(spec, length, more):
    flash, naive = (activation_bytes(spec, length, flash=on) for on in (True, False))
    assert (
        flash
        <= naive
        <= flash
        + 2 * length * (2 * spec.d_model + 4 * spec.n_heads * spec.d_head)
        + score_bytes(spec, length)
    )
    assert naive >= score_bytes(spec, length)
    assert activation_bytes(spec, length + more) > flash
    assert score_bytes(spec, 2 * length) == 4 * score_bytes(spec, length)
    assert flash > 2 * 2 * length * spec.d_model  # the residual stream, and its normed copy


@same
@given(specs)
def test_chip_counts_are_those_over_which_heads_can_be_sharded(spec):
    heads = spec.n_heads if spec.kv_lora_rank else spec.n_kv_heads
    counts = range(1, spec.n_heads + 1)
    even = [n for n in counts if spec.n_heads % n == 0 and max(n, heads) % min(n, heads) == 0]
    keys = spec.linear_key_heads  # 0 % n: no linear layers, no limit
    assert tensor_parallel_sizes(spec) == [n for n in even if keys % n == 0]
    assert {1, spec.n_heads} <= set(even)
