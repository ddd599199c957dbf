import pytest

from tokenworks.speculation import Speculation
from tokenworks.speculation.draft_length import EstimatedLength, FixedLength, HeuristicLength
from tokenworks.speculation.speculation import _check_draft

from .test_draft import Silent


def test_the_defaults_and_the_three_schedules():
    speculation = Speculation(Silent())
    assert (speculation.gamma, type(speculation.length())) == (4, FixedLength)
    assert isinstance(Speculation(Silent(), schedule="heuristic").length(), HeuristicLength)
    slow = Speculation(Silent(), 2, schedule="estimated", draft_cost=1.5, check_cost=0.2)
    length = slow.length()  # slower than the model: allowed
    assert isinstance(length, EstimatedLength)
    assert (length.draft_cost, length.check_cost) == (1.5, 0.2)
    assert length is not slow.length()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"gamma": 0}, "gamma 0 drafts nothing, which is plain decoding: leave the speculation"),
        ({"gamma": -1}, "gamma must be a whole number from 1, got -1"),
        ({"gamma": True}, "gamma must be a whole number from 1, got True"),
        ({"schedule": "longer"}, "schedule must be one of fixed, heuristic, estimated"),
        ({"draft_cost": -0.1}, "draft_cost must be a finite number from 0"),
        ({"check_cost": float("nan")}, "check_cost must be a finite number"),
    ],
)
def test_bad_settings_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        Speculation(Silent(), **settings)


def test_what_is_no_draft_is_refused():
    with pytest.raises(ValueError, match=r"vocab_size, needs_states and start\(\), got 'ngram'"):
        _check_draft("ngram")
