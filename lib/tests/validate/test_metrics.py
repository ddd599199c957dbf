"""Published results, metric by metric: units, and the errors that the book tells."""

import pytest

from tokenworks.cost.kernel_constants import Constants
from tokenworks.validate.metrics import METRICS, predict_published
from tokenworks.validate.prediction import grouped
from tokenworks.validate.published import published_rows, setting_of

FOUND = predict_published(published_rows(), Constants.fitted())
BY_ID = {one.id: one for one in FOUND}


def test_every_row_has_a_prediction_or_a_reason():
    assert len(FOUND) == 195
    assert all((one.predicted is None) == bool(one.reason) for one in FOUND)
    assert sum(one.predicted is not None for one in FOUND) >= 145


def test_max_throughput_is_met_as_well_as_the_book_says():
    found = grouped(FOUND)["output tok/s total [tok/s] | max throughput"]
    assert found.rows == 45
    assert found.median <= 0.12


@pytest.mark.parametrize(
    ("row", "low", "high"),
    [
        ("M304", 0.95, 1.05),  # one layer's products on an H100
        ("M321", 0.9, 1.1),  # an all-reduce of 16 MB over eight
        ("M115", 0.9, 1.1),  # a first token
        ("M081", 0.9, 1.1),  # decoding on eight A100s
        ("M289", 0.9, 1.15),  # tokens in and out, a GPU
        ("M231", 0.9, 1.1),  # eight requests a second
        ("M126", 0.85, 1.1),
    ],
)
def test_rows_of_each_metric(row, low, high):
    assert low < BY_ID[row].ratio < high


def test_a_rate_for_each_chip_is_the_total_over_the_chips():
    row = next(one for one in published_rows() if one.id == "M096")
    setting, constants = setting_of(row), Constants.fitted()
    per_chip, total, both = (
        METRICS[name](row, setting, constants)
        for name in ("output tok/s per GPU", "output tok/s total", "(in+out) tok/s per GPU")
    )
    assert total == pytest.approx(2 * per_chip)  # on two chips
    assert both == pytest.approx(2 * per_chip)  # prompts as long as answers


def test_a_chip_without_constants_takes_the_card_and_says_so():
    assert "the card's constants" in BY_ID["M001"].note
    assert "the card's constants" in BY_ID["M280"].note
    assert not BY_ID["M126"].note
