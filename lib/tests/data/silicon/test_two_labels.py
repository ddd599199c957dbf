"""Runs under two labels: the larger number of GPUs is the smaller one, multiplied by itself."""

from collections import Counter

import pytest

from benchmarks.silicon_rows import repaired
from tokenworks.data.silicon import end_to_end_rows, runs_under_two_labels


def test_a_number_was_written_twice():
    found = Counter((each.first, each.second) for each in runs_under_two_labels())
    told = {
        ((f.tp, f.dp, f.moe_tp, f.moe_ep), (s.tp, s.dp, s.moe_tp, s.moe_ep)): count
        for (f, s), count in found.items()
    }
    assert told == {
        ((64, 1, 8, 8), (8, 1, 1, 8)): 31,
        ((16, 1, 4, 4), (4, 1, 1, 4)): 19,
        ((1, 64, 8, 8), (1, 8, 1, 8)): 5,
        ((1, 16, 4, 4), (1, 4, 1, 4)): 2,
    }
    for each in runs_under_two_labels():
        assert each.first.gpus == each.second.gpus**2
        assert each.ratio == each.second.gpus
        assert each.first.moe_tp == each.first.moe_ep == each.second.gpus


@pytest.mark.parametrize(
    "each", runs_under_two_labels(), ids=lambda each: f"{each.model} {each.tpot_ms}"
)
def test_the_run_stands_in_the_table_of_served_rows_under_the_smaller_number(each):
    rows = [
        row
        for row in end_to_end_rows()
        if (row.model, row.system, row.backend) == (each.model, each.system, each.backend)
        and (row.isl, row.osl, row.concurrency) == (each.isl, each.osl, each.concurrency)
        and row.tpot_seconds == pytest.approx(float(each.tpot_ms) / 1e3, rel=1e-4)
        and row.ttft_seconds == pytest.approx(float(each.ttft_ms) / 1e3, rel=1e-4)
    ]
    assert len(rows) >= 2
    assert {row.gpus for row in rows} == {each.second.gpus}
    for degrees in (each.first, each.second):
        assert (rows[0].gpus, rows[0].ep, rows[0].dpa) == repaired(**vars(degrees))
