"""Measured dispatch above the floor of its network, and below those of slower ones."""

import pytest

from tokenworks.cost.expert_dispatch import dispatch_times
from tokenworks.figures import dispatch_by_devices
from tokenworks.figures.dispatch_lines import floor_line


@pytest.mark.parametrize("kind", ["dispatch", "combine"])
def test_floors_stand_on_their_sides_of_what_was_measured(kind):
    rows = dispatch_times(kind)
    devices = [row.devices for row in rows]
    own, slow = (
        dict(floor_line(kind, port, devices=devices, tokens=128))
        for port in ("infiniband-ndr", "ethernet-25")
    )
    for row in rows:
        assert own[row.devices] < 1e6 * row.seconds
        if row.devices > 8:
            assert slow[row.devices] > 1e6 * row.seconds
            assert slow[row.devices] == pytest.approx(16 * own[row.devices])
    assert own[8] == slow[8]  # nothing leaves the server


def test_the_picture_says_its_ends():
    figure = dispatch_by_devices()
    assert "Measured from 77 to 194 microseconds" in figure.alt
    assert "128 tokens on each GPU, 8 experts a token, 7,168 values" in figure.caption
    assert figure.wide.count("dash") >= 3


def test_another_kind_is_refused():
    with pytest.raises(ValueError, match="'gather' was not timed"):
        dispatch_by_devices("gather")
