import math
from dataclasses import replace
from statistics import fmean

import pytest

from planner.asked import BUSY, SPREAD, copy, demand, found
from tokenworks import planner
from tokenworks.cost.expected import MEMORY_SHARE
from tokenworks.planner.binding import obstacle
from tokenworks.planner.plans import stated_error
from tokenworks.planner.replay import replay_of, seen
from tokenworks.planner.sizing import Sizing
from tokenworks.serving.lengths import Samples
from tokenworks.specs import chip, model_spec
from tokenworks.validate import expected_error, slice_errors

GRID = [  # of workloads: model, chip, what differs from the usual
    ("llama-3-8b", "h100-sxm", {"alternatives": 3}),
    ("llama-3-8b", "tpu-v5e", {"requests_per_s": 8, "tpot_seconds": 0.04, "weights": ("int8",)}),
    ("llama-3-70b", "h100-sxm", {"requests_per_s": 3, "tpot_seconds": 0.05}),
    ("gpt-oss-20b", "b200", {"requests_per_s": 30, "weights": ("fp4",), "percentile": 95}),
]


@pytest.mark.parametrize(("model", "on", "changes"), GRID, ids=lambda each: str(each)[:30])
def test_every_way_in_a_plan_keeps_its_bounds_with_another_seed(model, on, changes):
    plan = found(model, on, **changes)
    assert plan.feasible
    for trial in (plan.best, *plan.others):
        again = replay_of(trial.candidate, {7: seen(trial.candidate, 7, counted=200)})
        assert again.ttft.seconds <= plan.demand.ttft_seconds
        assert again.tpot.seconds <= plan.demand.tpot_seconds
        assert trial.replay.preemptions == again.preemptions == 0


@pytest.mark.parametrize(("model", "on", "changes"), GRID, ids=lambda each: str(each)[:30])
def test_no_way_takes_more_memory_than_is_planned_with(model, on, changes):
    plan = found(model, on, **changes)
    for trial in (plan.best, *plan.others):
        assert trial.candidate.memory_share <= MEMORY_SHARE
        assert trial.candidate.batch <= trial.candidate.sizing.memory_batch


SHORT = {"requests_per_s": 125, "prompt_tokens": 128, "output_tokens": 128}
LOOSE = {"ttft_seconds": 5, "tpot_seconds": 0.05, "weights": ("bf16",)}


@pytest.mark.parametrize(
    ("model", "on", "changes"),
    [*GRID, ("llama-3-8b", "h100-sxm", SHORT | LOOSE)],
    ids=lambda each: str(each)[:30],
)
def test_no_way_costs_less_than_its_floor(model, on, changes):
    plan = found(model, on, **changes)
    for trial in (plan.best, *plan.others):
        way = trial.candidate
        assert 0 < way.floor_usd_per_million <= way.usd_per_million


def test_the_same_question_has_the_same_answer():
    again = planner.plan("llama-3-8b", "h100", **BUSY)
    assert repr(again.table()) == repr(found().table())
    assert again.as_json() == found().as_json()


def test_the_best_is_the_cheapest_and_the_formats_are_those_that_are_named():
    plan = found(weights=("bf16",))
    usd = [t.candidate.rent.usd_per_hour for t in (plan.best, *plan.others)]
    assert usd[0] == min(usd)
    assert {t.candidate.replica.weights for t in (plan.best, *plan.others)} == {"bf16"}


def test_more_chips_are_paid_for_shorter_times():
    loose, tight = (found(tpot_seconds=s) for s in (0.03, 0.005))
    assert loose.usd_per_million < tight.usd_per_million


def test_formats_that_cannot_be_are_named():
    plan = found(on="a100-80gb", weights=("fp8", "bf16"), alternatives=0)
    (note,) = [note for note in plan.notes if note.startswith("left out")]
    assert note.startswith("left out: weights fp8 with cache bf16: no fp8 rate is known for A100")
    assert plan.best.candidate.replica.weights == "bf16"
    assert not [note for note in found().notes if note.startswith("left out")]
    with pytest.raises(KeyError, match="fp3"):
        planner.plan("llama-3-8b", "tpu-v5e", **(BUSY | {"weights": ("int8", "fp3")}))


def test_what_a_tpu_takes_over_from_gpus_is_noted():
    (_, on, changes) = GRID[1]
    words = "before its first step a request takes 35.4 ms, as fitted on GPUs (assumed)"
    assert words in found("llama-3-8b", on, **changes).notes
    assert words not in found().notes


TRACED = {"samples": SPREAD, "prompt_tokens": None, "output_tokens": None, "requests_per_s": 12}


def test_lengths_that_differ_are_drawn_and_what_was_drawn_is_said():
    plan = found(**TRACED)
    assert plan.feasible
    assert plan.caption.split(", ")[0].endswith("12 requests/s of 1,244 + 82 tokens on average")
    told = plan.as_json()["asked"]
    assert (told["lengths"], told["pairs"], told["longest_tokens"]) == ("samples", 5, 4100)
    assert any("drawn from 5 pairs of lengths, prompts of 20 to 3,900" in n for n in plan.notes)
    for trial in (plan.best, *plan.others):
        way = trial.candidate
        assert way.floor_usd_per_million < way.usd_per_million
        assert way.memory_share <= MEMORY_SHARE
        again = replay_of(way, {7: seen(way, 7, counted=200)})
        assert again.ttft.seconds <= plan.demand.ttft_seconds
        assert again.tpot.seconds <= plan.demand.tpot_seconds
    assert plan.usd_per_million == pytest.approx(
        1e6 * plan.best.candidate.rent.usd_per_hour / 3600 / (12 * 82)
    )


