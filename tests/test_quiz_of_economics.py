"""What the quiz on economics states, computed by the library."""

from __future__ import annotations

from functools import cache

import pytest

from tokenworks import chip, model_spec, price, show
from tokenworks.cost import (
    Constants,
    Deployment,
    OwnOrApi,
    accepted_cost,
    attempt_cost,
    break_even_calls,
    engine_plan,
    expected_clock,
    first_visits_hit_share,
    history_found,
    limits_of_experts,
    listed_rates,
    offers,
    paying_calls,
    rent_on_chips,
    usd_per_token,
    usd_range,
)
from tokenworks.data import token_price
from tokenworks.serving import Lengths, lognormal, tails_by_batch
from tokenworks.validate import expected_error
from tokenworks.widgets.quiz import quizzes

NAMES = [name for name in quizzes() if name.startswith("QUIZ-14")]
FITTED = Constants.fitted()
SEVENTY = Deployment(model_spec("llama-3-70b"), chip("h100-sxm"), 8)


def right(name):
    return next(option for option in quizzes()[name]["options"] if option.get("right"))


def starting(name, begins):
    """Return the one option whose text begins so."""
    (found,) = [o for o in quizzes()[name]["options"] if o["text"].startswith(begins)]
    return found


def test_an_attempt_and_an_accepted_result():
    costs = [accepted_cost(usd / 100, pass_share=p / 100) for usd, p in ((1.10, 58), (1.45, 85))]
    one, other = (f"USD {1000 * each.usd_per_accepted:.2f}" for each in costs)
    text = f"B: {other} a thousand accepted results instead of {one}."
    assert right("QUIZ-14")["text"] == text
    cheap, dear = (f"USD {1000 * each.attempt_usd:.2f}" for each in costs)
    assert starting("QUIZ-14", f"A: {cheap} a thousand instead of {dear}")
    yields = f"{58 / (100 * 120 / 1200):.2f} against {85 / (100 * 120 / 800):.2f}"
    assert yields in starting("QUIZ-14", "A, because")["why"]
    assert costs[0].usd_per_accepted == pytest.approx(
        accepted_cost(0.011, pass_share=0.58, most_attempts=5).usd_per_accepted
    )


@cache
def tails():
    """Return some of the page's batches."""
    on = Deployment(model_spec("llama-2-7b"), chip("a100-80gb"))
    clock = expected_clock(engine_plan(on), constants=FITTED)
    sizes = Lengths(*(lognormal(mean_tokens=m, sigma=0.6, most=2 * m) for m in (1800, 250)))
    at = {"lengths": sizes, "cached_tokens": 130_000, "chunk_tokens": 512}
    return {p.batch: p for p in tails_by_batch(clock, (1, 18, 20, 40, 64), count=400, **at)}


def test_the_promise_allows_half_of_what_the_middle_step_does():
    usd = {
        users: usd_per_token(price("runpod-a100-80gb").usd_per_hour, 1, one.output_tokens_per_s)
        for users, one in tails().items()
    }
    asked = quizzes()["QUIZ-14-batch"]["question"]
    middle, slow = (
        show(s, "ms", decimals=0)
        for s in (tails()[40].tpot_p50_seconds, tails()[18].itl_p99_seconds)
    )
    assert f"the middle step takes {middle} with 40 users" in asked
    assert f"of gaps {slow} with 18 users" in asked
    assert tails()[20].itl_p99_seconds > 0.050 >= tails()[40].tpot_p50_seconds
    assert f"{show(tails()[20].itl_p99_seconds, 'ms', decimals=0)} with 20" in asked
    shown = {users: show(each, "USD/million tokens", decimals=2) for users, each in usd.items()}
    assert f"{shown[18]} there" in right("QUIZ-14-batch")["why"]
    assert shown[64] in starting("QUIZ-14-batch", "64")["why"]
    assert tails()[64].tpot_p50_seconds > 0.050
    assert shown[1] in starting("QUIZ-14-batch", "One")["why"]


def test_where_writing_costs_nothing_more():
    assert break_even_calls(write=1, read=0.5) == 1
    assert paying_calls(write=1, read=0.5) == 2
    assert right("QUIZ-14-cache")["text"] == "From the second."
    assert break_even_calls(write=1, read=0.5, answers=False) == 2  # what the formula says
    assert "is 2.0" in starting("QUIZ-14-cache", "From the third")["text"]


