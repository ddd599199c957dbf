"""Formulas beside numbers by hand; lib/tests/parallel holds compiled programs to them."""

import pytest

from tokenworks.cost.exchanges import Exchange, exchanged_bytes
from tokenworks.cost.parallel_traffic import (
    Layout,
    decode_traffic,
    expert_traffic,
    forward_traffic,
    pipeline_traffic,
    tensor_traffic,
)
from tokenworks.specs import model_spec

LLAMA = model_spec("llama-3-70b")  # 80 layers, 8,192 wide, 64 heads and 8 KV heads of 128


def test_tensor_parallel_sums_each_row_twice_a_layer_and_once_before():
    (summed,) = tensor_traffic(LLAMA, rows=32, devices=8, bytes_per_value=2)
    assert summed == Exchange("all-reduce", 32 * 8192 * 2, 8, 161)
    assert exchanged_bytes([summed]) == 161 * 2 * 7 / 8 * 524_288
    assert tensor_traffic(LLAMA, rows=32, devices=1, bytes_per_value=2) == ()


def test_a_prompt_divided_by_tokens_moves_keys_and_values_once_either_way():
    def moved(keys):
        layout = Layout(context=4)
        return forward_traffic(LLAMA, layout, batch=1, tokens=8192, bytes_per_value=2, keys=keys)

    cache = 80 * 2 * 8192 * 8 * 128 * 2  # of the prompt
    assert moved("gather") == (Exchange("all-gather", cache // 80, 4, 80),)
    assert moved("ring") == (Exchange("send", cache // 80 // 4, 4, 240),)
    assert exchanged_bytes(moved("gather")) == exchanged_bytes(moved("ring")) == 3 / 4 * cache


def test_sequences_alone_need_nothing_and_together_with_tensor_less_each():
    def moved(**axes):
        return forward_traffic(LLAMA, Layout(**axes), batch=4, tokens=16, bytes_per_value=2)

    assert moved(data=4) == ()
    (one,), (two,) = moved(tensor=8), moved(data=2, tensor=8)
    assert one.size_bytes == 2 * two.size_bytes == 4 * 16 * 8192 * 2


def test_past_the_kv_heads_sequence_costs_alike_at_any_context_and_head_dim_grows_with_it():
    def more(kv, cached):
        layout = Layout(tensor=8, context=2)
        found = decode_traffic(LLAMA, layout, batch=16, cached=cached, bytes_per_value=2, kv_cut=kv)
        (summed,) = (e for e in found if e.devices == 16)
        assert (summed.size_bytes, summed.calls) == (16 * 8192 * 2, 161)
        return [e for e in found if e.devices == 2]

    heads = 16 * 8  # sequences, and query heads that share a KV head
    gathered = Exchange("all-gather", heads * 128 * 2, 2, 80)
    assert more("sequence", 8192) == [gathered, Exchange("all-to-all", heads * 130 * 4, 2, 80)]
    assert more("sequence", 100) == more("sequence", 8192)
    assert more("head_dim", 8192) == [Exchange("all-reduce", heads * 8192 * 4, 2, 80)]
    assert more("copies", 8192) == []
    assert exchanged_bytes(more("head_dim", 8192)) > 30 * exchanged_bytes(more("sequence", 8192))


def test_a_pipeline_sends_each_micro_batch_on_at_every_tick():
    layout = Layout(pipeline=4)
    sent = {
        m: pipeline_traffic(LLAMA, layout, batch=8, tokens=128, micro_batches=m, bytes_per_value=2)
        for m in (1, 8)
    }
    assert sent[1] == (Exchange("send", 8 * 128 * 8192 * 2, 4, 4),)
    assert sent[8] == (Exchange("send", 128 * 8192 * 2, 4, 11),)


def test_experts_get_as_many_slots_as_they_have_room_for_there_and_back():
    mixtral = model_spec("mixtral-8x7b")  # 8 experts, 2 active, 4,096 wide
    (moved,) = expert_traffic(mixtral, Layout(expert=8), tokens=512, bytes_per_value=2)
    assert moved == Exchange("all-to-all", 8 * 16 * 4096 * 2, 8, 2)
    (all_fit,) = expert_traffic(
        mixtral, Layout(expert=8), tokens=512, bytes_per_value=2, capacity_factor=4
    )
    assert all_fit.size_bytes == 4 * moved.size_bytes


def test_what_does_not_divide_or_is_not_known_is_refused():
    def decoded(kv_cut="sequence", **axes):
        return decode_traffic(
            LLAMA, Layout(**axes), batch=4, cached=8, bytes_per_value=2, kv_cut=kv_cut
        )

    with pytest.raises(ValueError, match="16 parts cannot share 8 KV heads evenly: take a divisor"):
        decoded(tensor=16)
    with pytest.raises(ValueError, match="3 parts cannot share 4 sequences"):
        decoded(data=3)
    with pytest.raises(ValueError, match="kv_cut='pages': take one of sequence, head_dim, copies"):
        decoded(kv_cut="pages")
    with pytest.raises(ValueError, match="keys='all': take one of gather, ring"):
        forward_traffic(LLAMA, Layout(), batch=1, tokens=8, bytes_per_value=2, keys="all")
    with pytest.raises(ValueError, match="7 parts cannot share 80 layers"):
        pipeline_traffic(
            LLAMA, Layout(pipeline=7), batch=1, tokens=1, micro_batches=1, bytes_per_value=2
        )
    with pytest.raises(ValueError, match="sequences must be a whole number"):
        forward_traffic(LLAMA, Layout(), batch=0, tokens=8, bytes_per_value=2)
    with pytest.raises(ValueError, match="n_experts"):
        expert_traffic(LLAMA, Layout(), tokens=8, bytes_per_value=2)
    with pytest.raises(ValueError, match="tensor must be a whole number"):
        Layout(tensor=0)


def test_a_layout_has_the_devices_of_all_its_axes():
    assert Layout(data=2, pipeline=3, expert=5, context=7, tensor=11).devices == 2310
    assert Layout().devices == 1
