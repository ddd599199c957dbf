"""Controls and their choices have names that a reader knows."""

import pytest

from tokenworks.cockpit.labels import FIELDS, choices, facts_of
from tokenworks.cockpit.settings import CHOICES, Settings


@pytest.mark.parametrize("field", FIELDS)
def test_each_choice_has_a_label_of_its_own(field):
    labels = [label for _, label in choices(field)]
    assert len(set(labels)) == len(labels)
    for value, _ in choices(field):
        if field not in ("chips_per_replica", "prefill", "model", "speculation"):
            assert field in ("rate", *CHOICES)
            assert value in (CHOICES.get(field) or [value])


def test_all_controls_are_named():
    assert set(FIELDS) == set(Settings().to_dict())


def test_facts_are_sentences_with_a_date():
    facts = facts_of(Settings())
    assert "2026-" in facts["rent"]
    assert "(assumed)" in facts["speculation"]
    assert all(text.endswith(".") for text in facts.values())
