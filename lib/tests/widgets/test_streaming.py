"""SIM-00 against hand arithmetic and the cost model."""

import pytest

from tokenworks.cost.deployment import Deployment
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


def test_every_offer_is_of_its_chip_and_says_when_it_was_read():
    for name, offer in OFFERS.items():
        assert price(offer).chip == name
        assert price(offer).provider.startswith("RunPod"), "prices are compared within one provider"
        assert "read on 20" in price(offer).note


def test_nobody_is_faster_than_the_bandwidth_allows():
    for name, setup in tabulated()["setups"].items():
        most = setup["chips"] * chip(name).hbm_bytes_per_s / matrices_bytes()
        assert 0.97 * most < tokens_per_s(chip=name, users=1) < most
        assert tokens_per_s(chip=name, users=32) < tokens_per_s(chip=name, users=1)


def test_measured_shares_are_below_their_floor():
    measured = tabulated()["measured"]
    assert 0.3 < measured["low"] < measured["high"] < 1


def test_text_forms():
    assert cents_text(0) == "0 cents"
    assert cents_text(0.67849) == "0.678 cents"
    assert repr(streaming()) == "Streaming(chip='a100-80gb', users=1)"
    table = streaming().fallback()
    assert "2 × A100 80GB SXM, users: 32" in table
    assert "2 × H100 SXM" in table
    assert {q.literal for q in quantities(table)} >= {"29.3 tokens/s", "27.81 TB"}
    with pytest.raises(ValueError, match="users = 2 is not recorded; choose from 1, 32"):
        streaming(users=2)
