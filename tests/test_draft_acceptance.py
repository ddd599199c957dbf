"""The acceptance that is published of the trained draft, computed again on a few of its texts."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks.draft_acceptance import from_row, proposals
from benchmarks.draft_measure import PLACES, Contender, layer_outputs, measured, true_states
from benchmarks.draft_prompts import HELD_OUT_PACKAGES, KINDS, TRAINED_PACKAGES
from benchmarks.draft_topics import HELD_OUT, TRAINED
from tokenworks.model import load
from tokenworks.speculation import draft_record, trained_draft
from tools.repository import ROOT

ROUNDING = 0.02  # another processor rounds otherwise, and a near tie turns


@pytest.fixture(scope="module")
def record():
    path = ROOT / "benchmarks/results/draft_acceptance.json"
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.model
def test_a_few_texts_are_accepted_as_published(record):
    lm = load()
    draft = trained_draft(lm)
    trained = Contender(layer_outputs(lm, draft.weights), proposals(draft))
    texts = [from_row(row) for row in record["few"]["texts"]]
    found = measured(lm, {"trained": trained}, texts, states_of=true_states(lm))["trained"]
    for kind in KINDS:
        for name, wanted in record["few"]["trained"][kind].items():
            np.testing.assert_allclose(found[kind][name], wanted, atol=ROUNDING, err_msg=kind)


def test_enough_was_held_out_and_nothing_of_it_was_trained_on(record):
    assert sum(record["prompts"].values()) >= 100
    assert min(record["prompts"].values()) > 30
    assert not set(HELD_OUT_PACKAGES) & set(TRAINED_PACKAGES)
    for name in ("topics", *KINDS):
        assert not set(HELD_OUT[name]) & set(TRAINED[name])


@pytest.mark.parametrize("kind", KINDS)
def test_the_trained_draft_beats_its_start_and_half_the_model(record, kind):
    drafts = {name: rows[kind] for name, rows in record["drafts"].items()}
    trained = drafts["trained"]
    assert len(trained["match"]) == len(trained["overlap"]) == PLACES
    for other in ("early exit", "least squares"):
        assert trained["match"][0] >= drafts[other]["match"][0] + 0.05
        assert trained["overlap"][0] >= drafts[other]["overlap"][0] + 0.05
    if kind in ("chat", "code"):
        assert trained["match"][0] >= 0.30


def test_the_draft_in_the_package_is_the_one_that_was_measured(record):
    assert record["draft"] == draft_record()["sha256"]
