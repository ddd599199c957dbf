"""Prices on the page of facts: their days, and their ages on the day of reading."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tokenworks.data import age_days, cache_prices, purchases, token_prices
from tokenworks.specs import prices

pytestmark = pytest.mark.browser
DAYS = "[...document.querySelectorAll('[data-day]')].map((e) => [e.dataset.day, e.textContent])"
READ = datetime(2026, 11, 29, 12, tzinfo=UTC)


def test_each_price_stands_with_its_day_and_how_old_that_is(chromium: Any, address: str):
    context = chromium.new_context()
    tab = context.new_page()
    tab.clock.install(time=READ)
    tab.goto(f"{address}/book/facts.html")
    rows = [*prices(), *token_prices(), *cache_prices(), *purchases()]
    ages = [f"{row.day}, {age_days(row, READ.date())} days old" for row in rows]
    assert tab.evaluate(DAYS) == [[row.day, age] for row, age in zip(rows, ages, strict=True)]
    context.close()


def test_without_scripts_the_day_stands_alone(chromium: Any, address: str):
    context = chromium.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{address}/book/facts.html")
    assert tab.locator("[data-day]").first.text_content() == prices()[0].day
    context.close()


def test_no_other_page_loads_the_script_of_ages(chromium: Any, address: str):
    context = chromium.new_context()
    tab = context.new_page()
    for name, times in (("book/facts", 1), ("book/glossary", 0)):
        tab.goto(f"{address}/{name}.html")
        assert tab.locator("script[src*='ages.js']").count() == times
    context.close()
