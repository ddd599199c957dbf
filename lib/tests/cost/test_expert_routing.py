"""Experts touched and tokens dropped: closed forms against drawn routing, and the edges."""

import pytest

from tokenworks.cost.expert_routing import (
    capacity,
    device_loads,
    dropped_share,
    expected_experts,
    expert_shares,
    imbalance,
    loads,
    route,
    routed_weight_bytes,
)
from tokenworks.cost.kernels import experts_touched
from tokenworks.cost.memory import step_weight_bytes
from tokenworks.cost.parameters import read_parameter_count
from tokenworks.specs import model_spec

DEEPSEEK = model_spec("deepseek-v3")
SKEWS = [0.0, 0.5, 1.0, 1.2, 3.0]


@pytest.mark.parametrize("skew", SKEWS)
@pytest.mark.parametrize(("experts", "active"), [(256, 8), (8, 2), (4, 4), (128, 1)])
def test_shares_are_a_law_of_that_many_choices(experts, active, skew):
    shares = expert_shares(experts, active, skew=skew)
    assert len(shares) == experts
    assert sum(shares) == pytest.approx(active)
    assert all(0 <= share <= 1 + 1e-12 for share in shares)
    assert list(shares) == sorted(shares, reverse=True)
    capped = sum(share == 1 for share in shares)
    for rank in range(capped + 1, experts):  # below the cap it is Zipf's law
        assert shares[rank] / shares[rank - 1] == pytest.approx((rank / (rank + 1)) ** skew)


def test_even_shares_are_the_known_formula():
    even = expert_shares(256, 8)
    for tokens in (1, 2, 8, 32, 128, 1024):
        assert expected_experts(even, tokens) == pytest.approx(experts_touched(256, 8, tokens))
    assert expected_experts(even, 1) == pytest.approx(8)
    assert expected_experts(even, 10_000) == pytest.approx(256)
    assert expected_experts(even, 0) == 0.0


def test_skew_touches_fewer():
    touched = [expected_experts(expert_shares(256, 8, skew=s), 32) for s in SKEWS]
    assert touched == sorted(touched, reverse=True)
    assert touched[0] == pytest.approx(163.3, abs=0.1)


@pytest.mark.parametrize("skew", [0.0, 1.0, 1.2])
def test_drawn_routing_has_these_shares_and_touches_that_many(skew):
    shares, tokens, draws = expert_shares(32, 4, skew=skew), 24, 400
    counts, distinct = [0] * 32, []
    for seed in range(draws):
        choices = route(tokens, shares, seed=seed)
        assert all(len(set(taken)) == 4 for taken in choices)
        counts = [a + b for a, b in zip(counts, loads(choices, 32), strict=True)]
        distinct.append(len({expert for taken in choices for expert in taken}))
    for count, share in zip(counts, shares, strict=True):
        expected = share * tokens * draws
        assert abs(count - expected) <= 5 * max(1.0, expected * (1 - share)) ** 0.5
    assert sum(distinct) / draws == pytest.approx(expected_experts(shares, tokens), rel=0.01)


def test_a_seed_is_a_draw():
    shares = expert_shares(16, 2, skew=1.0)
    assert route(50, shares, seed=3) == route(50, shares, seed=3) != route(50, shares, seed=4)


def test_weight_bytes_of_a_step():
    for batch in (1, 8, 64):
        even = routed_weight_bytes(DEEPSEEK, 1, batch)
        assert even == pytest.approx(step_weight_bytes(DEEPSEEK, 1, batch))
        assert routed_weight_bytes(DEEPSEEK, 1, batch, skew=1.0) <= even + 1
    assert routed_weight_bytes(DEEPSEEK, 1, 1) == pytest.approx(read_parameter_count(DEEPSEEK))
    assert routed_weight_bytes(DEEPSEEK, 1, 100_000) == pytest.approx(
        step_weight_bytes(DEEPSEEK, 1, 100_000)
    )


def test_capacity_and_what_is_dropped_by_hand():
    assert capacity(1024, 256, 8, factor=1.0) == 32
    assert capacity(10, 4, 1, factor=1.25) == 4  # 3.125, rounded up
    assert capacity(8, 8, 1, factor=1.0) == 1
    assert dropped_share([5, 3, 0, 0], 2) == pytest.approx(4 / 8)
    assert dropped_share([5, 3], 5) == 0.0
    assert imbalance([5, 3, 0, 0]) == 2.5


def test_skew_drops_and_even_routing_seldom_does():
    def dropped(skew, factor):
        counts = loads(route(1024, expert_shares(64, 4, skew=skew), seed=1), 64)
        return dropped_share(counts, capacity(1024, 64, 4, factor=factor))

    assert dropped(0.0, 1.25) < 0.01
    assert dropped(1.0, 1.25) > 0.3
    assert dropped(1.0, 4.0) < dropped(1.0, 2.0) < dropped(1.0, 1.25)


def test_experts_dealt_out_even_the_devices_out():
    counts = loads(route(1024, expert_shares(64, 4, skew=1.0), seed=1), 64)
    devices = device_loads(counts, 8)
    assert sum(devices) == sum(counts) == 4096
    assert imbalance(devices) < imbalance(counts)
    assert imbalance(devices) < imbalance([sum(counts[8 * i : 8 * i + 8]) for i in range(8)])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: expert_shares(8, 9), "a token goes to 9 of 8 experts"),
        (lambda: expert_shares(8, 2, skew=-1), "skew must be a finite number at least 0"),
        (lambda: routed_weight_bytes(model_spec("llama-3-8b"), 1), "has no experts"),
        (lambda: device_loads([1, 2, 3], 2), "2 devices do not divide 3 experts"),
        (lambda: dropped_share([0, 0], 1), "nothing was routed"),
        (lambda: capacity(8, 8, 1, factor=0), "factor must be a finite number greater than 0"),
        (lambda: route(0, (0.5, 0.5), seed=1), "tokens must be a whole number greater than 0"),
    ],
)
def test_what_cannot_be_is_refused(call, says):
    with pytest.raises(ValueError, match=says):
        call()
