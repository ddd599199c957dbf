"""How old a price is: a row says when it stood, and too old a row holds up a release."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Protocol, TypeVar, runtime_checkable

MOST_DAYS = 180  # a price that is older has to be read again


@runtime_checkable
class Dated(Protocol):
    """A row that says on which day its price stood."""

    @property
    def day(self) -> str:
        """A day, month or year: 2026-10-10, 2026-10 or 2026."""
        ...


Row = TypeVar("Row", bound=Dated)


def first_day(day: str) -> date:
    """Return the day that "2026-10-10", "2026-10" or "2026" names, or begins with.

    Anything else raises ValueError.
    """
    try:
        return date.fromisoformat(day + {4: "-01-01", 7: "-01"}.get(len(day), ""))
    except ValueError:
        raise ValueError(f"{day!r} is no day: write 2026-10-10, 2026-10 or 2026") from None


def age_days(row: Dated, today: date) -> int:
    """Return for how many days a price has stood, as far as its row says."""
    return (today - first_day(row.day)).days


def stale(rows: Iterable[Row], today: date) -> list[Row]:
    """Return the rows that are older than `MOST_DAYS`, in their order."""
    return [row for row in rows if age_days(row, today) > MOST_DAYS]
