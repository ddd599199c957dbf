"""Collectives by hand, and against devices that pass their shares on, step by step."""

from collections import Counter
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenworks.cost.chip_links import network, slice_torus
from tokenworks.cost.collectives import (
    all_gather_seconds,
    all_reduce_seconds,
    all_to_all_seconds,
    reduce_scatter_seconds,
    send_seconds,
    sent_bytes,
    two_level_all_reduce_seconds,
)
from tokenworks.cost.topology import Axis, Switch, Torus, line, ring
from tokenworks.data.silicon import CHIP_OF, all_reduce_times
from tokenworks.specs import chip

RATE, SIZE, HOP = 50e9, 8e6, 1e-6


def walked_gather(devices, *, wraps):
    """Pass shares on, a share a link a step, until all have all; return steps and links' loads."""
    has = [{i} for i in range(devices)]
    new = [[{i}, {i}] for i in range(devices)]  # what came last, by the way it goes on
    loads, steps = Counter(), 0
    while any(len(shares) < devices for shares in has):
        steps += 1
        came = [[set(), set()] for _ in range(devices)]
        for i, (way, step) in product(range(devices), ((0, 1), (1, -1))):
            j = i + step
            if not wraps and not 0 <= j < devices:
                continue
            j %= devices
            going = {s for s in new[i][way] if s not in has[j] and s not in came[j][1 - way]}
            loads[i, j] += len(going)
            came[j][way] |= going
        for i in range(devices):
            new[i] = came[i]
            has[i] |= came[i][0] | came[i][1]
    return steps, loads


