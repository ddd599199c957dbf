from itertools import islice

from tokenworks.checks.economics.planning import batch_to_plan_with
from tokenworks.checks.hidden import drawn_cases
from tokenworks.cost.batch_zones import slo_crossing
from tokenworks.data.batch_tail import batch_tails


def test_it_agrees_with_the_crossing():
    drawn = islice(drawn_cases(batch_to_plan_with, "same"), 50)
    for tails, bound in (*batch_to_plan_with.cases, *drawn):
        kept = slo_crossing([tuple(pair) for pair in tails], bound).kept
        assert batch_to_plan_with(tails, bound) == (kept or 0)


def test_the_table_of_the_chapter():
    tails = [
        [row.batch, row.tpot_p99_seconds] for row in batch_tails("llama-2-7b", "a100-80gb", 2048)
    ]
    assert batch_to_plan_with(tails, 0.05) == 32
