from random import Random

from tokenworks.cost.mixed_step import Load
from tokenworks.cost.slice_loads import prompt_load
from tokenworks.planner.tabulated_clock import slowed, tabulated


def decoding(batch, mean):
    return Load(batch, batch, batch, batch * mean, batch * mean)


def test_contexts_are_rounded_up_to_the_grid_and_prompts_stay_as_they_are():
    seen = []

    def clock(load):
        seen.append(load)
        return 1.0

    table = tabulated(clock, tokens=16)
    table(decoding(4, 17))
    assert seen[-1] == decoding(4, 32)
    table(decoding(4, 32))
    assert len(seen) == 1  # known
    beside = prompt_load(100, decodes=3, context_tokens=40)
    table(beside)
    assert seen[-1] == prompt_load(100, decodes=3, context_tokens=48)
    alone = prompt_load(100)
    table(alone)
    assert seen[-1] == alone


def test_no_step_gets_shorter_and_none_by_more_than_the_grid():
    def clock(load):
        return 1e-3 * load.new_tokens + 1e-6 * load.context_tokens

    table, random = tabulated(clock, tokens=8), Random(0)
    for _ in range(300):
        load = decoding(random.randint(1, 64), random.randint(1, 999))
        added = table(load) - clock(load)
        assert -1e-12 <= added <= 1e-6 * 8 * load.sequences


def test_a_slower_clock_is_so_many_times_as_long():
    assert slowed(lambda load: 2.0, 1.5)(decoding(1, 1)) == 3.0
