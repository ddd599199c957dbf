"""Cores multiply out to the peak that the table of chips holds."""

import pytest

from tokenworks.data.chip_cores import Cores, cores
from tokenworks.data.rows import load_rows
from tokenworks.specs import chip


@pytest.mark.parametrize("row", load_rows(Cores, "cores.csv").values(), ids=lambda row: row.name)
def test_units_times_clock_is_the_published_peak(row):
    assert row.bf16_flops_per_s == pytest.approx(chip(row.name).bf16_flops_per_s, rel=0.01)


def test_the_rtx_6000_adas_91_teraflops_are_its_lanes():
    ada = cores("rtx-6000-ada")
    assert ada.vector_lanes
    assert ada.clock_hz
    assert ada.vector_lanes * 2 * ada.clock_hz == pytest.approx(91.1e12, rel=0.001)
    assert ada.bf16_flops_per_s == pytest.approx(4 * 91.1e12, rel=0.001)
