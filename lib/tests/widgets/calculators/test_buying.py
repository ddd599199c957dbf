"""One's own chips beside a seller, against the functions of the library."""

import pytest

from tokenworks.cost.buy_or_api import owned_hour
from tokenworks.data.hosted_price import token_price
from tokenworks.data.purchase_price import purchase
from tokenworks.specs import chip
from tokenworks.widgets.calculation import share_text
from tokenworks.widgets.calculators.buying import CALCULATION, PAIRS, at, compared, replica

START = CALCULATION.start


@pytest.mark.parametrize("seller", PAIRS)
@pytest.mark.parametrize("rate", [0.1, 3, 100])
def test_the_cheaper_way_is_named(seller, rate):
    place = START | {"seller": seller, "rate": rate}
    found, both = at(place), compared(place)
    own, api = found.values["own"], found.values["api"]
    if found.verdict == "never":
        assert not both.ever_pays
        assert api <= own
    else:
        assert (found.verdict == "own") == (own < api)
        assert own == 1000 * both.own_usd_per_accepted(rate)
    assert found.floors["own"] <= own


def test_the_seller_by_hand():
    row = token_price("qwen3-8b-fireworks")
    usd = (1000 * row.input_usd_per_million + 250 * row.output_usd_per_million) / 1e6
    assert at(START).values["api"] == pytest.approx(1000 * usd / 0.9)


def test_a_replica_at_its_break_even():
    both = compared(START)
    hour = replica("qwen3-8b-fireworks").usd_per_hour
    assert both.break_even_per_s * 3600 * both.api_usd_per_accepted == pytest.approx(hour)
    assert compared(START | {"how": "bought"}).replica_usd_per_hour < hour


def test_what_is_said_of_the_bought_chip_is_its_row():
    row = purchase("h100-sxm")
    assert f"Bought: a {row.term} H100 ({row.day})," in CALCULATION.note
    assert f"{share_text(compared(START).api_pass_share)} of the seller's" in CALCULATION.note
    hour = owned_hour(
        row.usd,
        years=4,
        chip_watts=chip("h100-sxm").tdp_watts,
        usd_per_kwh=0.1,
        server_share=0.5,
        power_overhead=1.3,
        upkeep_share=0.05,
    )
    place = START | {"how": "bought", "seller": "llama-3.3-70b-groq"}
    assert compared(place).replica_usd_per_hour == pytest.approx(8 * hour.usd)
