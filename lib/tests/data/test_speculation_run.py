"""Published speed-ups: each follows from the rates of its source, and names a chip that we have."""

import re
from dataclasses import replace

import pytest

from tokenworks import chip
from tokenworks.data.speculation_run import speculation_runs

ROWS = {row.name: row for row in speculation_runs()}


@pytest.mark.parametrize("name", [n for n, row in ROWS.items() if " tokens/s" in row.note])
def test_a_speedup_is_the_quotient_of_the_rates_that_its_source_prints(name):
    row = ROWS[name]
    plain, speculative = map(float, re.search(r"([\d.]+) to ([\d.]+) tokens/s", row.note).groups())
    assert row.speedup_low == row.speedup_high == pytest.approx(speculative / plain, abs=0.005)


def test_chips_are_those_of_the_table():
    named = [row.chip for row in ROWS.values() if row.chip]
    assert len(named) >= 6
    assert all(chip(name) for name in named)


def test_one_of_them_lost():
    assert [row.name for row in ROWS.values() if row.speedup_high < 1] == ["fastpriors-wide"]


def test_a_row_goes_from_low_to_high():
    row = ROWS["sglang-eagle-2"]
    with pytest.raises(ValueError, match="from low to high"):
        replace(row, speedup_low=2.0)
    with pytest.raises(ValueError, match="users go"):
        replace(row, users_low=2)
