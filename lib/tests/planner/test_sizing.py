import pytest

from planner.asked import copy, sizing
from tokenworks.cost.mixed_step import Load
from tokenworks.cost.slice_loads import prompt_load
from tokenworks.planner.replicas import RATIOS, Ratio
from tokenworks.planner.sizing import MOST_SEQUENCES


def test_the_time_a_token_is_a_step_and_a_share_of_the_prompts():
    found = sizing()
    step = found.clock(Load(8, 8, 8, 8 * 530, 8 * 530))
    alone, reading = found.replica.expected(prompt_load(500)), found.reading_seconds
    assert found.prompt_seconds == pytest.approx(alone)
    assert 0.5 * alone < reading < alone  # sixteen share a step, which an answer takes anyway
    assert found.tpot_seconds(8) == pytest.approx(step + 7 * reading / 59)
    assert found.requests_per_s(8) == pytest.approx(1 / (reading + 59 * step / 8))


def test_littles_law_holds_at_the_batch_that_is_found():
    found = sizing(requests_per_s=20)
    running = found.running(20)
    assert found.requests_per_s(int(running)) >= 20 > found.requests_per_s(int(running) - 1)
    assert 20 * 59 * found.tpot_seconds(int(running)) == pytest.approx(running, rel=0.1)
    alone = int(found.answering(20))
    assert alone >= 20 * 59 * found.step_seconds(alone)


def test_the_largest_batch_keeps_memory_and_the_time_a_token():
    tight = sizing(tpot_seconds=0.01)
    assert tight.tpot_seconds(tight.largest_batch) <= 0.01
    assert tight.tpot_seconds(tight.largest_batch + 1) > 0.01
    assert tight.decode_batch > tight.largest_batch
    full = sizing(copy("TP2", model="llama-3-70b"), tpot_seconds=1, prompt_tokens=4000)
    assert full.largest_batch == full.memory_batch < 20
    assert sizing(tpot_seconds=0.001).largest_batch == 0
    single = sizing(tpot_seconds=0.001, output_tokens=1)  # no time a token to keep
    assert single.largest_batch == min(MOST_SEQUENCES, single.memory_batch)


def test_fewer_replicas_than_the_least_do_not_carry_the_means():
    found = sizing(requests_per_s=300)
    least = found.least_replicas()
    one = found.requests_per_s(found.largest_batch)
    assert (least - 1) * one < 300 <= least * one
    assert found.likely_replicas(least) >= least
    ratio = Ratio(1, 2)
    groups = found.least_groups(ratio)
    assert (groups - 1) * found.group_requests_per_s(ratio) < 300


def test_a_group_is_as_fast_as_its_slower_pool():
    found = sizing()
    assert found.group_requests_per_s(Ratio(1, 4)) <= 1 / found.reading_seconds
    assert found.group_requests_per_s(Ratio(3, 1)) <= 3 / found.reading_seconds
    single = sizing(output_tokens=1)
    assert single.group_requests_per_s(Ratio(2, 1)) == pytest.approx(2 / single.reading_seconds)
    assert len(set(RATIOS)) == len(RATIOS)
    assert (2, 2) not in RATIOS


COPIES = [
    copy(),
    copy("TP8", "fp8", "fp8"),
    copy(model="qwen3-30b-a3b"),
    copy("2x2", "int8", "int8", on="tpu-v5e"),
]


@pytest.mark.parametrize("each", COPIES, ids=lambda one: f"{one.model.name} {one.layout}")
@pytest.mark.parametrize("prompt", [1, 16, 128, 500, 4000])
@pytest.mark.parametrize("output", [1, 2, 64, 500])
def test_floors_are_below_what_is_expected(each, prompt, output):
    found = sizing(each, prompt_tokens=prompt, output_tokens=output)
    assert found.floor_prompt_seconds < found.prompt_seconds
    for batch in (1, 8, 64, 256):
        assert found.floor_step_seconds(batch) < found.step_seconds(batch)
        assert 0 < found.floor_seconds(batch) < 1 / found.requests_per_s(batch)
        assert found.floor_seconds(batch) <= 1.0001 * found.floor_seconds(batch, apart=True)


def test_a_floor_counts_prompts_and_answers():
    found, twice = sizing(), sizing(prompt_tokens=1000)
    answer = 59 * found.floor_step_seconds(64) / 64
    peak = 2 * 7e9 / found.replica.chip.peak("bf16")  # of a token, its layers alone
    assert found.floor_seconds(64) > answer
    assert found.floor_seconds(64, apart=True) > answer + 0.9 * 500 * peak
    more = twice.floor_seconds(64, apart=True) - found.floor_seconds(64, apart=True)
    assert 500 * peak * 0.9 < more < 500 * peak * 1.5


def test_a_long_prompt_is_read_in_steps():
    found = sizing(prompt_tokens=8000, output_tokens=100)
    longer = sizing(prompt_tokens=8100, output_tokens=20)
    assert longer.prompt_seconds == pytest.approx(longer.replica.expected(prompt_load(8100)))
    twice = sizing(copy("2x2", "int8", "int8", on="tpu-v5e"), prompt_tokens=3000)
    first = twice.replica.expected(prompt_load(2048, last=False))
    second = twice.replica.expected(prompt_load(952, before_tokens=2048))
    assert twice.prompt_seconds == pytest.approx(first + second)
    assert found.memory_batch > 10
