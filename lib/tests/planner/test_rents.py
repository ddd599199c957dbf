import pytest

from tokenworks.planner.rents import prices_for, rent
from tokenworks.specs import chip, price, prices

H100 = chip("h100-sxm")


def test_the_cheapest_on_demand_of_a_cloud():
    found = rent(prices_for(H100), 3)
    asked = [
        row.usd_per_hour
        for row in prices()
        if row.chip == "h100-sxm"
        and row.kind == "on demand"
        and row.market != "marketplace"
        and row.least_chips == 1
    ]
    assert found.usd_per_chip_hour == min(asked)
    assert found.usd_per_hour == 3 * min(asked)
    assert found.offer is not None
    assert found.basis.endswith(found.offer.day)


def test_servers_are_rented_whole():
    found = rent(prices_for(H100, offer="lambda-h100-sxm"), 9)
    row = price("lambda-h100-sxm")
    assert row.least_chips == 8
    assert (found.chips, found.usd_per_hour) == (16, 16 * row.usd_per_hour)


def test_a_market_and_a_price_of_ones_own():
    assert rent(prices_for(H100, market="marketplace"), 1).offer.market == "marketplace"
    own = rent(prices_for(chip("tpu-v7"), usd_per_chip_hour=5), 4)
    assert (own.usd_per_hour, own.offer, own.basis) == (20, None, "your own price")


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"offer": "lambda-a100-80gb"}, "is of a100-80gb, not of h100-sxm"),
        ({"market": "bazaar"}, "'bazaar' is not known; known: hyperscaler"),
        ({"usd_per_chip_hour": 0}, "usd_per_chip_hour"),
        ({"usd_per_chip_hour": 1, "offer": "nope"}, "got usd_per_chip_hour and offer"),
        ({"offer": "lambda-h100-sxm", "market": "neocloud"}, "got offer and market"),
    ],
)
def test_what_is_no_price_is_refused(given, complaint):
    with pytest.raises(ValueError, match=complaint):
        prices_for(H100, **given)


def test_a_chip_without_a_price_says_what_to_give():
    with pytest.raises(ValueError, match=r"no price on demand is known for TPU7x.*--usd-per-chip"):
        prices_for(chip("tpu-v7"))
    with pytest.raises(KeyError, match="no-such"):
        prices_for(H100, offer="no-such")
