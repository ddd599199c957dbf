import pytest

from planner.asked import SPREAD, sizing
from tokenworks.planner.saturation import MOST_ABOVE, config_of, saturated_requests_per_s
from tokenworks.serving.lengths import Samples


def test_a_copy_of_the_simulator_has_the_memory_and_the_batch_of_the_plan():
    each = sizing()
    config = config_of(each, 16)
    assert config.policy.max_batch == 16
    assert config.blocks * 16 >= each.memory_batch * 560
    assert config.blocks // 35 == each.memory_batch
    slow = config_of(each, 16, slower=2.0)
    assert slow.step_seconds(each._decoding(8)) == 2 * config.step_seconds(each._decoding(8))


def test_a_full_copy_serves_about_what_its_means_say():
    each = sizing(prompt_tokens=2000, output_tokens=100)
    found = saturated_requests_per_s(each, 16)
    assert found == pytest.approx(each.requests_per_s(16), rel=0.15)
    assert found < saturated_requests_per_s(each, 32)


HEAVY = Samples(((100, 10),) * 9 + ((100, 3000),))


@pytest.mark.parametrize(
    ("lengths", "means"),
    [(None, (500, 60)), (None, (2000, 100)), (SPREAD, (1244, 82)), (HEAVY, (100, 309))],
)
def test_no_copy_serves_much_more_than_its_means_nor_beats_its_floor(lengths, means):
    """What the search leaves out as too little to look at rests on the first."""
    prompt, output = means
    each = sizing(samples=lengths, prompt_tokens=prompt, output_tokens=output)
    for batch in (8, 64):
        found = saturated_requests_per_s(each, batch)
        assert 0.7 * each.requests_per_s(batch) < found <= MOST_ABOVE * each.requests_per_s(batch)
        assert found <= 1 / each.floor_seconds(batch)
