import pytest

from planner.asked import sizing
from tokenworks.planner.saturation import config_of, saturated_requests_per_s


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
