"""Terms of caching: dated, possible, and in agreement with the prices of tokens."""

from datetime import date

import pytest

from tokenworks.data.caching_price import cache_price, cache_prices
from tokenworks.data.hosted_price import token_prices
from tokenworks.data.price_age import first_day


@pytest.mark.parametrize("row", cache_prices(), ids=lambda row: row.name)
def test_a_row_is_dated_placed_and_possible(row):
    assert first_day(row.day) <= date.fromisoformat(row.accessed)
    assert (row.market, row.kind, row.region) == ("model maker", "on demand", "all")
    assert 0 < row.read_ratio < 1 <= row.write_ratio <= 2
    assert row.ttl_seconds is None or 300 <= row.ttl_seconds <= 86_400
    assert row.least_tokens in (512, 1024, 2048, 4096)
    assert row.answers or row.storage_usd_per_million_hour


def test_three_sellers_and_what_sets_them_apart():
    assert {row.provider for row in cache_prices()} == {"Anthropic", "OpenAI", "Google"}
    assert cache_price("anthropic-1-hour").write_ratio == 2
    assert cache_price("openai-gpt-4o").read_ratio == 0.5
    assert cache_price("google-explicit-pro").storage_ratio == pytest.approx(2.25)
    assert cache_price("google-implicit-pro").storage_ratio == 0


def test_they_agree_with_the_prices_of_tokens():
    listed = {row.name: row for row in token_prices()}
    opus, nano = listed["claude-opus-5"], listed["gpt-5-nano"]
    terms = cache_price("anthropic-5-minutes")
    assert terms.input_usd_per_million == opus.input_usd_per_million
    assert terms.write_ratio * opus.input_usd_per_million == opus.write_usd_per_million
    assert terms.read_ratio * opus.input_usd_per_million == opus.cached_usd_per_million
    old = cache_price("openai-gpt-5")
    assert old.read_ratio * nano.input_usd_per_million == pytest.approx(nano.cached_usd_per_million)


def test_an_unknown_name_lists_the_known():
    with pytest.raises(KeyError, match="anthropic-5-minutes"):
        cache_price("anthropic")
