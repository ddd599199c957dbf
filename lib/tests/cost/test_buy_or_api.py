"""Buying, renting and paying by the request: by hand, and what holds at every rate."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenworks.cost.buy_or_api import OwnOrApi, owned_hour, paid_back_hours
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.deployment_rent import rent_on_chips
from tokenworks.cost.dollars import listed_usd
from tokenworks.cost.kernel_constants import Constants
from tokenworks.data.purchase_price import purchase
from tokenworks.specs import chip, model_spec

HALF = OwnOrApi(replica_usd_per_hour=3.6, requests_per_s=2.0, api_usd_per_request=0.001)
sides = st.builds(
    OwnOrApi,
    replica_usd_per_hour=st.floats(0.01, 100),
    requests_per_s=st.floats(0.01, 100),
    api_usd_per_request=st.floats(1e-5, 1),
    own_pass_share=st.floats(0.1, 1),
    api_pass_share=st.floats(0.1, 1),
)


def test_an_hour_of_a_bought_chip_by_hand():
    row = purchase("h100-sxm")
    hour = owned_hour(
        row.usd,
        years=4,
        chip_watts=700,
        usd_per_kwh=0.10,
        server_share=0.5,
        power_overhead=1.5,
        upkeep_share=0.05,
    )
    price = 1.5 * row.usd
    assert hour.capital_usd == pytest.approx(price / 35_040)
    assert hour.power_usd == pytest.approx(0.7 * 1.5 * 0.10)
    assert hour.upkeep_usd == pytest.approx(price * 0.05 / 8760)
    assert hour.usd == pytest.approx(hour.capital_usd + hour.running_usd)
    hours = paid_back_hours(price, rent_usd_per_hour=3.99, running_usd_per_hour=hour.running_usd)
    assert price + hours * hour.running_usd == pytest.approx(hours * 3.99)


def test_a_replica_at_half_its_load_by_hand():
    """USD 3.60 an hour is a tenth of a cent a second: one request of that price a second."""
    assert HALF.break_even_per_s == pytest.approx(1)
    assert HALF.break_even_share == pytest.approx(0.5)
    assert HALF.own_usd_per_accepted(1) == pytest.approx(0.001)
    assert HALF.full_usd_per_accepted == pytest.approx(0.0005)
    assert [HALF.cheaper(rate) for rate in (0.9, 1.1, 2.0)] == ["api", "own", "own"]
    assert HALF.replicas(2.0) == 1
    assert HALF.replicas(2.1) == 2  # half of the second one idles, and is paid
    assert HALF.own_usd_per_accepted(2.1) > HALF.own_usd_per_accepted(2.0)


def test_a_gate_that_one_side_passes_less_often():
    worse = replace(HALF, own_pass_share=0.5)
    assert worse.break_even_share == pytest.approx(1)
    assert not worse.ever_pays
    assert replace(HALF, api_pass_share=0.5).break_even_share == pytest.approx(0.25)


@given(sides, st.floats(0.001, 1000))
def test_both_sides_cost_as_much_at_the_break_even(side, rate):
    share = side.break_even_share
    if share <= 1:
        own = side.own_usd_per_accepted(side.break_even_per_s)
        assert own == pytest.approx(side.api_usd_per_accepted)
    if not side.ever_pays:
        assert side.own_usd_per_accepted(rate) >= side.api_usd_per_accepted * (1 - 1e-6)
    assert side.own_usd_per_accepted(rate) >= side.full_usd_per_accepted * (1 - 1e-6)
    if rate < side.break_even_per_s * 0.999:
        assert side.cheaper(rate) == "api"


def test_the_rent_of_chips_beside_a_list_price():
    on = Deployment(model_spec("llama-3-8b"), chip("h100-sxm"))
    rent = rent_on_chips(
        on,
        batch=32,
        prompt_tokens=2000,
        output_tokens=250,
        usd_per_chip_hour=3.99,
        busy_share=1,
        constants=Constants.fitted(),
    )
    price = listed_usd(2000, 250, input_usd_per_million=0.2, output_usd_per_million=0.2)
    side = OwnOrApi(
        replica_usd_per_hour=rent.usd_per_hour,
        requests_per_s=rent.requests_per_s,
        api_usd_per_request=price,
    )
    token_by_token = listed_usd(
        2000,
        250,
        input_usd_per_million=rent.input_usd_per_million,
        output_usd_per_million=rent.output_usd_per_million,
    )
    assert side.full_usd_per_accepted == pytest.approx(token_by_token)
    assert side.break_even_share == pytest.approx(token_by_token / price)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="buying never pays"):
        paid_back_hours(10, rent_usd_per_hour=1, running_usd_per_hour=1)
    with pytest.raises(ValueError, match="accepted_per_s"):
        HALF.own_usd_per_accepted(0)
    with pytest.raises(ValueError, match="own_pass_share"):
        replace(HALF, own_pass_share=0)
    with pytest.raises(ValueError, match="years"):
        owned_hour(1, years=0, chip_watts=1, usd_per_kwh=1)
