"""Settings of the cockpit: one value for each control, and combinations that cannot be."""

import pytest

from tokenworks.cockpit.settings import CHOICES, Settings


def test_they_go_to_json_and_back():
    made = Settings(rate=40, chips=4, weights="int8")
    assert Settings.from_dict(made.to_dict()) == made
    assert made.but(rate=40.0) == made
    assert made.replicas == 4
    assert {"rate", *CHOICES} == set(made.to_dict())


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"rate": 0}, "rate"),
        ({"rate": float("nan")}, "rate"),
        ({"rate": "10"}, "rate"),
        ({"chips": 3}, "chips must be one of 1, 2, 4, 8, 16; got 3"),
        ({"chips": True}, "chips must be one of"),
        ({"paging": 1}, "paging must be one of False, True"),
        ({"model": "gpt"}, "model must be one of"),
        ({"nothing": 1}, "there is no setting 'nothing'"),
        ({"chips": 4, "chips_per_replica": 8}, "take fewer for each, or more chips"),
        ({"batching": "static", "speculation": True}, "speculation needs continuous batching"),
        ({"batching": "dynamic", "prefix_caching": True}, "prefix caching needs continuous"),
        ({"batching": "static", "prefill": "chunked"}, "chunked prefill needs continuous"),
        ({"chip": "tpu-v5e", "speculation": True}, "turn speculation off"),
        ({"prefill": "disaggregated"}, "two pools need two replicas"),
        (
            {"prefill": "disaggregated", "chips": 2, "autoscaling": True},
            "switch autoscaling off, or",
        ),
    ],
)
def test_what_cannot_be_says_what_to_do(changes, says):
    with pytest.raises(ValueError, match=says) as found:
        Settings().but(**changes)
    assert "\n" not in str(found.value)


def test_what_is_no_object_is_refused():
    with pytest.raises(ValueError, match="an object of names and values"):
        Settings.from_dict(["rate"])
