"""Rents are compared on one basis; what a dollar buys, by hand."""

from dataclasses import replace

import pytest

from tokenworks.cost.price_basis import advantage, basis, offers, per_usd
from tokenworks.specs import price

H100, V5E = "h100-sxm", "tpu-v5e"
TPU, GPU = price("google-tpu-v5e"), price("google-h100-sxm")
RATE = "bf16_flops_per_s"


def test_in_one_cloud_a_dollar_buys_more_arithmetic_on_the_tpu():
    assert per_usd(197e12, 1.20) / 1e18 == pytest.approx(0.591)
    assert per_usd(989.4e12, 88.49 / 8) / 1e18 == pytest.approx(0.322, abs=5e-4)
    found = advantage([TPU], [GPU], RATE)
    assert found.low == found.high == pytest.approx(0.591 / 0.322, rel=2e-3)
    assert found.basis == "hyperscaler, on demand"


def test_at_all_large_clouds_the_range_is_printed_and_still_one_sided():
    found = advantage([TPU], offers(of_chip=H100, market="hyperscaler"), RATE)
    assert found.low == pytest.approx(0.591 / (989.4e12 * 3600 / 6.88 / 1e18))  # AWS
    assert found.high == pytest.approx(0.591 / (989.4e12 * 3600 / 12.29 / 1e18))  # Azure
    assert found.low > 1


def test_two_markets_are_not_mixed_without_a_word():
    neoclouds = offers(of_chip=H100, market="neocloud")
    complaint = r'no common market: hyperscaler and neocloud; .* or say across=\("market",\)'
    with pytest.raises(ValueError, match=complaint):
        advantage([TPU], neoclouds, RATE)
    meant = advantage([TPU], neoclouds, RATE, across=("market",))
    assert meant.basis == "hyperscaler and neocloud, on demand"
    assert meant.high < 1.05  # the ranking of before: not of chips, of markets


@pytest.mark.parametrize(
    ("change", "word"),
    [({"kind": "spot"}, "kind"), ({"kind": "reserved", "term": "1 year"}, "kind")],
)
def test_spot_is_not_compared_with_on_demand(change, word):
    with pytest.raises(ValueError, match=f"no common {word}"):
        basis([GPU, replace(GPU, **change)])


def test_terms_are_not_mixed():
    year = replace(GPU, kind="reserved", term="1 year")
    assert basis([year]) == "hyperscaler, reserved, 1 year"
    with pytest.raises(ValueError, match="no common term: 1 year and 3 years"):
        basis([year, replace(year, term="3 years")])


def test_a_winner_that_changes_with_the_price_has_a_range_on_both_sides():
    dear, cheap = replace(GPU, usd_per_hour=12.0), replace(GPU, usd_per_hour=3.0)
    found = advantage([TPU], [dear, cheap], RATE)
    assert found.low < 1 < found.high


def test_offers_are_found_cheapest_first():
    found = offers(of_chip=H100, market="neocloud")
    assert [row.usd_per_hour for row in found] == sorted(row.usd_per_hour for row in found)
    assert {row.market for row in found} == {"neocloud"}
    assert {row.kind for row in offers(of_chip=H100)} == {"on demand"}
    assert {"spot", "on demand"} == {row.kind for row in offers(of_chip=H100, kind=None)}
    assert {row.provider for row in offers(provider="AWS")} == {"AWS"}


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ({"of_chip": "h100"}, "no price has the chip 'h100'; known: a100-80gb"),
        ({"market": "cloud"}, "no price has the market 'cloud'; known: hyperscaler, neocloud"),
        ({"kind": "hourly"}, "no price has the kind 'hourly'; known: on demand, spot"),
        ({"of_chip": "gb200", "market": "marketplace"}, "no price for gb200, marketplace"),
    ],
)
def test_what_nobody_offers_is_said(asked, complaint):
    with pytest.raises(ValueError, match=complaint):
        offers(**asked)
