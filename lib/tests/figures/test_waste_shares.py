"""Bars of a memory's use are the means that the library counts."""

import re

import pytest

from figures.memories import ROWS, memories
from tokenworks.figures.waste_shares import waste_bars
from tokenworks.serving.kv_occupancy import occupancy


def test_the_numbers_are_those_of_the_library():
    found = {name: occupancy(m, ROWS, step_seconds=1) for name, m in memories().items()}
    figure = waste_bars(found)
    for name, each in found.items():
        for use, share in each.waste.shares.items():
            assert figure.numbers[f"{name}: {use}"] == share
        assert figure.numbers[f"{name}: at once"] == round(each.running, 1)
    green = [
        float(w) for w in re.findall(r'width="([\d.]+)" height="24" class="f-kv"', figure.wide)
    ]
    shares = [each.waste.shares["used"] for each in found.values()]
    assert green == pytest.approx([698 * share for share in shares], abs=0.1)


def test_nothing_is_no_picture():
    with pytest.raises(ValueError, match="at least one memory"):
        waste_bars({})
