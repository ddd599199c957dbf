"""A chip: the rates it has, and the figure of its memory that plans and comparisons take."""

from dataclasses import replace

import pytest

from tokenworks.accelerator import comparable_memory, memory_sizes, planned_memory
from tokenworks.specs import chip, chips


def test_a_chip_has_a_rate_for_each_arithmetic_it_knows():
    h100 = chip("h100-sxm")
    assert h100.peak() == h100.bf16_flops_per_s
    assert h100.peak("fp8") == h100.fp8_flops_per_s
    assert h100.peak("int8") == h100.int8_ops_per_s
    with pytest.raises(ValueError, match="no fp4 rate is known for H100 SXM; it has bf16, fp8"):
        h100.peak("fp4")


@pytest.mark.parametrize("on", chips(), ids=lambda on: on.name)
def test_a_plan_takes_what_is_usable_or_says_that_it_is_not_known(on):
    size, basis = planned_memory(on)
    assert basis == ("physical" if on.usable_bytes is None else "usable")
    assert size == getattr(on, f"{basis}_bytes") == on.planned_bytes


def test_what_is_sold_is_never_planned_with():
    bare = replace(chip("h100-sxm"), usable_bytes=None)
    assert planned_memory(bare) == (80 * 2**30, "physical")
    with pytest.raises(ValueError, match="nothing is known of the memory of H100 SXM"):
        planned_memory(replace(bare, physical_bytes=None))


def test_chips_are_compared_on_one_basis():
    known = [chip(name) for name in ("a100-80gb", "tpu-v5e")]
    assert comparable_memory(known) == ("usable", [on.usable_bytes for on in known])
    mixed = [*known, chip("mi325x")]
    assert comparable_memory(mixed) == ("physical", [80 * 2**30, 16 * 2**30, 256 * 2**30])
    unknown = replace(chip("mi325x"), physical_bytes=None)
    with pytest.raises(ValueError, match="no figure is known of the memory of all 2 chips"):
        comparable_memory([chip("a100-80gb"), unknown])


def test_the_sizes_of_a_memory_stand_side_by_side():
    assert memory_sizes(chip("h100-sxm")) == {
        "chip": "H100 SXM",
        "sold as": "80 GB",
        "usable": "79.65 GiB",
        "physical": "80.00 GiB",
        "planned with": "85.5 GB",
    }
    assert memory_sizes(chip("mi355x"))["usable"] == "not known"
    assert memory_sizes(chip("mi355x"))["planned with"] == "309.2 GB"
