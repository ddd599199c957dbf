"""Rings, lines and tori counted by walking them, and the nearest of known shapes."""

from collections import deque
from itertools import product

import pytest

from tokenworks.cost.topology import Axis, Switch, Torus, line, nearest, ring

RATE = 50e9


def neighbours(torus, place):
    """Yield the places next to one, a link each."""
    for i, axis in enumerate(torus.axes):
        for step in (-1, 1):
            at = place[i] + step
            if axis.is_ring:
                at %= axis.devices
            if 0 <= at < axis.devices:
                yield (*place[:i], at, *place[i + 1 :])


def places(torus):
    return list(product(*(range(axis.devices) for axis in torus.axes)))


def farthest(torus, start):
    """Return the steps to the place farthest away, walked breadth first."""
    steps, queue = {start: 0}, deque([start])
    while queue:
        at = queue.popleft()
        for to in neighbours(torus, at):
            if to not in steps:
                steps[to] = steps[at] + 1
                queue.append(to)
    assert len(steps) == torus.devices
    return max(steps.values())


SHAPES = [
    (Axis(1),),
    (Axis(2, wraps=True),),
    (Axis(5, wraps=True),),
    (Axis(8), Axis(2)),
    (Axis(4, wraps=True), Axis(3)),
    (Axis(4, wraps=True),) * 3,
]


@pytest.mark.parametrize("axes", SHAPES)
def test_links_and_hops_are_those_that_walking_finds(axes):
    torus = Torus(axes, RATE)
    assert torus.hops == max(farthest(torus, place) for place in places(torus))
    assert torus.links == min(len(list(neighbours(torus, place))) for place in places(torus))
    assert torus.device_bytes_per_s == torus.links * RATE


def test_a_ring_has_two_ways_round_and_a_line_ends():
    assert (ring(8, RATE).links, ring(8, RATE).hops) == (2, 4)
    assert (line(8, RATE).links, line(8, RATE).hops) == (1, 7)
    assert ring(2, RATE).links == line(2, RATE).links == 1  # one link between two
    assert Torus((Axis(4), Axis(8)), RATE).shape == "4x8"


def test_a_switch_is_one_hop_away():
    assert Switch(8, RATE).hops == 1
    assert Switch(1, RATE).hops == 0


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: ring(8, 0), "link_bytes_per_s must be a finite number above 0"),
        (lambda: Switch(8, 0.0), "device_bytes_per_s must be a finite number above 0"),
        (lambda: Switch(0, RATE), "devices must be a whole number from 1"),
        (lambda: Axis(2.0), "devices must be a whole number"),
        (lambda: Torus((), RATE), "at least one axis"),
        (lambda: ring(8, RATE, hop_seconds=-1e-6), "hop_seconds must be a finite number from 0"),
    ],
)
def test_what_cannot_be_built_is_refused(make, says):
    with pytest.raises(ValueError, match=says):
        make()


def test_the_nearest_shape_has_about_as_many_devices():
    known = ("1x1", "2x2", "2x4", "4x4", "4x8", "8x8", "8x16", "16x16")
    assert nearest("4x3", known) == "4x4"
    assert nearest("8x4", known) == "4x8"
    assert nearest("32x32", known) == "16x16"
    assert nearest("v5e", known) == "2x2"  # "5"
    assert nearest("what", known) == "1x1"
