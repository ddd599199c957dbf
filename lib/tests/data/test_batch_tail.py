"""Recorded tails: in order, whole, and those that the simulator gives today."""

from itertools import pairwise

import pytest

from benchmarks.record_batch_tails import CHIPS, CONTEXTS, MODELS, row
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.memory_budget import max_batch
from tokenworks.data.batch_tail import batch_tails, batch_tails_record
from tokenworks.specs import chip, model_spec

PLACES = [tuple(key.rsplit(" ", 2)) for key in batch_tails_record()["tails"]]


def test_every_model_chip_and_context_is_there():
    assert {(model, on) for model, on, _ in PLACES} == {(m, c) for m in MODELS for c in CHIPS}
    assert {int(context) for *_, context in PLACES} == set(CONTEXTS)


@pytest.mark.parametrize(("model", "on", "context"), PLACES)
def test_more_users_wait_longer(model, on, context):
    tails = batch_tails(model, on, int(context))
    tpot = [tail.tpot_p99_seconds for tail in tails]
    assert all(after >= 0.95 * before for before, after in pairwise(tpot))
    most = max_batch(Deployment(model_spec(model), chip(on)), int(context))
    assert tails[-1].batch <= most < 2 * tails[-1].batch or tails[-1].batch == 256
    for tail in tails:
        assert tail.itl_p99_seconds > 0.9 * tail.tpot_p99_seconds


@pytest.mark.parametrize(
    ("place", "batch"), [("llama-2-7b a100-80gb 2048", 16), ("llama-3-8b h100-sxm 512", 24)]
)
def test_the_record_is_what_the_simulator_gives(place, batch):
    model, on, context = place.split()
    found = row(Deployment(model_spec(model), chip(on)), int(context), batch)
    assert found in batch_tails_record()["tails"][place]


def test_nothing_is_recorded_beyond_a_models_longest_context():
    assert batch_tails("llama-2-7b", "a100-80gb", 8192) == []
