"""What settings are called: every one, and every value, without a name of a field."""

import re

import pytest

from tokenworks.cockpit.labels import LABELS, held_text, label_of
from tokenworks.cockpit.settings import CHOICES, Settings


def test_every_setting_has_a_label_and_no_two_have_the_same():
    assert sorted(LABELS) == sorted(Settings().to_dict())
    assert len(set(LABELS.values())) == len(LABELS)
    for name, values in CHOICES.items():
        labels = [label_of(name, value) for value in values]
        assert len(set(labels)) == len(values)
        assert not any(re.search("_|True|False|h100|llama-", label) for label in labels)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("rate", 10.0, "Requests 10 /s or more"),
        ("prefix_caching", True, "Prefix caching on"),
        ("speculation", False, "Speculation off"),
        ("shared_prefix", 2000, "Shared beginning 2,000 tokens"),
        ("chip", "h100-sxm", "Chip H100 SXM"),
        ("batching", "static", "Batching Static"),
    ],
)
def test_what_must_hold_is_said_by_the_words_of_its_control(name, value, says):
    assert held_text(name, value) == says
