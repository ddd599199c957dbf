import pytest

from tokenworks.data import Recorded
from tokenworks.figures import waits_by_arrival


def asked(at, wait):
    times = [float(at + wait), float(at + wait + 1)]
    return Recorded(name=str(at), prompt_tokens=5, arrival_seconds=float(at), token_seconds=times)


STEADY = [asked(at, 0.5) for at in range(0, 60, 2)]
STOPPED = [asked(at, 0.5) for at in [*range(0, 20, 2), *range(40, 60, 2)]]
LATE = [asked(at, 40 - at if 20 <= at < 40 else 0.5) for at in range(0, 60, 2)]


def test_who_was_sent_in_the_freeze_and_waited_longest_is_told():
    loads = {"open loop": (LATE, (20, 40)), "closed loop": (STOPPED, (20, 40))}
    figure = waits_by_arrival(loads, before=10, after=10)
    assert figure.numbers == {
        "freeze": 20,
        "open loop: sent in the freeze": 10,
        "open loop: longest wait": 20,
        "closed loop: sent in the freeze": 0,
        "closed loop: longest wait": 0.5,
    }
    dots = figure.wide.count("a2.2 2.2 0 1 0 4.4 0")
    assert dots == 20 + 10, "a dot a request from ten seconds before to ten after"
    assert "Open loop: 10 requests sent in it, the longest wait is 20.0 s." in figure.alt


def test_a_time_in_which_nobody_asked_is_refused():
    with pytest.raises(ValueError, match="no request of 'open loop' was sent in the time"):
        waits_by_arrival({"open loop": (STEADY, (200, 220))}, before=10, after=10)
