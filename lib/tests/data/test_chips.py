"""Three figures for the memory of each chip: sold, physical, usable; sourced, dated, consistent."""

import re
from dataclasses import replace
from datetime import date

import pytest

from tokenworks.accelerator import Chip
from tokenworks.specs import chip, chips
from tokenworks.units import quantity

GIB = 2**30
FIGURES = {"marketed": "marketed", "physical": "physical_bytes", "usable": "usable_bytes"}


def faults(on: Chip) -> list[str]:
    """Return what the three figures of one chip say against each other."""
    sold, physical = quantity(on.marketed).value, on.physical_bytes or 0
    usable, stacks = on.usable_bytes, on.memory_stacks
    checks = {
        "marketed": re.fullmatch(r"\d+ Gi?B", on.marketed),
        "whole": physical % GIB == 0,  # memory chips hold powers of two
        "sold": sold <= physical <= 1.15 * sold,
        "usable": usable is None or 0.9 * physical <= usable <= physical,
        "stacks": stacks is None or (physical % stacks == 0 and physical // stacks in STACKS),
    }
    return [name for name, good in checks.items() if not good]


STACKS = {size * GIB for size in (8, 16, 24, 36)}


@pytest.mark.parametrize("on", chips(), ids=lambda on: on.name)
def test_the_figures_of_a_chip_agree(on):
    assert faults(on) == []


@pytest.mark.parametrize("on", chips(), ids=lambda on: on.name)
@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_has_a_source_and_a_day_and_one_that_is_unknown_has_neither(on, name):
    known = getattr(on, FIGURES[name])
    source, day = getattr(on, f"{name}_source"), getattr(on, f"{name}_accessed")
    if name == "usable" and known is None:
        assert (source, day) == ("", "")
        return
    assert known
    assert source.startswith("https://")
    assert date(2026, 1, 1) <= date.fromisoformat(day) <= date(2027, 12, 31)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"physical_bytes": 80 * 10**9}, "whole"),  # what is sold, taken for what is there
        ({"marketed": "80"}, "marketed"),
        ({"marketed": "80 TB"}, "marketed"),
        ({"marketed": "64 GB"}, "sold"),
        ({"usable_bytes": 81 * GIB}, "usable"),
        ({"usable_bytes": 40_960 * 2**20}, "usable"),  # of the 40 GB model
        ({"memory_stacks": 6}, "stacks"),
        ({"memory_stacks": 8}, "stacks"),  # of 10 GiB: no such stack is made
    ],
)
def test_figures_that_cannot_be_are_caught(change, fault):
    wrong = replace(chip("a100-80gb"), **change)
    if fault == "marketed" and change["marketed"] == "80":
        with pytest.raises(ValueError, match="is not a number with a unit"):
            faults(wrong)
    else:
        assert fault in faults(wrong)


@pytest.mark.parametrize(
    ("name", "mebibytes"),
    [
        ("a100-80gb", 81_920),
        ("h100-sxm", 81_559),
        ("h200-sxm", 143_771),
        ("b200", 183_359),
        ("gb200", 189_471),
        ("b300", 275_040),
        ("rtx-4090", 24_564),
        ("rtx-5090", 32_607),
        ("tpu-v5e", 15.75 * 1024),
        ("tpu-v4", 30.75 * 1024),
    ],
)
def test_usable_is_what_a_driver_or_a_compiler_prints(name, mebibytes):
    assert chip(name).usable_bytes == mebibytes * 2**20


def test_sold_as_the_same_and_not_the_same():
    """An "80 GB" GPU has 80 GiB, a "16 GB" TPU 16 GiB; a "180 GB" one has 192 GiB."""
    assert [chip(name).physical_bytes for name in ("a100-80gb", "h100-sxm")] == [80 * GIB] * 2
    assert chip("tpu-v5e").physical_bytes == 16 * GIB
    assert chip("b200").physical_bytes == 192 * GIB
