import pytest

from tokenworks import model_spec
from tokenworks.checks.kv_cache_capacity import GIB, MAX_BATCH, PER_CHIP, QUESTIONS, SLICE
from tokenworks.checks.question import fresh_cases
from tokenworks.cost.memory import kv_bytes, kv_bytes_per_chip


def test_the_chapters_capacity_questions():
    assert [question.id for question in QUESTIONS] == ["05.5", "05.6", "05.7"]


@pytest.mark.parametrize("tp", [1, 2, 8, 16, 64])
def test_a_chips_share_agrees_with_the_cost_model(tp):
    spec = model_spec("llama-3-70b")
    whole = kv_bytes(spec, 4096, bytes_per_value=2)
    share = kv_bytes_per_chip(spec, 4096, bytes_per_value=2, tp=tp)
    assert PER_CHIP.oracle(whole, spec.n_kv_heads, tp) == pytest.approx(share)


def test_a_batch_by_hand():
    assert MAX_BATCH.oracle(3, 1, GIB, 1, GIB) == 1
    assert MAX_BATCH.oracle(3, 2, GIB, 1, GIB) == 3
    assert MAX_BATCH.oracle(3, 1, 2 * GIB + 1, 1, GIB) == 0


def test_no_hidden_batch_hangs_on_a_fraction_of_a_byte():
    for hbm, chips, weights, reserved, sequence in fresh_cases(MAX_BATCH, "margin", count=200):
        pool = chips * (hbm - reserved) * GIB - weights
        assert pool < 0 or pool % sequence not in (0, sequence - 1)


def test_a_slice_by_hand():
    assert SLICE.oracle(28, 14, [8, 4, 2]) == 2
    assert SLICE.oracle(29, 14, [8, 4, 2]) == 4
    assert SLICE.oracle(113, 14, [8, 4, 2]) == 0
