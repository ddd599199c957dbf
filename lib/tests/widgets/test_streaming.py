"""SIM-00 against hand arithmetic and the cost model."""

import re

import pytest

from tokenworks.cost.checkpoints import engine_plan
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.price_basis import basis
from tokenworks.cost.step_kernels import decode_step, prefill_step
from tokenworks.cost.step_time import request_seconds
from tokenworks.shapes import weight_shapes
from tokenworks.specs import Workload, chip, model_spec, price
from tokenworks.units import quantities
from tokenworks.validate import expected_error
from tokenworks.widgets.streaming import (
    GRID,
    KINDS,
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
def test_the_times_are_the_floor_of_the_request_and_what_its_kernels_take(name, users):
    on = Deployment(model_spec(MODEL), chip(name), tabulated()["setups"][name]["chips"])
    end = counters_at(200, chip=name, users=users)
    floor = request_seconds(on, Workload(7, 200, users))
    assert end["least_seconds"] == pytest.approx(floor, rel=1e-5)
    plan, fitted = engine_plan(on), Constants.fitted()
    middle = decode_step(plan, users, 7 + 100, constants=fitted).expected_seconds
    first = prefill_step(plan, 7, constants=fitted, prompts=users).expected_seconds
    assert end["seconds"] == pytest.approx(first + 199 * middle, rel=1e-4)
    assert end["seconds"] > 1.2 * floor


def test_thirty_one_more_users_cost_little_reading_and_share_the_rent():
    alone, many = (counters_at(200, chip="a100-80gb", users=users) for users in (1, 32))
    assert many["tokens"] == 32 * alone["tokens"]
    assert alone["bytes"] < many["bytes"] < 1.01 * alone["bytes"]
    assert 31 < alone["cents"] / many["cents"] < 32


def test_the_rent_is_the_price_row_for_the_time():
    end = counters_at(200, chip="h100-sxm", users=1)
    hourly = 2 * price("runpod-h100-sxm").usd_per_hour
    assert end["cents"] == pytest.approx(100 * hourly * end["seconds"] / 3600)
    assert end["least_cents"] == pytest.approx(100 * hourly * end["least_seconds"] / 3600)


def test_the_offers_are_of_their_chips_on_one_basis_and_of_one_day():
    rows = [price(offer) for offer in OFFERS.values()]
    assert [row.chip for row in rows] == list(OFFERS)
    assert basis(rows) == "neocloud, on demand"
    assert len({(row.provider, row.day) for row in rows}) == 1


@pytest.mark.parametrize("usd", [0.5, 1.79, 20])
def test_another_rent_costs_in_proportion(usd):
    end = counters_at(200, chip="a100-80gb", users=1, usd_per_hour=usd)
    assert end["cents"] == pytest.approx(100 * 2 * usd * end["seconds"] / 3600)


def test_every_setup_says_the_error_and_a100s_that_they_were_not_scored():
    for name, setup in tabulated()["setups"].items():
        assert re.match(r"half of \d+ measured servers are within \d+ %, nine", setup["error"])
        assert ("none of them had A100 80GB SXM chips" in setup["error"]) == (name == "a100-80gb")


def test_the_pace_of_the_one_setup_that_was_measured_is_within_the_published_tail():
    measured = {name: setup["measured"] for name, setup in tabulated()["setups"].items()}
    assert [name for name, found in measured.items() if found] == ["a100-80gb"]
    rate = measured["a100-80gb"]["rate"]
    assert rate == 16.03
    pace = tokens_per_s(chip="a100-80gb", users=1)
    assert abs(rate / pace - 1) < expected_error(model_spec(MODEL)).p90


def test_the_range_of_what_is_asked_holds_the_offer():
    for name, setup in tabulated()["setups"].items():
        low, high = map(float, setup["asked"])
        assert low <= setup["offer"]["usd_per_hour"] <= high
        assert GRID["usd_per_hour"][0] < low < high < GRID["usd_per_hour"][-1], name


def test_nobody_is_faster_than_the_bandwidth_allows():
    for name, setup in tabulated()["setups"].items():
        most = setup["chips"] * chip(name).hbm_bytes_per_s / matrices_bytes()
        assert 0.97 * most < tokens_per_s("floors", chip=name, users=1) < most
        for kind in KINDS:
            alone, crowd = (tokens_per_s(kind, chip=name, users=n) for n in (1, 32))
            assert crowd < alone
        assert tokens_per_s(chip=name, users=1) < 0.85 * most


def test_text_forms():
    assert cents_text(0) == "0 cents"
    assert cents_text(0.67849) == "0.678 cents"
    assert repr(streaming()) == "Streaming(chip='a100-80gb', users=1, usd_per_hour=1.79)"
    table = streaming().fallback()
    assert "2 × A100 80GB SXM, users: 32" in table
    assert "2 × H100 SXM" in table
    assert {q.literal for q in quantities(table)} >= {"18.7 tokens/s", "29.3 tokens/s", "27.81 TB"}
    assert "nine of ten within" in table
    with pytest.raises(ValueError, match="users = 2 is not recorded; choose from 1, 32"):
        streaming(users=2)
