"""What a page asks of the cockpit, through the runner's door."""

import json

import pytest

from tokenworks.runner import answer


def asked(**fields):
    return json.loads(answer(json.dumps(fields)))


def test_a_script_is_driven():
    found = asked(ask="drive", script={"seed": 3, "changes": []}, until=1)
    assert [frame["at"] for frame in found["frames"]] == [0.5, 1.0]
    assert found["settings"]["rate"] == 10.0


def test_a_mission_is_judged():
    found = asked(ask="mission", mission="prefix", script={}, until=2)
    assert found["passed"] is False
    assert found["says"].startswith("Not yet: ")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"ask": "drive", "script": {"seed": -1}, "until": 1}, "a seed must be a whole number"),
        ({"ask": "drive", "script": 3, "until": 1}, "a script is an object"),
        ({"ask": "mission", "mission": "x", "script": {}}, "no mission 'x'; there are"),
        ({"ask": "score", "challenge": "x", "settings": {}}, "no challenge 'x'; there are"),
    ],
)
def test_nonsense_is_refused_in_one_line(fields, says):
    refused = asked(**fields)["refused"]
    assert refused.startswith(says)
    assert "\n" not in refused
