"""The memories of a chip: physical, sourced, and larger or slower from step to step."""

from itertools import pairwise

import pytest

from tokenworks.data.chip_memory import charted_chips, level, levels
from tokenworks.specs import chip

ROWS = [row for name in charted_chips() for row in levels(name)]
KINDS = {"vendor", "measured", "derived", "assumption"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_value_says_where_it_is_from(row):
    assert row.name.startswith(f"{row.chip}-")
    assert (row.bytes_per_s is None) == (row.bandwidth_kind == "")
    assert (row.latency_seconds is None) == (row.latency_kind == "")
    assert {row.bandwidth_kind, row.latency_kind} <= KINDS | {""}
    for url in (row.source, row.bandwidth_source, row.latency_source, row.program_source):
        assert url == "" or url.startswith("https://")
    assert (row.program_bytes is None) == (row.program_source == "")
    assert (row.program_bytes or 0) <= row.bytes_each
    if "derived" in (row.bandwidth_kind, row.latency_kind):
        assert row.note


@pytest.mark.parametrize("name", charted_chips())
def test_from_step_to_step_memory_gets_no_smaller_and_no_faster(name):
    for inner, outer in pairwise(levels(name)):
        if not inner.name.endswith("-registers"):
            assert inner.capacity_bytes <= outer.capacity_bytes
        if inner.bytes_per_s and outer.bytes_per_s:
            assert inner.bytes_per_s > outer.bytes_per_s
        if inner.latency_seconds and outer.latency_seconds:
            assert inner.latency_seconds < outer.latency_seconds


@pytest.mark.parametrize("name", charted_chips())
def test_main_memory_is_the_chips(name):
    on = chip(name)
    main = next(row for row in levels(name) if row.name.endswith(("-hbm", "-dram")))
    assert (main.capacity_bytes, main.bytes_per_s) == (on.physical_bytes, on.hbm_bytes_per_s)


def test_the_formulas_of_the_notes():
    clock = 1.98e9
    assert level("h100-sxm-registers").bytes_per_s == pytest.approx(1536 * 132 * clock, rel=1e-5)
    assert level("h100-sxm-l1").bytes_per_s == pytest.approx(128 * 132 * clock, rel=1e-5)
    assert level("h100-sxm-l2").latency_seconds == pytest.approx(291 / clock, rel=1e-3)
    assert level("h100-sxm-host").bytes_per_s == pytest.approx(504e9 / 8, rel=1e-3)
    assert level("h100-sxm-l1").bytes_each == 256 * 1024


def test_registers_are_not_the_smallest_memory():
    """All of them together are as large as all of the L1, and larger on the A100."""
    for name in ("h100-sxm", "a100-80gb"):
        registers, l1 = levels(name)[:2]
        assert registers.capacity_bytes >= l1.capacity_bytes


def test_the_steps_are_not_ten_each():
    speeds = [row.bytes_per_s or 0 for row in levels("h100-sxm")]
    steps = [inner / outer for inner, outer in pairwise(speeds)]
    assert [round(step, 1) for step in steps] == [12.0, 6.1, 1.6, 53.2, 4.3]


def test_reading_takes_size_over_bandwidth_or_is_unknown():
    assert level("h100-sxm-hbm").read_seconds(3.35e12) == 1
    assert level("epyc-9654-l2").read_seconds(1e9) is None


def test_a_chip_without_levels_lists_those_with():
    with pytest.raises(KeyError, match="known: h100-sxm, a100-80gb"):
        levels("b200")


def test_an_unknown_level_is_called_what_it_is():
    with pytest.raises(
        KeyError, match="unknown memory level 'h100-l2'; known, closest first: h100"
    ):
        level("h100-l2")
