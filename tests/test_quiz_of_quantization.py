"""What the quiz on quantization states, computed by the library."""

from __future__ import annotations

import numpy as np
import pytest

from tokenworks.cost import speeds_over_bf16
from tokenworks.quantization import Grid, round_to_nearest
from tokenworks.units import plain, show
from tokenworks.widgets.kv_planner import FILL, plan_at
from tokenworks.widgets.memory_calculator import memory_calculator
from tokenworks.widgets.quantizer import recorded, shown_at
from tokenworks.widgets.quiz import quizzes

NAMES = [name for name in quizzes() if name.startswith("QUIZ-11")]


def right(name):
    return next(option for option in quizzes()[name]["options"] if option.get("right"))


def starting(name, begins):
    """Return the one option whose text begins so."""
    (found,) = [o for o in quizzes()[name]["options"] if o["text"].startswith(begins)]
    return found


def test_the_bits_of_a_weight_count_what_its_group_shares():
    weights = np.random.default_rng(11).normal(size=(8, 128))
    found = round_to_nearest(weights, Grid(4, 64, zero_point=True))
    assert right("QUIZ-11")["text"] == f"{found.bits_per_weight:.4f}."
    scale_alone = round_to_nearest(weights, Grid(4, 64, symmetric=True)).bits_per_weight
    assert "4 + 16/64, the scale alone" in starting("QUIZ-11", f"{scale_alone:.4f}")["why"]
    assert starting("QUIZ-11", f"{4 + 16 + 4:.4f}")


def test_the_step_of_an_asymmetric_grid_and_what_mistakes_make_of_it():
    group = np.array([[-0.3, 0.1, 0.7, 1.2]])
    grid = Grid(4, zero_point=True, scale_bits=32)
    found = round_to_nearest(group, grid)
    assert right("QUIZ-11-zero")["text"] == f"{found.scales[0, 0]:.4g}."
    assert (
        f"code {round(-found.minimums[0, 0] / found.scales[0, 0])}, the zero point"
        in right("QUIZ-11-zero")["why"]
    )
    symmetric = round_to_nearest(group, Grid(4, symmetric=True, scale_bits=32)).scales[0, 0]
    assert "symmetric grid" in starting("QUIZ-11-zero", f"{symmetric:.4f}")["why"]
    assert "1.5 / 16" in starting("QUIZ-11-zero", f"{1.5 / 16}.")["why"]
    assert "1.2 / 15" in starting("QUIZ-11-zero", f"{1.2 / 15:.2g}.")["why"]


def test_a_far_weight_takes_the_levels_of_its_row():
    row = {g: shown_at("outlier", "symmetric", bits=4, group=g) for g in (32, 576)}
    one, answer = row[576], right("QUIZ-11-outlier")
    assert f"of {one['levels']} the row uses {one['used']}" in answer["text"]
    assert f"off by {show(one['error'], '%', decimals=0)}" in answer["text"]
    assert f"off by {show(row[32]['error'], '%', decimals=0)}" in answer["why"]
    weights = np.array(recorded()["rows"]["outlier"]["weights"])
    assert 8.5 < np.abs(weights).max() / weights.std() < 9
    assert (np.abs(weights) < np.abs(weights).max() / 7).mean() > 0.5


def test_fewer_bits_are_faster_for_one_token_and_slower_for_many():
    speeds = {one.tokens: one for one in speeds_over_bf16("a100-80gb", "int4", n=8192, k=8192)}
    asked = quizzes()["QUIZ-11-speed"]["question"]
    assert f"{plain(round(speeds[1].measured, 2))} times as fast" in asked
    assert right("QUIZ-11-speed")["text"].startswith(f"{speeds[8192].measured:.2f} times")
    assert speeds[1].predicted == pytest.approx(3.85, abs=0.01)  # nearly 4
    assert speeds[8192].predicted == 1


def test_doubling_a_channel_halves_what_its_error_does_to_the_output():
    rng = np.random.default_rng(4)
    weights, x = rng.uniform(-0.4, 0.4, (2000, 16)), np.ones(16)
    weights[:, 0] = 1.0
    grid = Grid(4, symmetric=True, scale_bits=32)

    def error(scale):
        s = np.ones(16)
        s[5] = scale
        rounded = round_to_nearest(weights * s, grid).values()
        return np.abs((rounded[:, 5] - weights[:, 5] * s[5]) * x[5] / s[5]).mean()

    assert error(2) / error(1) == pytest.approx(0.5, rel=0.05)


def test_what_makes_the_most_room():
    state = memory_calculator().state | {"wanted": FILL}

    def room(**change):
        return plan_at(state | change)["room"]

    assert f"holds {room()} conversations" in quizzes()["QUIZ-11-room"]["question"]
    changes = [{"kv": "fp8"}, {"kv": "int4-head128"}, {"weights": "fp8"}, {"weights": "int4-g128"}]
    rooms = [room(**change) for change in changes]
    for found, option in zip(rooms, quizzes()["QUIZ-11-room"]["options"], strict=True):
        assert str(found) in option["why"]
        assert (found == max(rooms)) == bool(option.get("right"))
    plan, narrow = plan_at(state), plan_at(state | {"weights": "int4-g128"})
    for one in (plan, narrow):
        assert f"{one['weights'] / 1e9:.0f} GB" in right("QUIZ-11-room")["why"]
    assert show(plan["weights"] / plan["capacity"], "%", decimals=1) in right("QUIZ-11-room")["why"]


@pytest.mark.parametrize("name", NAMES)
def test_the_right_option_is_no_longer_than_all_others(name):
    """Else its length would give it away."""
    options = quizzes()[name]["options"]
    lengths = [len(option["text"]) for option in options]
    (at,) = [i for i, option in enumerate(options) if option.get("right")]
    assert lengths[at] <= 1.3 * max(n for i, n in enumerate(lengths) if i != at)
