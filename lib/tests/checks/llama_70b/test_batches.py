from itertools import islice

import pytest

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.llama_70b.batches import critical_batches
from tokenworks.cost.roofline import critical_batch
from tokenworks.specs import chip


def test_the_batches_of_a_real_chip():
    v5e = chip("tpu-v5e")
    ways = [[2, v5e.peak("bf16")], [1, v5e.peak("bf16")], [1, v5e.peak("int8")]]
    found = critical_batches(ways, v5e.hbm_bytes_per_s)
    assert found == pytest.approx([240.5, 120.3, 239.9], abs=0.05)


def test_each_agrees_with_the_cost_model():
    for ways, rate in (*critical_batches.cases, *islice(drawn_cases(critical_batches, "same"), 50)):
        wanted = [critical_batch(width, peak, rate) for width, peak in ways]
        assert critical_batches(ways, rate) == pytest.approx(wanted)
