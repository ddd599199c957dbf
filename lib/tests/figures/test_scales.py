import pytest

from tokenworks.figures.scales import Scale, round_step, scale_of


@pytest.mark.parametrize(
    ("scale", "value", "share"),
    [
        (Scale(0, 10), 2.5, 0.25),
        (Scale(1, 100, "log"), 10, 0.5),
        (Scale(1, 100, "log"), 100, 1),
        (Scale(-1, 1), 0, 0.5),
    ],
)
def test_a_share_of_the_way(scale, value, share):
    assert scale.share(value) == pytest.approx(share)


@pytest.mark.parametrize(
    ("scale", "room", "ticks"),
    [
        (Scale(0, 12), 6, [0, 2, 4, 6, 8, 10, 12]),
        (Scale(0, 12), 3, [0, 5, 10]),
        (Scale(3, 12), 3, [5, 10]),
        (Scale(0.9, 1100, "log"), 8, [1, 10, 100, 1000]),
        (Scale(0.9, 1100, "log"), 2, [1, 100]),
        (Scale(12, 70, "log"), 8, [20, 50]),
    ],
)
def test_ticks_are_round_and_as_many_as_fit(scale, room, ticks):
    assert scale.ticks(room) == pytest.approx(ticks)


def test_ticks_count_in_a_unit():
    assert Scale(0, 0.03).ticks(3, unit=1e-3) == pytest.approx([0, 0.01, 0.02, 0.03])
    assert Scale(5e11, 2e14, "log").ticks(8, unit=1e12) == pytest.approx([1e12, 1e13, 1e14])


@pytest.mark.parametrize(("low", "high", "kind"), [(0, 10, "log"), (5, 5, "linear"), (2, 1, "log")])
def test_no_such_scale(low, high, kind):
    with pytest.raises(ValueError, match=f"no {kind} scale goes from {low} to {high}"):
        Scale(low, high, kind)


def test_a_scale_holds_its_values_and_a_linear_one_begins_at_0():
    log, linear = scale_of([3, 1000], "log"), scale_of([3, 1000], "linear")
    assert 0 < log.low < 3 < 1000 < log.high < 2000
    assert linear.low == 0
    assert linear.high > 1000
    assert scale_of([-2, 5], "linear").low == -2


@pytest.mark.parametrize(
    ("least", "step"), [(0.3, 0.5), (1, 1), (1.01, 2), (2.2, 5), (26, 50), (0.06, 0.1), (7, 10)]
)
def test_round_steps(least, step):
    assert round_step(least) == pytest.approx(step)
