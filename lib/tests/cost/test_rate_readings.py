"""Four readings of a printed rate, of which Little's law leaves few."""

import pytest

from tokenworks.cost.rate_readings import read_rate

LENGTH = 0.9  # mean over nominal, of these runs
# SemiAnalysis InferenceX, DeepSeek-R1 on four chips: requests inside, lengths, printed, TPOT in ms.
RUNS = {
    "MI355X, 4": (4, 1024, 1024, 180.66, 10.64),
    "MI355X, 16": (16, 1024, 1024, 512.93, 15.08),
    "B200, 8 long prompts": (8, 8192, 1024, 1224.86, 13.9),
    "B200, 128 long answers": (128, 1024, 8192, 1159.55, 30.2),
}


def readings(run, chips=4):
    inside, isl, osl, printed, tpot = RUNS[run]
    return read_rate(
        printed,
        chips=chips,
        concurrency=inside,
        prompt_tokens=isl * LENGTH,
        output_tokens=osl * LENGTH,
        tpot_seconds=tpot / 1e3,
    )


@pytest.mark.parametrize("run", RUNS)
def test_these_runs_count_input_and_output_of_each_chip(run):
    first, *others = readings(run)
    assert first.counted == "input and output of each chip"
    _, _, osl, _, tpot = RUNS[run]
    answer_seconds = osl * LENGTH * tpot / 1e3
    assert 0 < first.ttft_seconds < 0.1 * answer_seconds  # the run's start and end are in it
    assert all(not r.is_possible or r.ttft_seconds > answer_seconds for r in others)


def test_the_wait_is_what_the_answer_leaves_of_the_time_inside():
    first = readings("MI355X, 4")[0]
    assert first.output_tokens_per_s == pytest.approx(180.66 * 4 / 2)
    inside = 4 * 921.6 / first.output_tokens_per_s
    assert first.ttft_seconds == pytest.approx(inside - 921.6 * 0.01064)


def test_answers_alone_would_come_faster_than_their_tokens():
    """Read as output, 8 requests with 13.9 ms a token would make 4,899 tokens a second."""
    impossible = [r.counted for r in readings("B200, 8 long prompts") if not r.is_possible]
    assert impossible == ["output of each chip", "output of all chips"]


def test_on_one_chip_each_and_all_are_the_same():
    rates = [r.output_tokens_per_s for r in readings("MI355X, 4", chips=1)]
    assert sorted(rates) == pytest.approx([90.33, 90.33, 180.66, 180.66])


def test_a_rate_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="read_rate: printed_per_s must be a finite number"):
        read_rate(0, chips=1, concurrency=1, prompt_tokens=1, output_tokens=1, tpot_seconds=1)
