"""The update of one tile, by hand, and who looks at what."""

import numpy as np
import pytest

from tokenworks.cost.attention_call import AttentionCall
from tokenworks.kernels.hbm import Hbm
from tokenworks.kernels.stream import Rows, hidden, streams

ONE = AttentionCall(
    queries=1, keys=4, heads=1, kv_heads=1, d_head=1, bytes_per_value=8, accumulator_bytes=8
)


def test_four_numbers_in_two_tiles():
    """Scores ln 1, ln 2 | ln 4, ln 1 with values 1, 2 | 3, 4: (1 + 4 + 12 + 4) / 8."""
    k, v = np.log([1.0, 2, 4, 1]), np.array([1.0, 2, 3, 4])
    hbm = Hbm(Q=np.ones((1, 1, 1, 1)), K=k.reshape(1, 4, 1, 1), V=v.reshape(1, 4, 1, 1))
    (run,) = streams(hbm, ONE)
    rows, q = run.start(1), run.read("Q", range(1))
    found = []
    for keys in (range(2), range(2, 4)):
        kv = run.read("K", keys), run.read("V", keys)
        step = run.step(q, kv, (range(1), keys, rows))
        assert step.before is rows
        rows = step.after
        found.append((rows.m.item(), rows.l.item(), rows.o.item()))
    assert found[0] == pytest.approx((np.log(2), 1 / 2 + 1, 1 / 2 + 2))
    assert found[1] == pytest.approx((np.log(4), 1.5 / 2 + 1.25, 2.5 / 2 + 3 + 1))
    assert rows.result.item() == pytest.approx(21 / 8)


def test_the_runs_of_a_group():
    shared = AttentionCall(queries=1, keys=1, heads=4, kv_heads=2, d_head=1, batch=2)
    runs = [(run.batch, run.heads, run.kv) for run in streams(Hbm(), shared)]
    pairs = [(range(2), 0), (range(2, 4), 1)]
    assert runs == [(b, heads, kv) for b in range(2) for heads, kv in pairs]
    alone = AttentionCall(queries=1, keys=1, heads=4, kv_heads=2, d_head=1, share_kv=False)
    assert [run.kv for run in streams(Hbm(), alone)] == [0, 0, 1, 1]


def test_a_query_sees_its_past_and_no_key_beyond_the_end():
    call = AttentionCall(queries=2, keys=3, heads=1, kv_heads=1, d_head=1)
    assert hidden(call, range(2), range(4)).tolist() == [
        [False, False, True, True],
        [False, False, False, True],
    ]
    free = AttentionCall(queries=2, keys=3, heads=1, kv_heads=1, d_head=1, causal=False)
    assert hidden(free, range(1, 2), range(4)).tolist() == [[False, False, False, True]]


def test_a_result_is_divided_only_when_it_is_asked_for():
    rows = Rows(np.zeros((1, 1)), np.full((1, 1), 4.0), np.array([[[2.0, 8.0]]]))
    assert rows.result.tolist() == [[[0.5, 2.0]]]