def test_lengths_that_are_equal_are_planned_as_one_length():
    equal = {"samples": Samples(((500, 60),)), "prompt_tokens": None, "output_tokens": None}
    one, many = found(), found(**equal)
    assert many.best.candidate.name == one.best.candidate.name
    assert many.best.replay == one.best.replay


def test_a_prompt_too_long_to_be_read_in_time_is_in_the_way_only_of_high_percentiles():
    rare = Samples(((200, 60), (200, 60), (200, 60), (7000, 60)))
    asked = {"samples": rare, "prompt_tokens": None, "output_tokens": None, "ttft_seconds": 0.055}
    assert found(requests_per_s=1, **asked).binding == "TTFT"
    lower = found(requests_per_s=1, percentile=60, **asked)
    assert lower.feasible


def test_a_longest_request_that_no_copy_holds_is_memory():
    small = replace(copy(), pool_bytes=copy().sequence_bytes(4096))
    mixed = Samples(((60, 60), (60, 60), (8000, 100)))
    each = Sizing(small, demand(samples=mixed, prompt_tokens=2707, output_tokens=73))
    assert small.capacity(each.demand.ended)  # the mean fits
    assert each.memory_batch == 0
    assert obstacle([each], each.demand).name == "memory"


def test_long_prompts_with_answers_of_one_token_are_in_the_way_of_no_time_a_token():
    short, longer = ((200, 60),) * 95, ((8000, 1),) * 5
    asked = {"samples": Samples(short + longer), "prompt_tokens": None, "output_tokens": None}
    each = Sizing(copy(), demand(samples=Samples(short), prompt_tokens=200, output_tokens=60))
    bound = 1.02 * each.lone_step_seconds
    mixed = Sizing(copy(), demand(samples=asked["samples"], prompt_tokens=590, output_tokens=57))
    assert mixed.lone_step_seconds == each.lone_step_seconds < bound
    assert obstacle([mixed], replace(mixed.demand, tpot_seconds=bound)) is None


def test_batch_one_waits_for_nobodys_prompt():
    """A lone answer is not interrupted: its copy reads the next prompt after it."""
    each = Sizing(copy(), demand(prompt_tokens=7000, output_tokens=10, ttft_seconds=5))
    bound = 1.01 * each.lone_step_seconds
    assert each.tpot_seconds(2) > bound
    again = Sizing(copy(), replace(each.demand, tpot_seconds=bound))
    assert again.largest_batch == 1
    assert found(
        prompt_tokens=7000,
        output_tokens=10,
        requests_per_s=0.3,
        ttft_seconds=5,
        tpot_seconds=bound,
        weights=("bf16",),
        alternatives=0,
    ).feasible


def test_answers_of_a_single_token_have_no_time_a_token_to_keep():
    plan = found(requests_per_s=4, ttft_seconds=1, tpot_seconds=0.001, output_tokens=1)
    assert plan.feasible
    assert plan.best.candidate.chips == 1
    assert plan.best.replay.tpot.seconds == 0


def test_the_error_is_the_published_one():
    model = model_spec("llama-3-8b")
    assert stated_error(model, chip("h100-sxm")).median == expected_error(model).median
    assert stated_error(model, chip("tpu-v5e")).median == slice_errors().median
    plan = found()
    assert plan.median_error == expected_error(model).median
    first = seen(plan.best.candidate, 0, counted=100)
    assert plan.slower.tpot.mean_seconds > fmean(first.tpot) * (1 + plan.median_error)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"prompt_tokens": 10**6}, "beyond the 8,192 that Llama-3 8B is built for"),
        ({"weights": ("fp3",)}, "precision 'fp3' is not known"),
        ({"weights": ("bf16", "fp8e4m3")}, "precision 'fp8e4m3' is not known"),
        ({"weights": "bf16"}, "weights are several formats"),
        ({"caches": ("fp3",)}, "a cache in 'fp3' is not known"),
        ({"caches": ("bf16", "zzz")}, "a cache in 'zzz' is not known"),
        ({"caches": "fp8"}, "caches are several formats"),
        ({"usd_per_chip_hour": 1, "market": "neocloud"}, "got usd_per_chip_hour and market"),
        ({"seed": -1}, "seed must be a whole number"),
        ({"alternatives": -1}, "alternatives must be a whole number"),
        ({"max_chips": 0}, "max_chips must be a whole number"),
        ({"requests_per_s": math.inf}, "requests_per_s"),
        ({"usd_per_chip_hour": -1}, "usd_per_chip_hour"),
        ({"samples": Samples(((9, 9),))}, "or samples of both: not all three"),
        ({"prompt_tokens": None}, "give prompt_tokens and output_tokens"),
        (TRACED | {"samples": Samples(((9, 9), (8000, 300)))}, "beyond the 8,192"),
    ],
)
def test_what_cannot_be_asked_is_refused(changes, complaint):
    with pytest.raises((ValueError, KeyError), match=complaint):
        planner.plan("llama-3-8b", "h100-sxm", **(BUSY | changes))
