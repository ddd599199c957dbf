"""What the quiz on parallelism states, computed by the library."""

from __future__ import annotations

import pytest

from tokenworks.cost import (
    Deployment,
    Split,
    all_reduce_seconds,
    bubble_share,
    expected_experts,
    expert_shares,
    fit_all_reduce,
    forward_traffic,
    kv_bytes_per_chip,
    network,
    split_cost,
    weight_bytes,
)
from tokenworks.cost.parallel_traffic import Layout
from tokenworks.specs import chip, model_spec
from tokenworks.units import plain, show
from tokenworks.widgets.quiz import quizzes

NAMES = [f"QUIZ-12-{name}" for name in ("groups", "sum", "message", "bubble", "experts", "copies")]
SEVENTY, H100 = model_spec("llama-3-70b"), chip("h100-sxm")


def right(name):
    return next(option for option in quizzes()[name]["options"] if option.get("right"))


def starting(name, begins):
    """Return the one option whose text begins so."""
    (found,) = [o for o in quizzes()[name]["options"] if o["text"].startswith(begins)]
    return found


def test_groups_and_what_a_gpu_of_one_holds():
    assert Layout(tensor=4, data=2).devices == 8
    assert right("QUIZ-12-groups")["text"].startswith("2 copies, a quarter")
    held = split_cost(Deployment(SEVENTY, H100), Split(4), batch=1, context_tokens=1)
    assert held.weight_bytes == pytest.approx(weight_bytes(SEVENTY, 2) / 4, rel=1e-6)


def test_the_middle_vector():
    assert f"{plain(SEVENTY.d_ff)} numbers" in right("QUIZ-12-sum")["why"]


def test_sums_are_latency():
    asked, large = quizzes()["QUIZ-12-message"]["question"], model_spec("llama-3-405b")
    size = 2 * large.d_model
    one = fit_all_reduce("h100-sxm", "nccl", 8).seconds(size)
    alone = all_reduce_seconds(size, network(H100, 8, sums=False))
    assert f"{large.n_layers} layers and vectors of {plain(size)} bytes" in asked
    assert f"takes {show(one, 'µs', decimals=1)} in NCCL" in asked
    assert f"would take {show(alone, 'µs', decimals=2)}" in asked
    (moved,) = forward_traffic(large, Layout(tensor=8), batch=1, tokens=1, bytes_per_value=2)
    calls = moved.calls - 1  # without that of the embedding
    assert calls == 2 * large.n_layers == 252
    assert right("QUIZ-12-message")["text"].startswith(show(calls * one, "ms", decimals=1))
    assert starting("QUIZ-12-message", show(calls * alone, "ms", decimals=2))
    assert starting("QUIZ-12-message", show(calls * one / 2, "ms", decimals=1))
    assert starting("QUIZ-12-message", show(8 * calls * one, "ms", decimals=0))


def test_the_least_number_of_micro_batches():
    least = next(m for m in range(1, 100) if bubble_share(8, m) <= 0.1 + 1e-12)
    assert right("QUIZ-12-bubble")["text"] == f"{least}."
    for begins in ("8,", "70", "80"):
        share = show(bubble_share(8, int(begins.strip(","))), "%", decimals=0)
        assert share in starting("QUIZ-12-bubble", begins)["why"]


def test_experts_that_sixteen_tokens_read():
    read = expected_experts(expert_shares(256, 8), 16)
    answer = right("QUIZ-12-experts")
    assert answer["text"] == f"{read / 8:.1f} times."
    assert f"So {read:.0f} are read" in answer["why"]
    assert f"{show((31 / 32) ** 16, '%', decimals=0)}" in answer["why"]
    assert show(read / 256, "%", decimals=0) in starting("QUIZ-12-experts", "32 times")["why"]
    assert expected_experts(expert_shares(256, 8), 128) > 0.98 * 256


def test_a_head_is_not_cut():
    one, two = (kv_bytes_per_chip(SEVENTY, 4096, bytes_per_value=2, tp=chips) for chips in (8, 16))
    assert one == two
    assert right("QUIZ-12-copies")["text"].startswith("It stays the same")


@pytest.mark.parametrize("name", NAMES)
def test_the_right_option_is_no_longer_than_all_others(name):
    """Else its length would give it away."""
    options = quizzes()[name]["options"]
    lengths = [len(option["text"]) for option in options]
    (at,) = [i for i, option in enumerate(options) if option.get("right")]
    assert lengths[at] <= 1.3 * max(n for i, n in enumerate(lengths) if i != at)
