"""The age of a price, to the day."""

from dataclasses import dataclass
from datetime import date

import pytest

from tokenworks.data.price_age import age_days, first_day, stale


@dataclass(frozen=True)
class Row:
    day: str


@pytest.mark.parametrize(
    ("day", "first"),
    [("2026-10-10", (2026, 10, 10)), ("2026-10", (2026, 10, 1)), ("2026", (2026, 1, 1))],
)
def test_a_day_a_month_and_a_year(day, first):
    assert first_day(day) == date(*first)


@pytest.mark.parametrize("day", ["", "26", "2026-1", "2026-13-01", "October 2026"])
def test_anything_else_is_refused_in_one_line(day):
    with pytest.raises(ValueError, match=r"is no day: write 2026-10-10, 2026-10 or 2026$"):
        first_day(day)


def test_age_and_staleness():
    old, young = Row("2026-04-12"), Row("2026-04-13")
    today = date(2026, 10, 10)
    assert (age_days(old, today), age_days(young, today)) == (181, 180)
    assert stale([young, old], today) == [old]
