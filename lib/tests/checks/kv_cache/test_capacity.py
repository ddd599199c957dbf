from itertools import islice

import pytest

from tokenworks import model_spec
from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.kv_cache.capacity import (
    kv_bytes_on_a_chip,
    largest_batch,
    smallest_slice,
)
from tokenworks.cost.memory import kv_bytes, kv_bytes_per_chip
from tokenworks.units import BINARY

GIB = BINARY["Gi"]


@pytest.mark.parametrize("tp", [1, 2, 8, 16, 64])
def test_a_chips_share_agrees_with_the_cost_model(tp):
    spec = model_spec("llama-3-70b")
    whole = kv_bytes(spec, 4096, bytes_per_value=2)
    share = kv_bytes_per_chip(spec, 4096, bytes_per_value=2, tp=tp)
    assert kv_bytes_on_a_chip(whole, spec.n_kv_heads, tp) == pytest.approx(share)


def test_a_batch_by_hand():
    assert largest_batch(3, 1, GIB, 1, GIB) == 1
    assert largest_batch(3, 2, GIB, 1, GIB) == 3
    assert largest_batch(3, 1, 2 * GIB + 1, 1, GIB) == 0


def test_no_hidden_batch_hangs_on_a_fraction_of_a_byte():
    for hbm, chips, weights, reserved, sequence in islice(
        drawn_cases(largest_batch, "margin"), 200
    ):
        pool = chips * (hbm - reserved) * GIB - weights
        assert pool < 0 or pool % sequence not in (0, sequence - 1)


def test_a_slice_by_hand():
    assert smallest_slice(28, 14, [8, 4, 2]) == 2
    assert smallest_slice(29, 14, [8, 4, 2]) == 4
    assert smallest_slice(113, 14, [8, 4, 2]) == 0
