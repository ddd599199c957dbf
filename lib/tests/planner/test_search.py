from dataclasses import replace

from planner.asked import copies, copy, demand, sizing
from tokenworks.planner.plans import _too_few
from tokenworks.planner.rents import prices_for
from tokenworks.planner.search import Family, Search, families_of, reads_in_time
from tokenworks.planner.sizing import Sizing
from tokenworks.specs import chip

PRICES = prices_for(chip("h100-sxm"))


def search(*sizings, **more):
    return Search(families_of(sizings), PRICES, 0, counted=100, **more)


def test_families_are_copies_that_hold_and_are_fast_enough():
    names = [(f.sizing.replica.layout, f.ratio is None) for f in families_of([sizing()])]
    assert names == [("TP1", True), ("TP1", False)]
    assert families_of([sizing(tpot_seconds=1e-4)]) == []
    assert families_of([sizing(copy("TP1", model="llama-3-70b"))]) == []
    assert not reads_in_time(sizing(ttft_seconds=0.01))


def test_ways_come_from_the_lowest_rent_up_and_differ():
    asked = demand(requests_per_s=20, ttft_seconds=0.5)
    names = ("TP1, weights fp8, cache fp8", "TP2, weights fp8, cache fp8")
    each = [Sizing(one, asked) for one in copies() if one.name in names]
    found = [trial for trial, _ in zip(search(*each).passing(), range(3), strict=False)]
    assert all(trial.met and len(trial.replay.seeds) == 3 for trial in found)
    usd = [trial.candidate.rent.usd_per_hour for trial in found]
    assert usd == sorted(usd)
    kinds = [
        (t.candidate.replica.layout, t.candidate.replica.weights, bool(t.candidate.ratio))
        for t in found
    ]
    assert len(set(kinds)) == 3


def test_where_first_tokens_come_late_more_seeds_are_asked():
    """A queue that grew in none of three replays may grow in the next."""
    each = Sizing(copy(), demand(requests_per_s=9, prompt_tokens=2000))
    looked, family = search(each), Family(Sizing(copy(), each.demand), None)
    early = looked.trial(family, 2).replay
    assert (early.close, len(early.seeds)) == (False, 3)
    bound = early.ttft.worst_seconds / 0.95
    late = Sizing(copy(), replace(each.demand, ttft_seconds=bound))
    again = search(late).trial(Family(late, None), 2).replay
    assert again.close
    assert len(again.seeds) > 3
    assert again.met == (len(again.seeds) == 8 and again.ttft.upper_seconds <= bound)


def test_one_copy_fewer_fails():
    each = sizing(requests_per_s=400, tpot_seconds=0.02, ttft_seconds=0.15)
    looked = search(each)
    best = next(looked.passing()).candidate
    family = Family(each, best.ratio)
    assert best.groups > looked.least(family)
    assert not looked.trial(family, best.groups - 1).met
    more = looked.trial(family, best.groups + 2)
    assert more.met
    assert looked._fewest(family, more).candidate.groups == best.groups


def test_a_failed_replay_ends_at_the_first_seed_that_shows_it():
    idle = sizing(tpot_seconds=0.012)
    most = idle.requests_per_s(idle.largest_batch)
    each = sizing(requests_per_s=1.6 * most, tpot_seconds=0.012)
    looked = search(each)
    family = Family(each, None)
    trial = looked.trial(family, 1)
    assert not trial.met
    assert len(trial.replay.seeds) < 3
    tried = looked.tried
    assert looked.trial(family, 1) is trial  # not run again
    assert looked.tried == tried
    assert trial in looked.trials


def test_no_more_chips_than_allowed():
    each = sizing(requests_per_s=100, tpot_seconds=0.01, ttft_seconds=0.5)
    assert list(search(each, max_chips=1).passing()) == []


def test_a_search_that_was_cut_off_says_so(monkeypatch):
    hard = sizing(ttft_seconds=0.048)
    monkeypatch.setattr("tokenworks.planner.search.MOST_TRIED", 1)
    cut = search(hard)
    assert list(cut.passing()) == []
    assert cut.exhausted
    text = _too_few(cut).text
    assert text == f"none of the {cut.tried} ways that were tried passes its replay; " + (
        "others are left untried"
    )


def test_a_search_that_tried_everything_was_not_cut_off():
    looked = Search(families_of([sizing(ttft_seconds=0.048)])[:1], PRICES, 0, counted=100)
    assert list(looked.passing()) == []
    assert not looked.exhausted
    assert _too_few(looked).text == "no number of copies that was tried keeps both percentiles"
