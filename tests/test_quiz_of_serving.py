"""What the quiz on serving states, computed by the library."""

from __future__ import annotations

import pytest

from tokenworks.cost import (
    Constants,
    Deployment,
    Load,
    engine_plan,
    first_visits_hit_share,
    kv_bytes,
    kv_bytes_per_chip,
    link,
    load_step,
    mixed_step_seconds,
    prefill_step,
)
from tokenworks.data import level
from tokenworks.serving import BlockPool, Policy, Request, Scheduler, simulate
from tokenworks.specs import chip, model_spec
from tokenworks.units import show
from tokenworks.widgets.quiz import quizzes

SEVENTY, H100 = model_spec("llama-3-70b"), chip("h100-sxm")
ON, FITTED = Deployment(SEVENTY, H100, 8, overhead_bytes=2e9), Constants.fitted()
NAMES = [f"QUIZ-13-{name}" for name in ("pools", "prefix", "warm", "routing", "tier", "users")]


def right(name):
    (found,) = [option for option in quizzes()[name]["options"] if option.get("right")]
    return found


def starting(name, begins):
    """Return the one option whose text begins so."""
    (found,) = [o for o in quizzes()[name]["options"] if o["text"].startswith(begins)]
    return found


def piece(before, tokens, users=0):
    pairs, cached = tokens * before + tokens * (tokens + 1) // 2, users * 2048
    rows = users + tokens
    return Load(users + 1, rows, users + 1, cached + before + tokens, cached + pairs, 1, pairs)


def test_a_journey_beside_a_gap():
    step = load_step(engine_plan(ON), piece(0, 2048, users=32), constants=FITTED)
    cache = kv_bytes(SEVENTY, 2048, bytes_per_value=2)
    why = right("QUIZ-13-pools")["why"]
    assert f"a gap of {show(step.expected_seconds, 'ms', decimals=1)}" in why
    assert f"cache of {show(cache, 'MB', decimals=0)}" in why
    port = link("infiniband-ndr").bytes_per_s
    assert f"at least {show(cache / port, 'ms', decimals=1)} over one port" in why
    slower = starting("QUIZ-13-pools", "The network")["why"]
    assert f"carries {show(port, 'GB/s', decimals=0)}" in slower
    assert f"{show(H100.hbm_bytes_per_s, 'GB/s', decimals=0)}" in slower


@pytest.mark.parametrize(
    ("begins", "found"),
    [
        ("date and time", 0),
        ("instructions · user's name", 32),
        ("instructions · document", 96),
        ("question", 0),
    ],
)
def test_what_the_next_prompt_finds(begins, found):
    parts = {"instructions": [1] * 32, "document": [2] * 64}
    words = [part.strip() for part in starting("QUIZ-13-prefix", begins)["text"].split("·")]

    def ids(user):
        own = [[*parts.get(word, [100 * user + n] * 16)] for n, word in enumerate(words)]
        return [token for part in own for token in part]

    scheduler = Scheduler(Policy(max_batch=1, share_prefixes=True), BlockPool(64, 16))
    requests = [
        Request(prompt_tokens=len(ids(user)), prompt_ids=ids(user), max_tokens=1) for user in (3, 4)
    ]
    simulate(scheduler, requests, lambda load: 1.0)
    assert requests[1].cached_tokens == found
    assert bool(starting("QUIZ-13-prefix", begins).get("right")) == (found == 96)


def test_what_a_hit_leaves():
    asked, told = quizzes()["QUIZ-13-warm"]["question"], right("QUIZ-13-warm")
    cold = prefill_step(engine_plan(ON), 2080, constants=FITTED).expected_seconds
    warm = load_step(engine_plan(ON), piece(2000, 80), constants=FITTED).expected_seconds
    assert f"after {show(cold, 'ms', decimals=1)}." in asked
    assert told["text"] == show(warm, "ms", decimals=1)
    floor = mixed_step_seconds(ON, piece(2000, 80))
    assert f"its floor is {show(floor, 'ms', decimals=1)}" in told["why"]
    assert f"tokens {2000 / 2080:.0%}".replace("%", " %") in told["why"]
    assert f"time {1 - warm / cold:.0%}".replace("%", " %") in told["why"]
    assert starting("QUIZ-13-warm", show(cold * 80 / 2080, "ms", decimals=1))
    assert starting("QUIZ-13-warm", show(cold / 2, "ms", decimals=1))


def test_each_replica_misses_once():
    share = first_visits_hit_share(requests=200, replicas=8)
    told = right("QUIZ-13-routing")
    assert int(told["text"]) == round(200 * (1 - share))
    assert f"{share:.0%}".replace("%", " %") in told["why"]
    assert starting("QUIZ-13-routing", "25")["text"] == str(200 // 8)
    assert starting("QUIZ-13-routing", "175")["text"] == str(200 - 200 // 8)


def test_which_copy_comes_late():
    cache = kv_bytes(SEVENTY, 8192, bytes_per_value=2)
    again = prefill_step(engine_plan(ON), 8192, constants=FITTED).expected_seconds
    assert (
        f"expected to take {show(again, 'ms', decimals=0)}."
        in quizzes()["QUIZ-13-tier"]["question"]
    )
    rates = {"the one in the host": 8 * level("h100-sxm-host").bytes_per_s}
    rates["the one on an NVMe"] = level("h100-sxm-ssd").bytes_per_s
    rates["the one in a remote store, over 100G"] = link("ethernet-100").bytes_per_s
    rates["the one in a remote store, over 25G"] = link("ethernet-25").bytes_per_s
    for begins, rate in rates.items():
        option, seconds = starting("QUIZ-13-tier", begins), cache / rate
        assert show(seconds, "ms", decimals=1 if seconds < 0.01 else 0) in option["why"]
        assert (seconds > again) == bool(option.get("right"))


def test_four_chips_hold_the_same_users():
    share = kv_bytes_per_chip(SEVENTY, tokens=4096, bytes_per_value=1, tp=4)
    told = right("QUIZ-13-users")
    assert f"{share / 1e9:.3f} GB" in told["why"]
    assert f"the same {int(71.25e9 / share)} users" in told["text"]
    assert f"{4 * share / 1e9:.2f} GB" in quizzes()["QUIZ-13-users"]["question"]
    cut = int(share / 1e7) / 100  # in GB, its third decimal cut off
    asked = quizzes()["QUIZ-13-users"]["question"]
    assert f"finds room for {int(71.25 / cut)} users in the 71.25 GB" in asked
    assert f"multiplies by four chips: {int(4 * 71.25 / cut):,} users" in asked


def test_the_questions_are_all_of_the_chapter():
    assert [name for name in quizzes() if name.startswith("QUIZ-13-")] == NAMES
