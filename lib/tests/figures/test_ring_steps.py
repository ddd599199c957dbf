"""A ring's all-reduce adds up, step by step, and its boxes are filled as far as the sums are."""

import re
from itertools import pairwise

import pytest

from tokenworks.cost.all_reduce_ways import all_reduce_way
from tokenworks.figures import ring_all_reduce
from tokenworks.figures.ring_steps import ring_held

WHOLE = re.compile(r'<rect [^>]*height="22" class="f-good"')


@pytest.mark.parametrize("devices", [2, 3, 4, 6])
def test_every_device_ends_with_the_whole_sum_in_the_formulas_steps(devices):
    rows = ring_held(devices)
    everybody = frozenset(range(devices))
    assert len(rows) - 1 == all_reduce_way("ring", 1, devices).steps
    assert all(share == everybody for device in rows[-1].summands for share in device)
    assert all(len(row.arrived) == devices for row in rows[1:])  # one share to each, every step
    half = rows[devices - 1].summands  # after the reduce-scatter
    assert [sum(s == everybody for s in device) for device in half] == [1] * devices
    assert sorted(d.index(everybody) for d in half) == list(range(devices))
    for before, after in pairwise(rows):
        for device, share in after.arrived:
            came = before.summands[device - 1][share]
            assert after.summands[device][share] in (came, came | before.summands[device][share])


@pytest.mark.parametrize("layout", ["wide", "narrow"])
def test_whole_sums_are_full_boxes(layout):
    rows, svg = ring_held(4), getattr(ring_all_reduce(4), layout)
    whole = [
        share for row in rows for device in row.summands for share in device if len(share) == 4
    ]
    assert len(WHOLE.findall(svg)) == len(whole)


def test_what_it_says():
    figure = ring_all_reduce(4)
    assert "Each device sends 6 shares in 6 steps" in figure.alt
    assert {"step 1", "step 6"} <= set(figure.printed)


@pytest.mark.parametrize("devices", [0, 1, 7])
def test_rings_that_cannot_be_drawn_are_refused(devices):
    with pytest.raises(ValueError, match="devices must be a whole number from 2"):
        ring_all_reduce(devices)