def test_experts_of_many_users_are_read():
    deep = Deployment(model_spec("deepseek-v3"), chip("h200-sxm"), weights="fp8")
    found = limits_of_experts(deep, 8, batch=256, context_tokens=2048)
    times = [show(found.times[k], "ms", decimals=2) for k in ("compute", "communication")]
    reading = show(found.bandwidth_seconds, "ms", decimals=1)
    assert right("QUIZ-14-experts")["text"].startswith(reading)
    assert all(each in right("QUIZ-14-experts")["why"] for each in times)
    assert all(starting("QUIZ-14-experts", each) for each in times)
    active = show(found.active_reading_seconds, "ms", decimals=2)
    assert f"{found.touched:.1f} of the 256" in starting("QUIZ-14-experts", active)["why"]
    each = 256 * deep.model.n_experts_active / deep.model.n_experts
    small, large = (
        limits_of_experts(deep, 8, batch=n * 256, context_tokens=2048) for n in (15, 16)
    )
    assert small.bandwidth_seconds > small.compute_seconds
    assert large.bandwidth_seconds < large.compute_seconds
    assert (each, small.limiter) == (8, "capacity")
    why = starting("QUIZ-14-experts", times[0])["why"]
    assert why.startswith("It would have to be fifteen times as large, and memory ends before.")
    plain = limits_of_experts(deep, 16, batch=256, context_tokens=2048, ports="ethernet-25")
    assert plain.limiter == "communication"


def test_a_shared_prompt_is_missed_once_a_replica():
    hits = f"{first_visits_hit_share(100, 8):.0%}".replace("%", " %")
    assert right("QUIZ-14-routes")["text"] == f"{hits}."
    assert starting("QUIZ-14-routes", f"{history_found(10, 8):.0%}".replace("%", " %"))


def test_an_idle_chip_is_paid_for():
    assert right("QUIZ-14-busy")["text"] == f"{1 / 0.15:.1f}×."
    assert starting("QUIZ-14-busy", f"{1 / 0.15 - 1:.1f}×")


def test_rent_that_never_pays():
    sold = attempt_cost(
        listed_rates(token_price("llama-3.3-70b-groq")), prompt_tokens=1000, output_tokens=250
    )

    def share(usd_per_hour, on=SEVENTY, users=64):
        rent = rent_on_chips(
            on,
            batch=users,
            prompt_tokens=1000,
            output_tokens=250,
            usd_per_chip_hour=usd_per_hour,
            busy_share=1,
            constants=FITTED,
        )
        return OwnOrApi(
            replica_usd_per_hour=rent.usd_per_hour,
            requests_per_s=rent.requests_per_s,
            api_usd_per_request=sold.usd,
        ).break_even_share

    rents = offers(of_chip="h100-sxm", market="neocloud")
    low, own = share(rents[0].usd_per_hour), share(price("runpod-h100-sxm").usd_per_hour)
    said = f"{own:.0%}".replace("%", " %")
    assert said in quizzes()["QUIZ-14-rent"]["question"]
    text = f"at USD {rents[0].usd_per_hour:.2f} it does from {low:.0%} on".replace("%", " %")
    assert text in right("QUIZ-14-rent")["text"]
    narrow = Deployment(SEVENTY.model, SEVENTY.chip, 4, weights="fp8")
    runpod = price("runpod-h100-sxm").usd_per_hour
    assert max(share(runpod, users=128), share(runpod, narrow)) < 1 < own
    error = expected_error(SEVENTY.model).median
    ends = " to ".join(f"{each:.0%}".replace("%", " %") for each in usd_range(own, error))
    assert ends in starting("QUIZ-14-rent", "Nothing")["why"]
    assert f"{1 / own:.0%}".replace("%", " %") in starting("QUIZ-14-rent", "Rent pays")["text"]


@pytest.mark.parametrize("name", NAMES)
def test_every_option_is_explained_and_one_is_right(name):
    options = quizzes()[name]["options"]
    assert all(option["why"] for option in options)
    assert sum(bool(option.get("right")) for option in options) == 1


def test_there_are_enough_questions():
    assert len(NAMES) >= 6


@pytest.mark.parametrize("name", NAMES)
def test_the_right_option_is_no_longer_than_all_others(name):
    """Else its length would give it away."""
    options = quizzes()[name]["options"]
    lengths = [len(option["text"]) for option in options]
    assert len(right(name)["text"]) < max(lengths)
    assert len(options) == 4
