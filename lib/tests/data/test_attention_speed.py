from itertools import pairwise

import pytest

from tokenworks.data.attention_speed import attention_speeds
from tokenworks.specs import chip

ROWS = attention_speeds()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_no_kernel_beats_the_peak_of_its_chip(row):
    peak = chip(row.chip).peak(row.arithmetic)
    assert row.flops_per_s or row.share_high
    assert (row.flops_per_s or 0) < peak
    assert (row.share_low or 0) < (row.share_high or 1) < 1.01


@pytest.mark.parametrize(
    "row", [r for r in ROWS if r.flops_per_s and r.share_high], ids=lambda row: row.name
)
def test_a_printed_share_is_the_printed_rate_over_our_peak(row):
    share = row.flops_per_s / chip(row.chip).peak(row.arithmetic)
    assert share == pytest.approx(row.share_high, abs=0.008)


def test_versions_are_in_order_and_their_best_grows_on_each_chip():
    assert all(one.year <= two.year for one, two in pairwise(ROWS))
    best = [r.share_high for r in ROWS if r.chip == "h100-sxm" and r.arithmetic == "bf16"]
    assert best == sorted(best)