@pytest.mark.parametrize("devices", [2, 3, 5, 8])
@pytest.mark.parametrize("wraps", [True, False])
def test_an_all_gather_takes_the_steps_and_bytes_that_walking_does(devices, wraps):
    wraps = wraps and devices > 2
    steps, loads = walked_gather(devices, wraps=wraps)
    over = Torus((Axis(devices, wraps=wraps),), RATE, HOP)
    assert steps == over.hops
    shares_in = Counter()
    for (_, j), load in loads.items():
        shares_in[j] += load
    assert set(shares_in.values()) == {devices - 1}
    busiest = max(loads.values())
    taken = all_gather_seconds(SIZE, over) - steps * HOP
    assert taken == pytest.approx(SIZE / devices * (devices - 1) / (2 if wraps else 1) / RATE)
    assert busiest == (-(-(devices - 1) // 2) if wraps else devices - 1)


def crossings(torus):
    """Count who passes each link when everybody sends everybody: axis by axis, the short way."""
    loads = Counter()
    places = list(product(*(range(axis.devices) for axis in torus.axes)))
    for start, end in product(places, places):
        at = list(start)
        for i, axis in enumerate(torus.axes):
            n, apart = axis.devices, (end[i] - at[i]) % axis.devices
            ways = [(1, apart)] if not axis.is_ring else [(1, apart), (-1, n - apart)]
            if not axis.is_ring:
                ways = [(1 if end[i] > at[i] else -1, abs(end[i] - at[i]))]
            short = min(steps for _, steps in ways)
            best = [way for way, steps in ways if steps == short]
            for way in best:  # both ways round, half each, where they are as long
                path = [(at[i] + way * step) % n for step in range(short + 1)]
                for near, far in pairwise(path):
                    loads[tuple(at[:i]), i, near, far, tuple(end[:i]), tuple(at[i + 1 :])] += (
                        1 / len(best)
                    )
            at[i] = end[i]
    links = Counter()
    for (_, i, near, far, done, rest), load in loads.items():
        links[i, near, far, done, rest] += load
    return links


@pytest.mark.parametrize(
    "axes",
    [
        (Axis(2),),
        (Axis(5),),
        (Axis(8),),
        (Axis(4, wraps=True),),
        (Axis(5, wraps=True),),
        (Axis(8, wraps=True),),
        (Axis(2), Axis(4)),
        (Axis(4, wraps=True), Axis(4, wraps=True)),
        (Axis(3), Axis(4, wraps=True)),
    ],
)
def test_an_all_to_all_takes_what_passes_the_busiest_link(axes):
    over = Torus(axes, RATE)
    busiest = max(crossings(over).values())
    assert all_to_all_seconds(SIZE, over) == pytest.approx(busiest * SIZE / over.devices / RATE)


def test_what_each_device_sends():
    assert sent_bytes("all-reduce", 1e6, 4) == pytest.approx(1.5e6)
    assert sent_bytes("all-gather", 1e6, 4) == sent_bytes("reduce-scatter", 1e6, 4) == 0.75e6
    assert sent_bytes("all-to-all", 1e6, 8) == 0.875e6
    assert sent_bytes("send", 1e6, 2) == 1e6
    for collective in ("all-reduce", "all-gather", "reduce-scatter", "all-to-all"):
        assert sent_bytes(collective, 1e6, 1) == 0.0


def test_the_scaling_books_ring():
    """T = V / W both ways for an all-gather, twice that to reduce, a quarter for an all-to-all."""
    over, both_ways = ring(1024, 45e9), 90e9
    assert all_gather_seconds(34e6, over) == pytest.approx(34e6 / both_ways, rel=2e-3)
    assert all_reduce_seconds(34e6, over) == pytest.approx(2 * 34e6 / both_ways, rel=2e-3)
    local = SIZE / 16  # that page counts the array of all devices together
    over = ring(16, 45e9)
    assert all_to_all_seconds(local, over) == pytest.approx(SIZE / 4 / both_ways)


def test_without_wraparound_it_takes_twice_as_long():
    for seconds in (all_gather_seconds, reduce_scatter_seconds, all_reduce_seconds):
        assert seconds(SIZE, line(8, RATE)) == pytest.approx(2 * seconds(SIZE, ring(8, RATE)))
    assert all_to_all_seconds(SIZE, line(8, RATE)) == 2 * all_to_all_seconds(SIZE, ring(8, RATE))


def test_more_axes_carry_more_at_once():
    one, two = ring(16, RATE), Torus((Axis(4, wraps=True),) * 2, RATE)
    assert all_reduce_seconds(SIZE, two) == pytest.approx(all_reduce_seconds(SIZE, one) / 2)
    assert two.hops < one.hops


def test_latency_is_paid_for_each_step():
    still = all_reduce_seconds(0, ring(8, RATE, hop_seconds=HOP))
    assert still == pytest.approx(2 * 4 * HOP)
    assert all_gather_seconds(0, line(8, RATE, hop_seconds=HOP)) == pytest.approx(7 * HOP)
    assert all_reduce_seconds(0, Switch(8, RATE, HOP)) == pytest.approx(2 * HOP)
    assert all_reduce_seconds(0, Switch(8, RATE, HOP, sums=True)) == pytest.approx(HOP)


def test_a_small_all_reduce_of_llama_70b_on_4x4_is_all_latency():
    """Batch 1: 8,192 values of bf16; on a 4x4 without wraparound 12 hops of 1 µs."""
    over = slice_torus(chip("tpu-v5e"), "4x4")
    taken = all_reduce_seconds(8192 * 2, over)
    assert taken == pytest.approx(12e-6 + 2 * 15 / 16 * 16384 / 100e9)
    assert taken < 12.4e-6


@pytest.mark.parametrize("over", [ring(1, RATE), Switch(1, RATE), Switch(1, RATE, sums=True)])
def test_one_device_has_nobody_to_talk_to(over):
    for seconds in (all_gather_seconds, all_reduce_seconds, all_to_all_seconds):
        assert seconds(SIZE, over) == 0.0
    with pytest.raises(ValueError, match="one device has no other to send to"):
        send_seconds(SIZE, over)


def test_sending():
    assert send_seconds(SIZE, ring(8, RATE, hop_seconds=HOP), hops=3) == SIZE / RATE + 3 * HOP
    assert send_seconds(SIZE, network(chip("h100-sxm"), 8)) == SIZE / 450e9


def test_two_servers_send_an_eighth_each_over_the_slow_network():
    inside, between = network(chip("h100-sxm"), 8), Switch(2, 50e9)
    taken = two_level_all_reduce_seconds(SIZE, inside, between)
    assert taken == pytest.approx(2 * SIZE * 7 / 8 / 450e9 + 2 * SIZE / 8 / 2 / 50e9)
    flat = all_reduce_seconds(SIZE, Switch(16, 50e9))
    assert taken < flat


def test_no_timed_all_reduce_beats_its_floor_and_some_beat_the_rings():
    """Eight H100s are faster than any ring over their links can be: their switch adds up."""
    rings = set()
    for row in all_reduce_times():
        on = chip(CHIP_OF[row.system])
        assert row.seconds > all_reduce_seconds(row.bytes, network(on, row.chips))
        if row.seconds < all_reduce_seconds(row.bytes, network(on, row.chips, sums=False)):
            rings.add((on.name, row.chips))
    assert rings == {("h100-sxm", 8), ("h200-sxm", 8)}


@pytest.mark.parametrize("bad", [-1, float("nan"), float("inf"), "8", None])
def test_impossible_sizes_are_refused(bad):
    with pytest.raises(ValueError, match="size_bytes must be a finite number"):
        all_reduce_seconds(bad, ring(8, RATE))
    with pytest.raises(ValueError, match="'gossip' is no collective; known: all-reduce"):
        sent_bytes("gossip", 1e6, 8)
    with pytest.raises(ValueError, match="devices must be a whole number"):
        sent_bytes("all-reduce", 1e6, 0)


TORI = st.lists(st.builds(Axis, st.integers(1, 16), st.booleans()), min_size=1, max_size=3)
TIMES = [all_gather_seconds, reduce_scatter_seconds, all_reduce_seconds, all_to_all_seconds]


@pytest.mark.parametrize("seconds", TIMES)
@given(axes=TORI, size_bytes=st.floats(1, 1e12), hop=st.floats(0, 1e-5))
def test_joined_ends_and_faster_links_never_slow_anything_down(*, seconds, axes, size_bytes, hop):
    open_ends = Torus(tuple(Axis(axis.devices) for axis in axes), RATE, hop)
    joined = Torus(tuple(axes), RATE, hop)
    faster = Torus(tuple(axes), 2 * RATE, hop / 2)
    slack = 1 + 1e-9
    assert seconds(size_bytes, joined) <= slack * seconds(size_bytes, open_ends)
    assert seconds(size_bytes, faster) == pytest.approx(seconds(size_bytes, joined) / 2)
    assert seconds(size_bytes, joined) <= slack * seconds(2 * size_bytes, joined)


@given(devices=st.integers(2, 64), size_bytes=st.floats(1, 1e12))
def test_adding_up_on_the_way_never_loses(devices, size_bytes):
    plain, sums = Switch(devices, RATE), Switch(devices, RATE, sums=True)
    assert all_reduce_seconds(size_bytes, sums) <= all_reduce_seconds(size_bytes, plain) * (
        1 + 1e-9
    )
