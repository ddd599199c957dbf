"""Ways to all-reduce: each adds up right when walked, in its steps, with its bytes."""

import pytest

from tokenworks.cost.all_reduce_ways import (
    WAYS,
    all_reduce_way,
    two_shot_from_bytes,
    way_seconds,
)


def walked(way, devices):
    """Add up one value a share on every device; return steps, shares sent by each, and results."""
    n = devices
    held = [[10**device + share for share in range(n)] for device in range(n)]
    total = [sum(column) for column in zip(*held, strict=True)]
    if way == "one-shot":
        return 1, (n - 1) * n, [list(map(sum, zip(*held, strict=True))) for _ in range(n)], total
    if way == "two-shot":
        sums = [sum(held[device][share] for device in range(n)) for share in range(n)]
        return 2, 2 * (n - 1), [list(sums) for _ in range(n)], total
    sent = 0
    for step in range(n - 1):  # a share of the sum goes round, and grows
        going = [(d, (d - step) % n, held[d][(d - step) % n]) for d in range(n)]
        for device, share, value in going:
            held[(device + 1) % n][share] += value
        sent += 1
    for step in range(n - 1):
        going = [(d, (d + 1 - step) % n, held[d][(d + 1 - step) % n]) for d in range(n)]
        for device, share, value in going:
            held[(device + 1) % n][share] = value
        sent += 1
    return 2 * (n - 1), sent, held, total


@pytest.mark.parametrize("devices", [2, 4, 8])
@pytest.mark.parametrize("way", WAYS[:3])
def test_steps_and_bytes_are_those_of_a_walk_that_adds_up_right(way, devices):
    steps, shares, results, total = walked(way, devices)
    assert all(result == total for result in results)
    found = all_reduce_way(way, 1e6, devices)
    assert found.steps == steps
    assert found.bytes == pytest.approx(shares * 1e6 / devices)


def test_the_switch_takes_the_array_once():
    assert all_reduce_way("in the switch", 1e6, 8) == (1, 1e6)
    assert all(all_reduce_way(way, 1e6, 1) == (0, 0.0) for way in WAYS)


def test_two_steps_pay_from_the_size_where_they_take_the_same():
    rates = {"step_seconds": 5e-6, "bytes_per_s": 150e9}
    edge = two_shot_from_bytes(8, **rates)
    one, two = (way_seconds(way, edge, 8, **rates) for way in ("one-shot", "two-shot"))
    assert one == pytest.approx(two)
    assert way_seconds("one-shot", edge / 2, 8, **rates) < way_seconds(
        "two-shot", edge / 2, 8, **rates
    )
    assert two_shot_from_bytes(4, **rates) > edge  # as vLLM has it: 512 KiB for 4, 256 KiB for 8
    assert two_shot_from_bytes(2, **rates) == float("inf")


def test_an_unknown_way_is_named():
    with pytest.raises(ValueError, match="'tree' is no way to all-reduce; known: one-shot"):
        all_reduce_way("tree", 1e6, 8)
    with pytest.raises(ValueError, match="bytes_per_s must be a finite number greater than 0"):
        way_seconds("ring", 1e6, 8, step_seconds=0, bytes_per_s=0)
