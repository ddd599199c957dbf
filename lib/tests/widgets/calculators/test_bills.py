"""A request's bill by hand."""

import pytest

from tokenworks.cost.accepted_results import accepted_cost, attempt_cost, listed_rates, rent_rates
from tokenworks.data.hosted_price import token_price
from tokenworks.widgets.calculators.bills import CALCULATION, PROMPT_TOKENS, SELLERS, at, rented

START = CALCULATION.start


def test_the_case_of_the_text_by_hand():
    """Each 3,000 new tokens at USD 5 a million, 5,500 found at 0.5, 250 of the answer at 25."""
    found = at(START).values
    assert found["new"] == pytest.approx(15)
    assert found["cached_usd"] == pytest.approx(2.75)
    assert found["answer"] == pytest.approx(6.25)
    assert found["share"] == pytest.approx(1250 / 4800)
    assert found["accepted"] == pytest.approx(24 / 0.9)
    assert found["half"] == pytest.approx(3.125)
    assert found["rest"] == pytest.approx(13.5)
    assert at(START).verdict == "prompt"


@pytest.mark.parametrize("seller", SELLERS)
@pytest.mark.parametrize("call", ["found", "written"])
def test_list_prices(seller, call):
    place = START | {"seller": seller, "call": call, "output": 1000, "passed": 0.5}
    which = {"cached_tokens" if call == "found" else "written_tokens": 5500}
    want = attempt_cost(
        listed_rates(token_price(seller)), prompt_tokens=8500, output_tokens=1000, **which
    )
    found = at(place)
    assert found.values["usd"] == pytest.approx(1000 * want.usd)
    assert found.values["accepted"] == pytest.approx(
        1000 * accepted_cost(want.usd, pass_share=0.5).usd_per_accepted
    )
    assert not found.floors


def test_ones_own_rent_has_a_floor():
    place = START | {"seller": "own"}
    rent = rented(250)
    assert (rent.prompt_tokens, rent.batch) == (PROMPT_TOKENS, 32)
    found = at(place)
    for floor, usd in ((False, found.values["usd"]), (True, found.floors["usd"])):
        want = attempt_cost(
            rent_rates(rent, floor=floor), prompt_tokens=8500, output_tokens=250, cached_tokens=5500
        )
        assert usd == pytest.approx(1000 * want.usd)


def test_a_seller_without_a_price_for_cached_tokens():
    found = at(START | {"seller": "llama-3.3-70b-groq"})
    assert found.verdict == "same"
    assert found.values["rest"] == pytest.approx(0)
