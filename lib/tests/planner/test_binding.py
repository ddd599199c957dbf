import pytest

from planner.asked import candidate, copies, copy, demand, found, sizing
from tokenworks.planner.binding import _too_little, obstacle, what_binds
from tokenworks.planner.rents import prices_for
from tokenworks.planner.replicas import Ratio
from tokenworks.planner.search import Search, families_of
from tokenworks.planner.sizing import Sizing
from tokenworks.specs import chip


def test_a_copy_less_is_what_shows_the_constraint():
    plan = found(requests_per_s=150, tpot_seconds=0.01)
    assert plan.binding == "TPOT"
    assert "the next that costs less" in plan.binding_text
    assert plan.best.candidate.replicas > 1


def test_where_one_chip_is_enough_the_price_of_a_chip_binds():
    plan = found(requests_per_s=0.5)
    assert plan.binding == "price"
    assert plan.best.candidate.chips == 1


def test_where_nothing_fits_on_fewer_chips_memory_binds():
    plan = found("llama-3-70b", requests_per_s=0.2, tpot_seconds=0.1, weights=("bf16",))
    assert plan.best.candidate.replica.layout == "TP2"
    assert plan.binding == "memory"
    assert "on fewer chips nothing fits" in plan.binding_text


def test_an_slo_below_the_floor_names_the_floor():
    each = [Sizing(one, demand(tpot_seconds=1e-4)) for one in copies()]
    limit = obstacle(each, each[0].demand)
    assert limit.name == "TPOT"
    floor = min(s.floor_step_seconds(1) for s in each)
    assert "100 µs is below the floor of TPOT" in limit.text
    assert f"{floor * 1e6:.1f} µs" in limit.text
    late = [sizing(ttft_seconds=0.04)]
    assert obstacle(late, late[0].demand).name == "TTFT"
    assert "is above the floor of TTFT" in obstacle(late, late[0].demand).text


def test_no_room_at_all_is_memory_and_a_good_copy_is_no_obstacle():
    none = [sizing(copy("TP1", model="llama-3-70b"))]
    assert obstacle(none, none[0].demand).name == "memory"
    assert obstacle([sizing()], demand()) is None


@pytest.mark.parametrize("ttft", [0.066, 0.07])
def test_copies_of_which_each_keeps_another_time_are_no_way(ttft):
    few = {"requests_per_s": 1, "ttft_seconds": ttft, "weights": (), "caches": ()}
    plan = found(on="l40s", tpot_seconds=0.0045, **few)
    assert plan.binding == "TTFT and TPOT"
    assert plan.best is None
    assert "no copy keeps both, even alone: TP1" in plan.binding_text
    asked = float(plan.remedy.split("allow more than TPOT ")[1].split(" ms")[0])
    longer = demand(requests_per_s=1, ttft_seconds=ttft, tpot_seconds=1.01e-3 * asked)
    each = [Sizing(one, longer) for one in copies(on="l40s")]
    assert obstacle(each, longer) is None


def searched(*families):
    return Search(families, prices_for(chip("h100-sxm")), 0, counted=100)


def test_a_cheaper_way_that_passes_is_taken():
    family = families_of([sizing()])[0]
    looked = searched(family)
    dear = looked.trial(family, 3)
    best, limit = what_binds(dear, looked)
    assert dear.met
    assert best.met
    assert best.candidate.groups == 1
    assert limit.name == "price"


@pytest.mark.parametrize(
    ("told", "ratio", "changes"),
    [
        (("prompts", "its copies read no more prompts"), Ratio(1, 4), {"output_tokens": 20}),
        (("TPOT", "a token takes longer than 10 ms"), Ratio(3, 1), {"tpot_seconds": 0.01}),
        (("memory", "its caches hold"), Ratio(3, 1), {"prompt_tokens": 7000, "tpot_seconds": 1}),
    ],
)
def test_of_two_pools_the_slower_one_binds(told, ratio, changes):
    each = sizing(**({"requests_per_s": 20, "output_tokens": 500, "ttft_seconds": 2} | changes))
    limit = _too_little(candidate(1, each.decode_batch, ratio=ratio, each=each), 0.9)
    assert limit.name == told[0]
    assert told[1] in limit.text


def test_answers_of_one_token_are_bound_by_their_prompts():
    plan = found(requests_per_s=400, output_tokens=1, alternatives=0)
    assert plan.best.candidate.groups > 1
    assert plan.binding in {"prompts", "TTFT"}
