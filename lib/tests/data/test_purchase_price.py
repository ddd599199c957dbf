"""Purchase prices: plausible, and of chips that the book knows."""

from datetime import date

import pytest

from tokenworks.data.price_age import first_day
from tokenworks.data.purchase_price import purchase, purchases
from tokenworks.specs import chip


@pytest.mark.parametrize("row", purchases(), ids=lambda row: row.name)
def test_a_price_is_in_its_range_and_of_a_known_chip(row):
    assert (row.usd_low or row.usd) <= row.usd <= (row.usd_high or row.usd)
    assert 500 <= row.usd <= 100_000
    assert row.market in ("manufacturer", "street")
    assert (row.kind, bool(row.provider), bool(row.region)) == ("purchase", True, True)
    assert row.term in ("new", "used")
    assert first_day(row.day) <= date.fromisoformat(row.accessed)
    assert row.day >= str(chip(row.name).year)


def test_lookup_is_by_chip():
    assert purchase("rtx-4090").usd == 1599
