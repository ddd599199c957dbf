"""A measured rate beside its floor and the expected rate, against hand arithmetic."""

import pytest

from tokenworks.cost.floor_shares import (
    FORMATS,
    expected_tokens_per_s,
    floor_tokens_per_s,
    measured_share,
)
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.kernels import KERNEL_FORMATS
from tokenworks.cost.memory import step_weight_bytes
from tokenworks.specs import chip, measurements, model_spec
from tokenworks.validate import errors

ROWS = {row.name: row for row in measurements()}
FITTED = Constants.fitted()


def test_two_a100_reach_55_percent_with_the_70b_model():
    row = ROWS["gpt-fast-llama-3-70b-bf16-tp2"]
    assert floor_tokens_per_s(row) == pytest.approx(2 * 2.039e12 / 139.0e9, rel=2e-3)
    assert measured_share(row) == pytest.approx(16.03 / 29.34, rel=2e-3)


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_nobody_beats_a_floor_and_nobody_is_expected_to(row):
    assert 0.2 < measured_share(row) < 0.75
    assert expected_tokens_per_s(row, constants=FITTED) < floor_tokens_per_s(row)


def test_the_expected_rate_is_that_of_the_matrices_as_timed_and_of_little_else():
    """One chip, no messages: the matrices at their share of the bandwidth, and launches."""
    row = ROWS["gpt-fast-llama-2-7b-bf16"]
    fit = FITTED.find("gemm", chip(row.chip), "bfloat16", libraries=("vllm", "trtllm"))
    read = step_weight_bytes(model_spec(row.model), KERNEL_FORMATS["bfloat16"].weight_bytes)
    matrices = read / (chip(row.chip).hbm_bytes_per_s * fit.bandwidth_share)
    rate = expected_tokens_per_s(row, constants=FITTED)
    assert 0.75 / matrices < rate < 1 / matrices


def test_what_was_measured_on_a100s_checks_the_model_where_no_server_was_scored():
    """No served row is of an A100: these rows are all that stands for its error."""
    ratios = {
        name: row.tokens_per_s / expected_tokens_per_s(row, constants=FITTED)
        for name, row in ROWS.items()
    }
    found = errors(ratios.values())
    assert {row.chip for row in ROWS.values()} == {"a100-80gb"}
    assert found.rows == 11
    assert found.median < 0.15
    assert max(ratios, key=lambda name: abs(ratios[name] - 1)).endswith("405b-int8-tp8")
    assert ratios["gpt-fast-llama-3-70b-bf16-tp2"] == pytest.approx(0.856, abs=0.005)


def test_every_row_has_a_format():
    assert {row.bytes_per_param for row in ROWS.values()} == set(FORMATS)
