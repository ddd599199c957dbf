"""SIM-00 against hand arithmetic and the cost model."""

import pytest

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.price_basis import basis
from tokenworks.cost.step_time import request_seconds
from tokenworks.shapes import weight_shapes
from tokenworks.specs import Workload, chip, model_spec, price
from tokenworks.units import quantities
from tokenworks.widgets.streaming import (
    GRID,
    MODEL,
    OFFERS,
    cents_text,
    counters_at,
    streaming,
    tabulated,
    tokens_per_s,
)


def matrices_bytes():
    """Count, from the shapes alone, what a token reads in bf16: all matrices but the embedding."""
    shapes = weight_shapes(model_spec(MODEL))
    counts = {name: shape[0] * (shape[1] if shape[1:] else 1) for name, shape in shapes.items()}
    return 2 * (sum(counts.values()) - counts["embed"])


def test_one_poem_reads_the_matrices_for_each_token():
    end = counters_at(200, chip="a100-80gb", users=1)
    caches = sum(2 * 80 * 8 * 128 * 2 * (7 + k) for k in range(200))  # 328 KB for each token
    assert end["bytes"] == pytest.approx(200 * matrices_bytes() + caches, rel=1e-4)
    assert end["tokens"] == 200


@pytest.mark.parametrize("users", GRID["users"])
@pytest.mark.parametrize("name", GRID["chip"])
def test_the_time_is_the_floor_of_the_request(name, users):
    on = Deployment(model_spec(MODEL), chip(name), tabulated()["setups"][name]["chips"])
    want = request_seconds(on, Workload(7, 200, users))
    assert counters_at(200, chip=name, users=users)["seconds"] == pytest.approx(want, rel=1e-5)


def test_thirty_one_more_users_cost_little_reading_and_share_the_rent():
    alone, many = (counters_at(200, chip="a100-80gb", users=users) for users in (1, 32))
    assert many["tokens"] == 32 * alone["tokens"]
    assert alone["bytes"] < many["bytes"] < 1.01 * alone["bytes"]
    assert 31 < alone["cents"] / many["cents"] < 32


def test_the_rent_is_the_price_row_for_the_time():
    end = counters_at(200, chip="h100-sxm", users=1)
    hourly = 2 * price("runpod-h100-sxm").usd_per_hour
    assert end["cents"] == pytest.approx(100 * hourly * end["seconds"] / 3600)


def test_the_offers_are_of_their_chips_on_one_basis_and_of_one_day():
    rows = [price(offer) for offer in OFFERS.values()]
    assert [row.chip for row in rows] == list(OFFERS)
    assert basis(rows) == "neocloud, on demand"
    assert len({(row.provider, row.day) for row in rows}) == 1


@pytest.mark.parametrize("usd", [0.5, 1.79, 20])
def test_another_rent_costs_in_proportion_and_the_expected_more_by_the_measured_share(usd):
    end = counters_at(200, chip="a100-80gb", users=1, usd_per_hour=usd)
    assert end["cents"] == pytest.approx(100 * 2 * usd * end["seconds"] / 3600)
    assert end["expected"] / end["cents"] == pytest.approx(29.34 / 16.03, rel=2e-3)


def test_nobody_measured_many_users():
    assert counters_at(200, chip="a100-80gb", users=32)["expected"] is None
    assert "not measured" in streaming().fallback()


def test_the_range_of_what_is_asked_holds_the_offer():
    for name, setup in tabulated()["setups"].items():
        low, high = map(float, setup["asked"])
        assert low <= setup["offer"]["usd_per_hour"] <= high
        assert GRID["usd_per_hour"][0] < low < high < GRID["usd_per_hour"][-1], name


def test_nobody_is_faster_than_the_bandwidth_allows():
    for name, setup in tabulated()["setups"].items():
        most = setup["chips"] * chip(name).hbm_bytes_per_s / matrices_bytes()
        assert 0.97 * most < tokens_per_s(chip=name, users=1) < most
        assert tokens_per_s(chip=name, users=32) < tokens_per_s(chip=name, users=1)


def test_measured_shares_are_below_their_floor():
    for setup in tabulated()["setups"].values():
        measured = setup["measured"]
        assert 0.3 < measured["low"] <= measured["likely"] <= measured["high"] < 1


def test_text_forms():
    assert cents_text(0) == "0 cents"
    assert cents_text(0.67849) == "0.678 cents"
    assert repr(streaming()) == "Streaming(chip='a100-80gb', users=1, usd_per_hour=1.79)"
    table = streaming().fallback()
    assert "2 × A100 80GB SXM, users: 32" in table
    assert "2 × H100 SXM" in table
    assert {q.literal for q in quantities(table)} >= {"29.3 tokens/s", "27.81 TB"}
    with pytest.raises(ValueError, match="users = 2 is not recorded; choose from 1, 32"):
        streaming(users=2)
