"""The frontier against the functions of the library, and what the chapter says of it."""

from random import Random

import pytest

from tokenworks.cost.batch_zones import batch_curve, zone_starts
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory_budget import max_batch
from tokenworks.data.batch_tail import BATCHES
from tokenworks.specs import chip, model_spec, price
from tokenworks.widgets.calculators.batches import CALCULATION, at

NAMES = {"7b": "llama-2-7b", "8b": "llama-3-8b"}


def test_points_are_the_librarys():
    for place in Random(14).sample(CALCULATION.places(), 40):
        on = Deployment(model_spec(NAMES[place["model"]]), chip(place["chip"]))
        context = place["context"]
        found = at(place)
        if context > on.model.context_tokens:
            assert found.verdict == "long"
            continue
        (point,) = batch_curve(
            on,
            [place["batch"]],
            context_tokens=context,
            usd_per_chip_hour=price(f"runpod-{place['chip']}").usd_per_hour,
            constants=Constants.fitted(),
        )
        assert found.values["usd"] == pytest.approx(point.usd_per_million)
        assert found.floors["usd"] == pytest.approx(point.floor_usd_per_million)
        assert found.values["most"] == max_batch(on, context)
        assert (found.verdict == "full") == (place["batch"] > max_batch(on, context))


def test_the_case_of_the_text():
    start = CALCULATION.start
    found = {batch: at(start | {"batch": batch}) for batch in BATCHES}
    assert found[8].verdict == "keeps"
    assert found[128].verdict == "full"
    starts = zone_starts(Deployment(model_spec("llama-2-7b"), chip("a100-80gb")), 2048)
    assert starts["caches"] == 13
    assert [found[batch].values["zone"] for batch in (12, 16)] == [0, 1]
    kept = found[8].values["kept"]
    assert {batch for batch, each in found.items() if each.verdict == "keeps"} == {
        batch for batch in BATCHES if batch <= kept
    }


def test_prompts_between_make_a_token_dearer_and_end_its_fall():
    """Steps alone grow cheaper with the batch; reading prompts costs as much at any batch."""
    start = CALCULATION.start
    fitting = [b for b in BATCHES if at(start | {"batch": b}).verdict != "full"]
    values = [at(start | {"batch": batch}).values for batch in fitting]
    alone = [each["usd"] for each in values]
    assert alone == sorted(alone, reverse=True)
    assert all(each["served"] > each["usd"] for each in values)
    assert alone[0] / alone[-1] > 1.3 * values[0]["served"] / values[-1]["served"]


def test_an_accepted_result_costs_more_by_what_was_not_accepted():
    found = at(CALCULATION.start).values
    assert found["accepted"] == pytest.approx(found["served"] / 0.9)
