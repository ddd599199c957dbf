"""Frames of a script: in one go or in pieces, kept or not, the same to the last bit."""

import pytest

from tokenworks.cockpit import Script, Settings, drive, driving

CHANGES = [
    [0, {"set": {"rate": 30, "chips": 2}}],
    [2, {"set": {"rate": 60}}],
    [3.25, {"fail": 1}],
    [4, {"set": {"batching": "static"}}],
    [6, {"set": {"batching": "continuous", "prefill": "disaggregated"}}],
]
SCRIPT = {"seed": 5, "changes": CHANGES}


def fresh(*args, **kwargs):
    driving._kept.clear()
    return drive(*args, **kwargs)


def test_in_pieces_it_is_the_same_to_the_last_bit():
    whole = fresh(SCRIPT, until=8, every=0.1)["frames"]
    assert fresh(SCRIPT, until=8, every=0.1)["frames"] == whole
    driving._kept.clear()
    pieces = []
    for start, end in ((0, 0.7), (0.7, 3.2), (3.2, 6), (6, 8)):
        pieces += drive(SCRIPT, since=start, until=end, every=0.1)["frames"]
    assert pieces == whole


def test_what_is_changed_later_leaves_what_was_before_as_it_is():
    whole = fresh(SCRIPT, until=8, every=0.5)["frames"]
    driving._kept.clear()
    pieces = []
    for number in range(16):
        known = [row for row in CHANGES if row[0] <= number * 0.5]
        since, until = number * 0.5, (number + 1) * 0.5
        script = {"seed": 5, "changes": known if since != 3 else CHANGES[:3]}
        pieces += drive(script, since=since, until=until)["frames"]
    assert pieces == whole


def test_everybody_is_queued_running_or_done():
    for frame in fresh(SCRIPT, until=8, every=0.25)["frames"]:
        assert frame["arrived"] == frame["queued"] + frame["running"] + frame["done"]
        assert frame["running"] == sum(each["running"] for each in frame["replicas"])
        assert min(frame["queued"], frame["running"], frame["done"]) >= 0


def test_the_answer_has_the_settings_of_its_end():
    answer = fresh(Script.of(Settings(rate=3)), until=1, since=1)
    assert answer["settings"] == Settings(rate=3).to_dict()
    assert [frame["at"] for frame in answer["frames"]] == [1.0]
    assert fresh({}, until=0)["frames"][0]["arrived"] == 0


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"until": -1}, "until"),
        ({"until": 1, "every": 0}, "every must be at least"),
        ({"until": 1, "since": 2}, "lies before since"),
        ({"until": 3600, "every": 0.01}, "frames are too many"),
    ],
)
def test_moments_that_cannot_be_are_refused(asked, says):
    with pytest.raises(ValueError, match=says):
        drive({}, **asked)
