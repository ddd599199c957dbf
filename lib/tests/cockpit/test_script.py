"""A script: a seed and changes in order of time; nonsense is refused in one line."""

import pytest

from tokenworks.cockpit.script import MOST_CHANGES, Script
from tokenworks.cockpit.settings import Settings

ROWS = [[0, {"set": {"rate": 20}}], [5.5, {"fail": 0}], [9, {"set": {"chips": 4, "rate": 80.0}}]]


def test_it_goes_to_json_and_back_and_knows_what_holds_when():
    script = Script.from_dict({"seed": 7, "changes": ROWS})
    assert Script.from_dict(script.to_dict()) == script
    assert script.start == Settings(rate=20)
    assert script.settings_at(8.9) == Settings(rate=20)
    assert script.settings_at(9) == Settings(rate=80, chips=4)
    assert [change.seconds for change in script.later()] == [5.5, 9]


def test_settings_alone_are_a_script():
    for settings in (Settings(), Settings(rate=3, batching="static")):
        assert Script.of(settings, seed=2).start == settings
    assert Script.of(Settings()).to_dict() == {"seed": 0, "changes": []}


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (None, "a script is an object"),
        ("script", "a script is an object"),
        ({"seed": 1, "more": 2}, "a script is an object"),
        ({"seed": 1.5}, "a seed must be a whole number"),
        ({"seed": True}, "a seed must be a whole number"),
        ({"changes": "abc"}, "the changes of a script are a list"),
        ({"changes": [1]}, "a change is"),
        ({"changes": [["0", {"set": {}}]]}, "a change is at 0 to 3600 seconds"),
        ({"changes": [[-1, {"set": {}}]]}, "a change is at 0 to 3600 seconds"),
        ({"changes": [[float("inf"), {"set": {}}]]}, "a change is at 0 to 3600 seconds"),
        ({"changes": [[1, {"set": 3}]]}, "a change is"),
        ({"changes": [[1, {"fail": -1}]]}, "a change is"),
        ({"changes": [[1, {"fail": True}]]}, "a change is"),
        ({"changes": [[1, {"fail": 1}]]}, "at 1 s: there is no replica 1; .* there are 1"),
        ({"changes": [[1, {"set": {}, "fail": 1}]]}, "a change is"),
        ({"changes": [[2, {"set": {}}], [1, {"set": {}}]]}, "changes stand in order of time"),
        ({"changes": [[1, {"set": {"rate": -4}}]]}, "at 1 s: rate"),
        ({"changes": [[1, {"set": {1: 2}}]]}, "at 1 s: "),
        ({"changes": [[1, {"set": {"model": "llama-3-70b"}}]]}, "at 1 s: .*more chips for each"),
        ({"changes": [[1, {"set": {}}]] * (MOST_CHANGES + 1)}, "at most 200 changes"),
    ],
)
def test_nonsense_is_refused_in_one_line(values, says):
    with pytest.raises(ValueError, match=says) as found:
        Script.from_dict(values)
    assert "\n" not in str(found.value)
