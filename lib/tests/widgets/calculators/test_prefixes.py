"""When caching pays, against the functions of the library and by hand."""

import math

import pytest

from tokenworks.cost.prompt_caching import caching_bill
from tokenworks.data.caching_price import cache_price, cache_prices
from tokenworks.widgets.calculators.prefixes import CALCULATION, CALLS, at

START = CALCULATION.start


def test_the_case_of_the_text_by_hand():
    """60 calls an hour at random, five minutes to live: 1 - e^-5 find it."""
    found = at(START).values
    assert found["uncached"] == pytest.approx(60 * 6000 * 5e-6)
    assert found["hits"] == pytest.approx(1 - math.exp(-5))
    assert found["ratio"] == pytest.approx(0.1 + math.exp(-5) * 1.15)
    assert found["paying"] == 2
    assert found["needed"] == pytest.approx(0.25 / 1.15)


@pytest.mark.parametrize("row", cache_prices(), ids=lambda row: row.name)
def test_it_pays_on_one_side_of_the_rate_that_is_named(row):
    for calls in CALLS:
        found = at(START | {"terms": row.name, "calls": calls})
        if found.verdict == "unsaid":
            assert row.ttl_seconds is None
            continue
        even = found.values["even"]
        assert (found.verdict == "pays") == (calls > even)
        assert found.values["cached"] == pytest.approx(
            found.values["ratio"] * found.values["uncached"]
        )


def test_too_short_a_prefix_is_what_the_library_refuses():
    for row in cache_prices():
        for prefix in CALCULATION.grid["prefix"]:
            found = at(START | {"terms": row.name, "prefix": prefix})
            if found.verdict == "short":
                with pytest.raises(ValueError, match="caches prefixes from"):
                    caching_bill(cache_price(row.name), prefix, 2)
            else:
                caching_bill(cache_price(row.name), prefix, 2)


def test_of_calls_at_random_never_all_find_the_prefix():
    often = START | {"calls": 600}
    assert "over 99\u00a0% of the calls" in CALCULATION.story(often, at(often))
