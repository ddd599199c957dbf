"""The cost of an accepted result by hand, and that retries alone do not change it."""

import pytest

from tokenworks.widgets.calculators.acceptance import CALCULATION, at

START = CALCULATION.start


def test_two_routes_by_hand():
    assert at(START).values["accepted"] == pytest.approx(0.011 / 0.58)
    other = at(START | {"attempt": 0.0145, "passed": 0.85})
    assert other.values["accepted"] == pytest.approx(0.0145 / 0.85)
    assert other.verdict == "single"


def test_retries_change_who_is_answered_alone():
    for most in (1, 2, 3, 5):
        found = at(START | {"most": most}).values
        assert found["accepted"] == pytest.approx(0.011 / 0.58)
        assert found["answered"] == pytest.approx(1 - 0.42**most)


def test_giving_up_by_hand():
    found = at(START | {"most": 2, "given_up": 0.5}).values
    usd = 0.011 + 0.42 * 0.011 + 0.42**2 * 0.5
    assert found["request"] == pytest.approx(usd)
    assert found["accepted"] == pytest.approx(usd / (1 - 0.42**2))
    assert found["lost"] == pytest.approx(0.42**2 * 0.5 / usd)
    assert at(START | {"passed": 1}).verdict == "all"
