"""Challenges: scored by the simulator, beside the planner's pick and a strong baseline."""

import pytest

from tokenworks.cockpit.challenges import (
    CHALLENGES,
    END_SECONDS,
    SHARE,
    Challenge,
    challenge,
    scored,
)
from tokenworks.cockpit.settings import Settings
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
    assert "4 requests a second of chat" in small.task
    assert small.to_dict()["load"]["rate"] == 4.0
    assert (END_SECONDS, SHARE) == (40.0, 0.95)


def test_an_unknown_one_is_refused():
    with pytest.raises(ValueError, match="no challenge 'x'; there are"):
        challenge("x")
    assert all(challenge(each.id) is each for each in CHALLENGES)
