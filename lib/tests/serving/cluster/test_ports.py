"""A port sends one after the other, each for its latency and its bytes over the rate."""

import pytest
from cost.drawn import BEARTYPE
from hypothesis import given
from hypothesis import strategies as st

from tokenworks.cost.chip_links import link
from tokenworks.serving.cluster.ports import Port, link_wire, wire

pytestmark = pytest.mark.filterwarnings(BEARTYPE)


def test_a_transfer_by_hand():
    port = Port(wire(50e9, latency_seconds=2e-6))
    assert port.send(1e9, 1.0) == pytest.approx(1.0 + 2e-6 + 0.02)
    assert port.send(5e8, 1.005) == pytest.approx(1.02 + 0.01 + 2e-6)  # after the first
    assert port.send(5e8, 9.0) == pytest.approx(9.0 + 0.01 + 2e-6)  # at once
    assert (port.moved_bytes, port.transfers) == (2e9, 3)
    assert port.busy_seconds == pytest.approx(0.04)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=9))
def test_the_line_is_lindleys_recursion(rows):
    port, free = Port(wire(4, latency_seconds=0.5)), 0.0
    now = 0.0
    for gap, size in rows:
        now += gap / 8
        free = max(now, free) + size / 4
        assert port.send(float(size), now) == free + 0.5


def test_a_row_of_the_table_is_a_wire():
    row = link("infiniband-hdr")
    line = link_wire("infiniband-hdr")
    assert line.seconds(25e9) == pytest.approx(1 + row.hop_seconds)
    assert link_wire("infiniband-ndr", links=8).seconds(400e9) == pytest.approx(1)
    with pytest.raises(KeyError, match="infiniband-ndr"):
        link_wire("infiniband-nd")
    with pytest.raises(ValueError, match="links must be a whole number from 1, got 0"):
        link_wire("infiniband-ndr", links=0)


@pytest.mark.parametrize(("rate", "latency"), [(0, 0), (-1, 0), (1, -1), (float("inf"), 0)])
def test_impossible_wires_are_refused(rate, latency):
    with pytest.raises(ValueError, match="must be a finite number"):
        wire(rate, latency_seconds=latency)
