"""The recorded form: what is in it, and its numbers."""

import json

from tokenworks.cockpit.recorded_form import BASE, COPIES, GRID, configurations, head, thin


def test_only_what_can_be_is_in_it():
    found = dict(configurations())
    assert len(found) <= 600
    for key, settings in found.items():
        values = dict(zip(GRID, map(json.loads, key.split("|")), strict=True))
        assert settings == BASE.but(**values)
        assert settings.chips_per_replica == COPIES[settings.model]
    assert json.loads(json.dumps(head())) == head()


def test_numbers_have_six_digits():
    assert thin({"a": 1 / 3, "b": [1], "c": None, "n": 1234567}) == {
        "a": 0.333333,
        "b": [1],
        "c": None,
        "n": 1234567,
    }
