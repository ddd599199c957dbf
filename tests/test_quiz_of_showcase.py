"""What the quiz on the showcase states, computed by the cockpit."""

from __future__ import annotations

from statistics import fmean

from tokenworks.cockpit import drive
from tokenworks.cockpit.mixes import MEAN_TOKENS
from tokenworks.cost import kv_bytes_per_token, weight_bytes
from tokenworks.specs import model_spec
from tokenworks.units import show
from tokenworks.widgets.quiz import quizzes

NAMES = [name for name in quizzes() if name.startswith("QUIZ-16")]
FOUND, NARROW = {"prefix_caching": True}, {"cache": "int8"}


def frames(until, *, every=10.0, since=0.0, changes=(), **settings):
    script = {"seed": 1, "changes": [[0, {"set": settings}], *changes]}
    return drive(script, until=until, every=every, since=since)["frames"]


def board(seconds, **settings):
    return frames(seconds, since=seconds, **settings)[0]["board"]


def told(name):
    question = quizzes()[name]
    return question["question"], [option["why"] for option in question["options"]]


def tokens(**settings):
    load = {"rate": 60.0, "shared_prefix": 2000, "max_batch": 256}
    boards = [frame["board"] for frame in frames(40, since=10, **load, **settings)]
    return fmean(each["output_tokens_per_s"] for each in boards)


def test_every_question_has_one_right_option():
    assert len(NAMES) == 5
    for name in NAMES:
        assert sum(bool(option.get("right")) for option in quizzes()[name]["options"]) == 1


def test_a_busy_chip():
    question, whys = told("QUIZ-16-busy")
    share = board(60, rate=10.0, batching="static", paging=False)["utilisation"]
    assert f"{share:.0%}".replace("%", " %") in question
    assert show(board(60, rate=10.0)["ttft_p50"], "ms", decimals=1) in whys[0]


def test_gains_that_are_more_than_their_product():
    question, whys = told("QUIZ-16-product")
    plain = tokens()
    prefix, narrow, both = (tokens(**s) / plain for s in (FOUND, NARROW, FOUND | NARROW))
    assert [f"{gain:.2f}×" in question for gain in (prefix, narrow, both)] == [True] * 3
    assert f"{prefix * narrow:.2f}×" in whys[0]
    model, (own, answer) = model_spec("llama-3-8b"), MEAN_TOKENS["chat"]
    kept = 256 * (2000 + own + answer / 2) * kv_bytes_per_token(model, 2)
    assert f"{kept / weight_bytes(model, 2):.1f}×" in whys[2]


def test_the_dial_that_was_the_limit():
    question, whys = told("QUIZ-16-break")
    at_64 = board(60, rate=42.0)
    wide = frames(60, since=60, rate=42.0, max_batch=256)[0]
    assert f"{board(60, rate=38.0)['requests_per_s']:.1f} requests/s" in question
    assert f"{at_64['kv_share']:.0%}".replace("%", " %") in question
    assert wide["queued"] == 0
    assert show(wide["board"]["itl_mean"], "ms", decimals=1) in whys[2]


def test_who_queues_at_the_old_copy_stays_there():
    question, _ = told("QUIZ-16-spike")
    large = {"model": "llama-3-70b", "weights": "int8", "chips": 8, "chips_per_replica": 2}
    spike = [[60, {"set": {"rate": 24.0}}], [150, {"set": {"rate": 4.0}}]]
    found = frames(240, changes=spike, rate=4.0, autoscaling=True, **large)
    waits = [f["board"]["ttft_p99"] for f in found if f["board"]["ttft_p99"] is not None]
    assert f"{max(waits):.0f} s" in question
    there = {f["at"]: len(f["replicas"]) for f in found}
    assert (there[60], there[70], there[80]) == (1, 3, 4)  # with those that start


def test_a_wide_copy():
    question, whys = told("QUIZ-16-wide")
    one = board(20, rate=100.0)
    eight = board(20, rate=150.0, chips=8, chips_per_replica=8)
    written, of_one = eight["output_tokens_per_s"], one["output_tokens_per_s"]
    assert f"{written / of_one:.2f}×" in question
    for each in (one, eight):
        assert show(each["itl_mean"], "ms", decimals=1) in whys[2]
