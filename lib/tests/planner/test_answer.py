import json
from dataclasses import replace

import pytest

from planner.asked import found
from tokenworks.planner.answer import loses_by
from tokenworks.units import quantities, show


def test_the_object_says_what_to_deploy_and_how_it_was_replayed():
    plan = found()
    told = json.loads(json.dumps(plan.as_json()))
    best = plan.best.candidate
    assert told["feasible"]
    assert told["deployment"]["replicas"] == best.replicas
    assert told["deployment"]["price"] == best.rent.offer.name
    assert told["usd_per_million"] == best.usd_per_million > told["floor_usd_per_million"]
    assert told["binding"]["constraint"] == plan.binding
    assert told["replay"]["seeds"] == [0, 1, 2]
    assert told["replay"]["ttft"]["seconds"] <= told["asked"]["ttft_seconds"]
    assert [one["loses_by"] for one in told["alternatives"]] == [
        loses_by(trial.candidate, best) for trial in plan.others
    ]
    assert told["slower"]["factor"] == 1 + plan.median_error


def test_the_tables_for_people():
    plan = found()
    text = repr(plan.table())
    assert text.startswith("Llama-3 8B on H100 SXM: 20 requests/s of 500 + 60 tokens, P99 of TTFT")
    for name in ("copies", "formats", "price of a chip", "TPOT, P99", "single gaps", "binding"):
        assert f"\n{name} " in text
    options = plan.options_table()
    assert options.rows[0][0] == plan.best.candidate.name
    assert options.rows[0][2] == ""
    assert len(options.rows) == 1 + len(plan.others)
    assert "369 requests, seeds 0 to 2" in plan.sentences[1]
    assert "the median error" in plan.sentences[2]


def test_an_impossible_demand_has_no_deployment_but_a_remedy():
    plan = found(tpot_seconds=1e-4)
    told = plan.as_json()
    assert (told["feasible"], told["deployment"], told["usd_per_million"]) == (False, None, None)
    assert told["remedy"].startswith("allow more than TPOT")
    assert plan.sentences[0].startswith("in the way: 100 µs is below the floor of TPOT")
    assert "feasible    no" in repr(plan.table())
    with pytest.raises(ValueError, match="no way is left to compare"):
        plan.options_table()


def test_two_pools_are_told_apart():
    plan = found(alternatives=3)
    pools = [one.candidate for one in plan.others if one.candidate.ratio]
    assert pools, "with long prompts two pools are among the ways"
    told = plan.as_json()["alternatives"]
    split = next(one for one in told if one["deployment"]["pools"])
    assert sum(split["deployment"]["pools"].values()) == split["deployment"]["replicas"]
    assert any("InfiniBand" in note for note in plan.notes)


def test_longer_steps_are_told_without_times_which_could_look_shorter():
    """With other steps other batches form: P99 of TTFT of one seed may come out lower."""
    plan = found("llama-3-8b", "tpu-v5e", requests_per_s=8, tpot_seconds=0.04, weights=("int8",))
    assert plan.sentences[2].endswith("the median error, both bounds are still kept (seed 0)")
    assert not quantities(plan.sentences[2].replace(show(plan.median_error, "%", decimals=0), ""))
    late = plan.slower.ttft._replace(upper_seconds=0.51)
    missed = replace(plan, slower=replace(plan.slower, ttft=late))
    assert "the median error, TTFT may miss what is asked (seed 0)" in missed.sentences[2]
