"""Shares of the floor against hand arithmetic and a second source."""

import pytest

from tokenworks.cost.floor_shares import decode_share, floor_tokens_per_s, measured_share
from tokenworks.cost.memory import step_weight_bytes
from tokenworks.data import load_levels
from tokenworks.specs import chip, measurements, model_spec

ROWS = {row.name: row for row in measurements()}


def test_two_a100_reach_55_percent_with_the_70b_model():
    row = ROWS["gpt-fast-llama-3-70b-bf16-tp2"]
    assert floor_tokens_per_s(row) == pytest.approx(2 * 2.039e12 / 139.0e9, rel=2e-3)
    assert measured_share(row) == pytest.approx(16.03 / 29.34, rel=2e-3)
    assert decode_share(2, model="llama-3-70b").likely == measured_share(row)


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_nobody_beats_a_floor(row):
    assert 0.2 < measured_share(row) < 0.75


def test_a_model_that_nobody_measured_gets_the_middle_and_the_spread_of_all():
    shares = sorted(
        measured_share(row) for row in ROWS.values() if row.chips == 2 and row.bytes_per_param == 2
    )
    found = decode_share(2, model="qwen3-32b")
    assert (found.low, found.likely, found.high) == (shares[0], shares[1], shares[2])
    assert len(found.rows) == 3


def test_another_server_on_two_other_chips_reached_a_share_within_the_spread():
    alone = load_levels("nim-llama-3.3-70b-fp8-2-h100")[0]
    floor = step_weight_bytes(model_spec("llama-3-70b"), 1) / (2 * chip("h100-sxm").hbm_bytes_per_s)
    found = decode_share(2)
    assert found.low <= floor / alone.tpot_seconds <= found.high


def test_what_nobody_measured_is_refused():
    with pytest.raises(ValueError, match="on 16 chips; measured: 1, 2, 4, 8"):
        decode_share(16)
