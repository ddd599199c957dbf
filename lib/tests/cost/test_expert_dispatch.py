"""Tokens to experts and back: bytes by counting, and floors below what was measured."""

import pytest

from tokenworks.cost.chip_links import link
from tokenworks.cost.collectives import sent_bytes
from tokenworks.cost.expert_dispatch import (
    COMBINE_BYTES,
    DISPATCH_BYTES,
    dispatch_bytes,
    dispatch_seconds,
    dispatch_times,
)

NDR = link("infiniband-ndr").bytes_per_s
H800_NVLINK = link("h800-nvlink").bytes_per_s
KINDS = {"dispatch": DISPATCH_BYTES, "combine": COMBINE_BYTES}


def of(row):
    return dispatch_bytes(row.tokens, 8, 7168, bytes_per_value=KINDS[row.kind], devices=row.devices)


def test_bytes_by_counting_every_choice():
    """Sixteen devices in two servers: of 16 places 1 is home, 7 are near, 8 are far."""
    sent = dispatch_bytes(128, 8, 7168, bytes_per_value=2, devices=16)
    one = 128 * 8 * 7168 * 2
    assert sent == (one * 7 / 16, one * 8 / 16)
    assert sent.bytes == pytest.approx(sent_bytes("all-to-all", one, 16))
    assert dispatch_bytes(1, 8, 7168, bytes_per_value=2, devices=1) == (0.0, 0.0)
    assert dispatch_bytes(1, 2, 64, bytes_per_value=2, devices=4).between_bytes == 0.0


@pytest.mark.parametrize("kind", KINDS)
def test_the_measured_times_are_above_their_floors_and_within_a_factor_of_two(kind):
    rows = dispatch_times(kind)
    assert [row.devices for row in rows] == [8, 16, 32, 64, 128, 256]
    for row in rows:
        floor = dispatch_seconds(of(row), inside_bytes_per_s=H800_NVLINK, between_bytes_per_s=NDR)
        assert floor < row.seconds < 2.4 * floor
        if row.devices >= 32:
            assert row.seconds < 1.4 * floor


@pytest.mark.parametrize(
    ("kind", "devices", "printed"), [("dispatch", 8, 98e9), ("combine", 64, 46e9)]
)
def test_the_source_counts_bytes_as_we_do(kind, devices, printed):
    """Its bandwidth times its latency is all choices of all tokens, also those at home."""
    row = next(row for row in dispatch_times(kind) if row.devices == devices)
    assert 128 * 8 * 7168 * KINDS[kind] / row.seconds == pytest.approx(printed, rel=0.02)


def test_slow_ethernet_takes_milliseconds_a_layer():
    row = dispatch_times("dispatch")[1]
    ports = {"inside_bytes_per_s": 450e9, "between_bytes_per_s": link("ethernet-25").bytes_per_s}
    assert dispatch_seconds(of(row), **ports) > 1e-3


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="'gather' was not timed; timed were: dispatch, combine"):
        dispatch_times("gather")
    with pytest.raises(ValueError, match="between_bytes_per_s must be a finite number greater"):
        dispatch_seconds(
            dispatch_bytes(1, 8, 64, bytes_per_value=2, devices=16),
            inside_bytes_per_s=1e9,
            between_bytes_per_s=0,
        )
