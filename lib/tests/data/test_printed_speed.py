"""What is printed agrees with itself: one user's rate is the inverse of the gap between tokens."""

import pytest

from tokenworks.data.printed_speed import printed_speeds

ROWS = printed_speeds()


def test_the_tables_are_whole():
    assert len({row.label for row in ROWS}) == 12
    assert [row.tokens_per_s for row in ROWS if row.way] == [140, 3600, 5400, 7000, 8500]
    assert {row.users for row in ROWS} == {1, 16, 32, 64, None}
    assert all(row.note for row in ROWS if row.users is None)


@pytest.mark.parametrize("row", [row for row in ROWS if row.itl_seconds], ids=lambda row: row.name)
def test_a_gap_is_the_inverse_of_a_rate(row):
    assert row.users == 1
    assert row.tokens_per_s == pytest.approx(1 / row.itl_seconds, rel=0.02)
    assert row.ttft_seconds > row.itl_seconds
