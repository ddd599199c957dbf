from planner.asked import demand, found, sizing
from tokenworks.planner.remedies import to_be_fast, to_carry, to_hold
from tokenworks.planner.rents import prices_for
from tokenworks.planner.search import Search, families_of
from tokenworks.specs import chip, model_spec


def test_the_smallest_that_holds_the_model():
    text = to_hold(model_spec("llama-3-405b"), chip("l40s"), demand())
    assert text.startswith("the smallest that does: 8 × L40S (TP8, weights int4")
    assert " or " in text
    assert "no copy within a server" not in text


def test_formats_that_a_slice_does_not_have_are_passed_over():
    text = to_hold(model_spec("llama-3-405b"), chip("tpu-v5e"), demand())
    assert text.startswith("the smallest that does: 16 × TPU v5e (4x4, weights int4")


def test_a_model_that_fits_nowhere_says_so():
    long = demand(prompt_tokens=10**7)
    assert "take a smaller one" in to_hold(model_spec("llama-3-405b"), chip("l40s"), long)


def test_the_times_of_the_fastest_copy():
    each = sizing(tpot_seconds=1e-4)
    assert f"TPOT {each.step_seconds(1) * 1e3:.3f}"[:9] in to_be_fast([each], each.demand)


def test_chips_that_are_too_few_say_what_they_carry():
    plan = found(requests_per_s=400, max_chips=1, ttft_seconds=0.2)
    assert not plan.feasible
    assert plan.binding == "rate"
    assert "1 chip carries" in plan.remedy
    carries, allow = plan.remedy.split(": ")
    assert carries.endswith("requests/s as replayed, in copies of TP1, weights fp8, cache bf16")
    more, name = allow.removeprefix("allow more chips, by the means about ").split(" in copies of ")
    assert int(more) > 1
    assert name.startswith("TP")
    carried = float(plan.remedy.split()[3])
    again = found(requests_per_s=carried * 0.98, max_chips=1, ttft_seconds=0.2)
    assert again.feasible


def test_times_that_only_idle_copies_keep():
    each = sizing(ttft_seconds=0.048)
    looked = Search(families_of([each])[:1], prices_for(chip("h100-sxm")), 0, counted=100)
    assert list(looked.passing()) == []
    assert "allow TTFT" in to_carry(looked)
    assert "came closest" in to_carry(looked)


def test_chips_beyond_all_rates_are_asked_for_no_more_than_the_largest_rate():
    looked = Search(
        families_of([sizing(ttft_seconds=0.048)])[:1], prices_for(chip("h100-sxm")), 0, 10**8
    )
    assert "100000000 chips carry" in to_carry(looked)


def test_where_nothing_could_be_tried_longer_times_are_asked_for():
    looked = Search(families_of([sizing()])[:1], prices_for(chip("h100-sxm")), 0, counted=100)
    assert to_carry(looked).startswith("allow longer times: ")


def test_two_pools_alone_carry_something_too():
    pools = families_of([sizing(requests_per_s=400, ttft_seconds=0.5)])[1:]
    assert [bool(each.ratio) for each in pools] == [True]
    few = sum(pools[0].ratio)
    looked = Search(pools, prices_for(chip("h100-sxm")), 0, few, counted=123)
    text = to_carry(looked)
    assert f"{few} chips carry" in text
    assert "as replayed, in copies of " in text
