"""Memories under a trace: laws, hand-made cases, and the bars of vLLM's second figure."""

import math
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.contiguous import (
    Buddy,
    FirstFit,
    reserve_exact,
    reserve_most,
    reserve_power_of_two,
)
from tokenworks.serving.kv_occupancy import count_that_fit, moments, occupancy
from tokenworks.serving.lengths import lognormal
from tokenworks.serving.waste import Contiguous, Paged

few = settings(max_examples=30)
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module")
CELLS = 12 * 2**30 // 819_200  # of the paper's 13B model: 15,728
MEMORIES = {
    "max": lambda size: Contiguous(FirstFit(size), reserve_most(20)),
    "exact": lambda size: Contiguous(FirstFit(size), reserve_exact),
    "buddy": lambda size: Contiguous(Buddy(size), reserve_exact),
    "pow2": lambda size: Contiguous(Buddy(size), reserve_power_of_two(20)),
    "paged 1": lambda size: Paged(BlockPool(size, 1)),
    "paged 4": lambda size: Paged(BlockPool(size // 4, 4)),
}
rows = st.tuples(st.integers(0, 12), st.integers(1, 12), st.integers(1, 8))


def test_two_requests_by_hand():
    """Six positions of 2, for 3 and 4 tokens of 1: the second waits until the first is done."""
    memory = Contiguous(FirstFit(6), reserve_exact)
    found = list(moments(memory, [(0, 2, 1), (0, 1, 3)], step_seconds=1))
    assert [(m.running, m.waiting, m.waste.used) for m in found] == [
        (1, 1, 3),
        (1, 0, 2),
        (1, 0, 3),
        (1, 0, 4),
    ]
    assert found[0].waste.external == 3
    paged = list(moments(Paged(BlockPool(6, 1)), [(0, 2, 1), (0, 1, 3)], step_seconds=1))
    assert [(m.running, m.waste.used) for m in paged] == [(2, 5), (1, 3), (1, 4)]


def test_the_latest_comer_is_put_out_and_computed_again():
    """Five blocks of 1 for 2 + 2 and 1 + 3 tokens: in the second step one block is missing."""
    found = list(moments(Paged(BlockPool(5, 1)), [(0, 2, 2), (0, 1, 3)], step_seconds=1))
    assert [(m.running, m.waiting, m.preempted, m.waste.used) for m in found] == [
        (2, 0, 0, 5),
        (1, 1, 1, 4),
        (1, 0, 0, 3),
        (1, 0, 0, 4),
    ]


def test_time_jumps_to_the_next_arrival():
    found = list(moments(Paged(BlockPool(4, 1)), [(9, 1, 1), (0, 1, 1)], step_seconds=0.5))
    assert [m.running for m in found] == [1, 1]


@few
@given(st.sampled_from(sorted(MEMORIES)), st.integers(32, 80), st.lists(rows, max_size=8))
def test_every_position_has_one_use_and_everyone_is_served(name, size, requests):
    memory = MEMORIES[name](size)
    whole, served = memory.free_tokens, 0
    for moment in moments(memory, requests, step_seconds=1):
        waste = moment.waste
        assert waste.total == whole
        assert min(vars(waste).values()) >= 0
        served += moment.running
        if name.startswith("paged"):
            assert waste.external == 0
            size = 4 if name.endswith("4") else 1
            assert waste.internal + waste.reserved <= (size - 1) * moment.running
        if "exact" in name or "buddy" in name:
            assert waste.internal == moment.preempted == 0
    assert served == sum(output for *_, output in requests)
    assert memory.free_tokens == whole


def test_a_request_that_never_fits_is_refused():
    with pytest.raises(ValueError, match="12 tokens never fit"):
        list(moments(Paged(BlockPool(2, 4)), [(0, 7, 5)], step_seconds=1))
    with pytest.raises(ValueError, match="12 tokens never fit"):
        list(moments(Contiguous(FirstFit(10), reserve_exact), [(0, 7, 5)], step_seconds=1))


@pytest.mark.parametrize("row", [(0, 0, 5), (0, 5, 0), (0, 5, -1)])
def test_a_request_has_a_prompt_and_an_answer(row):
    with pytest.raises(ValueError, match="_tokens must be a whole number from 1"):
        list(moments(Paged(BlockPool(4, 4)), [row], step_seconds=1))
    with pytest.raises(ValueError, match="_tokens must be a whole number from 1"):
        count_that_fit(Paged(BlockPool(4, 4)), *row[1:])


def test_nobody_has_no_mean():
    assert list(moments(Paged(BlockPool(4, 4)), [], step_seconds=1)) == []
    with pytest.raises(ValueError, match="no request came"):
        occupancy(Paged(BlockPool(4, 4)), [], step_seconds=1)


UNIT = 8  # tokens: an eighth of the memory and of every length is the same, and quicker


def sharegpt_like(count):
    """Return lengths with the means of the paper's figure 11; that they are lognormal is ours."""
    random, each = Random(1), {"sigma": 1.0, "most": 1024 // UNIT}
    prompt, output = (lognormal(mean_tokens=n / UNIT, **each) for n in (161.31, 337.99))
    return [(n / 2, prompt(random), output(random)) for n in range(count)]


@pytest.mark.parametrize(
    ("reserve", "bars", "at_once"),
    [
        (reserve_most(2048 // UNIT), (20.4, 13.3, 57.3, 8.9), 7.00),
        (reserve_power_of_two(2048 // UNIT), (26.8, 17.9, 13.6, 41.6), 9.81),
        (reserve_exact, (38.2, 25.2, 0.0, 36.6), 13.62),
    ],
    ids=["max", "pow2", "oracle"],
)
def test_the_bars_of_the_paper(reserve, bars, at_once):
    """Figures 2 and 13a of arXiv 2309.06180, from two means and a guess of the shape."""
    memory = Contiguous(Buddy(CELLS // UNIT), reserve)
    found = occupancy(memory, sharegpt_like(150), step_seconds=0.03 * UNIT)
    used, reserved, internal, external, free = found.waste.shares.values()
    assert [used, reserved, internal, external] == pytest.approx([x / 100 for x in bars], abs=0.06)
    assert free == pytest.approx(0)
    assert found.running == pytest.approx(at_once, rel=0.15)
    assert found.preempted == 0


def test_forty_times_is_thirty_two_with_pages_and_four_with_prompts():
    """50 tokens of 2,048: 41 in tokens, 32 in pages of 16; with ShareGPT's mean lengths 4.3."""
    old = Contiguous(FirstFit(CELLS), reserve_most(2048))
    assert count_that_fit(old, 1, 49) == count_that_fit(old, 161, 338) == 7
    counts = [count_that_fit(Paged(BlockPool(CELLS // 16, 16)), *n) for n in ((1, 49), (161, 338))]
    assert counts == [245, 30]
    assert 2048 // (4 * 16) == 32
    assert counts[1] / 7 == pytest.approx(30.42 / 7.00, rel=0.02)  # figure 13a, measured
    assert old.free_tokens == CELLS


@pytest.mark.parametrize("moment", [-1.0, math.nan, math.inf])
def test_a_moment_that_is_none_is_refused(moment):
    with pytest.raises(ValueError, match="an arrival second must be a finite number from 0"):
        list(moments(MEMORIES["paged 4"](64), [(moment, 3, 3)], step_seconds=1))
