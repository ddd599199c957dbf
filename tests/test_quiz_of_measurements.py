"""What the quiz on measured servers states, held against the published errors and the library."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from tokenworks.cost.checkpoints import served_plan
from tokenworks.cost.expected import Requests, cache_capacity, served
from tokenworks.cost.kernel_constants import Constants, kernel_card
from tokenworks.cost.ladder import RUNGS
from tokenworks.cost.rate_readings import read_rate
from tokenworks.cost.step_kernels import decode_step
from tokenworks.data.silicon import end_to_end_rows
from tokenworks.row_flags import flag_of
from tokenworks.specs import chip, model_spec
from tokenworks.validate.served import plan_of, requests_of
from tokenworks.widgets.quiz import quizzes
from tools.repository import ROOT

PUBLISHED = json.loads((ROOT / "benchmarks/results/expected.json").read_text(encoding="utf-8"))
ERRORS = {int(number): rung["errors"]["all"] for number, rung in PUBLISHED["rungs"].items()}


def text_of(name):
    asked = quizzes()[name]
    return json.dumps(asked, ensure_ascii=False)


def plan(chips=4):
    on = chip("h100-sxm")
    return served_plan(model_spec("llama-3-70b"), on, chips, engine="vllm", precision="fp8")


def test_the_first_rung_misses_the_median_row_by_a_factor_of_four():
    assert "in the median row of the chapter the factor is about four" in text_of("QUIZ-17").lower()
    assert round(1 / ERRORS[1]["median_ratio"]) == 4


def test_the_constants_of_kernels_take_most_of_the_error_away():
    told = text_of("QUIZ-17-rung")
    assert "about a half" in told
    assert "about a tenth" in told
    medians = [ERRORS[rung.number]["median"] for rung in RUNGS]
    assert (round(medians[3], 1), round(medians[4], 1)) == (0.5, 0.1)
    falls = [before - after for before, after in pairwise(medians)]
    assert max(falls) == falls[3]
    assert ERRORS[4]["median_ratio"] < 0.6  # too short
    assert abs(medians[5] - medians[4]) < 0.005  # the last rung brings next to nothing
    assert abs(ERRORS[5]["median_ratio"] - 1) < 0.05  # nothing left for the engine to add


def test_without_those_constants_nearly_every_prediction_is_too_short():
    rows = end_to_end_rows()
    flags = flag_of(rows)
    clean = [row for row, flag in zip(rows, flags, strict=True) if flag == "ok"][::12]
    fitted = Constants.fitted()
    short = [
        RUNGS[3].tpot_seconds(plan_of(row), requests_of(row), constants=fitted) < tpot
        for row in clean
        if (tpot := row.tpot_seconds)
    ]
    assert sum(short) > 0.95 * len(short) > 100


def test_a_step_starts_hundreds_of_kernels_of_some_microseconds_each():
    step = decode_step(plan(), 16, 1500, constants=Constants.fitted())
    assert 200 < sum(kernel.calls for kernel in step.kernels) < 2000
    launches = [one.value for name, one in kernel_card().items() if name.endswith("launch")]
    assert 1e-6 < min(launches) < max(launches) < 1e-4


@pytest.mark.parametrize("name", ["QUIZ-17", "QUIZ-17-weights"])
def test_reading_kernels_reach_eight_tenths_of_the_bandwidth(name):
    assert "reach about eight tenths of" in text_of(name)
    shares = [one.value for key, one in kernel_card().items() if key.endswith("bandwidth_share")]
    assert len(shares) == 3
    assert {round(share, 1) for share in shares} == {0.8}


def test_both_tokens_of_eight_gpus_are_16_times_the_output_of_one():
    told = text_of("QUIZ-17-per-gpu")
    assert "Prompts have 1,000 tokens and answers 1,000. Of one run on eight GPUs" in told
    run = {"chips": 8, "prompt_tokens": 1000, "output_tokens": 1000}
    readings = read_rate(2000, concurrency=16, tpot_seconds=0.01, **run)
    rate = {reading.counted: reading.output_tokens_per_s for reading in readings}
    factor = rate["output of each chip"] / rate["input and output of all chips"]
    assert f"{factor:.0f} times the other" in told
    assert f"a factor of {rate['output of each chip'] / rate['output of all chips']:.0f}." in told


def test_a_constant_fitted_end_to_end_does_not_help_a_model_that_was_left_out():
    left_out = PUBLISHED["fitted_with_left_out"]["model"]["all"]["median"]
    assert left_out >= ERRORS[5]["median"]


def test_who_does_not_fit_waits_and_slows_nobody_down():
    held = cache_capacity(plan(), 1500)
    full, asked = (
        served(plan(), Requests(1000, 1000, users), constants=Constants.fitted())
        for users in (held, held * 100 / 60)
    )
    assert asked.batch == pytest.approx(full.batch)
    assert asked.tpot_seconds == pytest.approx(full.tpot_seconds)
    answer = full.ttft_seconds + 1000 * full.tpot_seconds
    assert asked.ttft_seconds - full.ttft_seconds == pytest.approx(2 / 3 * answer)
