"""Challenges: scored by the simulator, beside the planner's pick and a strong baseline."""

from dataclasses import replace
from random import Random

import pytest

from tokenworks.cockpit.challenges import (
    CHALLENGES,
    SEEDS,
    Challenge,
    challenge,
    scored,
)
from tokenworks.cockpit.copies import copy_for
from tokenworks.cockpit.mixes import MIXES
from tokenworks.cockpit.settings import CHOICES, Settings
from tokenworks.planner import plan
from tokenworks.serving.lengths import Samples
from tokenworks.serving.metrics import Slo


@pytest.fixture(scope="module")
def small():
    return Challenge(
        id="small",
        title="A small one",
        rate=4.0,
        mix="chat",
        model="llama-3-8b",
        shared_prefix=0,
        slo=Slo(ttft_seconds=0.5, tpot_seconds=0.02),
        plan=Settings(),
        baseline=Settings(max_batch=256),
    )


def test_what_keeps_the_bounds_meets_and_what_is_slow_does_not(small):
    good = scored(small, Settings(rate=99, mix="mixed"), seeds=(1,))
    assert good.met
    assert good.settings == Settings(rate=4)  # the load is the challenge's
    assert good.usd_per_hour == 3.2
    slow = scored(small, Settings(batching="static"), seeds=(1,))
    assert not slow.met
    dear = scored(small, Settings(chips=2), seeds=(1,))
    assert dear.met
    assert dear.usd_per_million == pytest.approx(2 * good.usd_per_million, rel=0.01)
    assert {"met", "usd_per_million", "shares", "settings"} <= set(good.to_dict())


def test_what_is_asked_is_said_in_one_sentence(small):
    assert small.task == (
        "4 requests a second, chat, for Llama-3 8B. Of the answers 95 % are to have the first "
        "token within 500 ms and at most 20 ms a token after it, for the least rent."
    )
    assert "long prompts" in challenge("long-prompts").task


@pytest.mark.parametrize("task", CHALLENGES, ids=lambda each: each.id)
def test_what_it_begins_with_can_run(task):
    start = Settings.from_dict(task.to_dict()["start"])
    assert copy_for(start).blocks > 0
    assert {name: getattr(start, name) for name in task.load} == task.load
    assert start.chips <= task.baseline.chips


def test_a_model_that_no_copy_holds_has_no_beginning(small):
    with pytest.raises(ValueError, match="no copy of gpt fits on 8 chips"):
        _ = replace(small, model="gpt").start


@pytest.mark.parametrize("task", CHALLENGES, ids=lambda each: each.id)
def test_the_plan_and_the_baseline_keep_the_bounds(task):
    for settings in (task.plan, task.baseline):
        assert scored(task, settings, seeds=SEEDS[:1]).met
    assert task.plan.model == task.model
    assert task.plan.chip == "h100-sxm"


@pytest.mark.parametrize(
    ("name", "fewer"),
    [
        ("fast-chat", {"chips": 1, "chips_per_replica": 1}),
        ("seventy-billion", {"chips": 4, "chips_per_replica": 4}),
    ],
)
def test_no_fewer_chips_do_for_the_baseline(name, fewer):
    task = challenge(name)
    assert not scored(task, task.baseline.but(**fewer), seeds=SEEDS[:1]).met


def test_a_plan_is_the_planners_and_can_be_beaten():
    task, random = challenge("long-prompts"), Random(5)
    found = plan(
        task.model,
        "h100-sxm",
        requests_per_s=task.rate,
        ttft_seconds=task.slo.ttft_seconds,
        tpot_seconds=task.slo.tpot_seconds,
        samples=Samples([MIXES[task.mix].draw(random) for _ in range(400)]),
        percentile=95,
        counted=150,
        weights=("bf16", "fp8", "int8"),
        caches=("bf16", "fp8"),
        max_chips=16,
    ).best.candidate
    assert (found.replica.weights, found.replica.cache) == (task.plan.weights, task.plan.cache)
    assert found.chips == task.plan.chips
    assert task.plan.max_batch == min(n for n in CHOICES["max_batch"] if n >= found.batch)
    seventy = challenge("seventy-billion")
    cheaper = Settings(
        model="llama-3-70b", chips=2, chips_per_replica=2, weights="fp8", speculation=True
    )
    assert scored(seventy, cheaper, seeds=SEEDS[:1]).met
    assert cheaper.chips < seventy.plan.chips < seventy.baseline.chips


def test_an_unknown_one_is_refused():
    with pytest.raises(ValueError, match="no challenge 'x'; there are"):
        challenge("x")
    assert all(challenge(each.id) is each for each in CHALLENGES)
