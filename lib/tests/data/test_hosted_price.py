"""Prices of tokens: dated, and in an order that sellers keep to."""

from datetime import date

import pytest

from tokenworks.data.hosted_price import token_price, token_prices
from tokenworks.data.price_age import first_day


@pytest.mark.parametrize("row", token_prices(), ids=lambda row: row.name)
def test_a_row_is_dated_placed_and_in_order(row):
    assert len(row.day) == len("2026-10-10")
    assert first_day(row.day) <= date.fromisoformat(row.accessed)
    assert row.market in ("model maker", "host")
    assert row.kind == "on demand"
    assert row.provider
    assert row.region
    assert 0 < row.input_usd_per_million <= row.output_usd_per_million <= 1000
    assert (row.cached_usd_per_million or 0) < row.input_usd_per_million
    assert (row.write_usd_per_million or 1e9) >= row.input_usd_per_million


def test_writing_the_cache_costs_a_quarter_more():
    opus = token_price("claude-opus-5")
    assert opus.write_usd_per_million == pytest.approx(1.25 * opus.input_usd_per_million)
    assert opus.output_ratio == 5
