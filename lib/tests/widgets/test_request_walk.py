"""The stations of a request: times are the clocks', and what is known saves reading alone."""

import pytest

from tokenworks.cost.checkpoints import engine_plan
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory import kv_bytes
from tokenworks.cost.step_kernels import decode_step
from tokenworks.cost.step_time import decode_seconds
from tokenworks.widgets.deployments import DEPLOYMENTS
from tokenworks.widgets.prefix_timeline import shown_at
from tokenworks.widgets.request_walk import (
    DEPLOYMENT,
    GRID,
    OUTPUT_TOKENS,
    PROMPT_TOKENS,
    STATIONS,
    USERS,
    decoding,
    request_walk,
    sent_bytes,
    station_seconds,
    tabulated,
    texts,
    times,
)

ON = DEPLOYMENTS[DEPLOYMENT]


@pytest.mark.parametrize("known", GRID["known"])
def test_reading_is_that_of_the_prefix_widget(known):
    found = shown_at(DEPLOYMENT, known=known, prefix_tokens=2000, new_tokens=80)
    assert times(known)[3] == (found["floor_with"], found["with"])


def test_sending_and_writing():
    assert sent_bytes() == kv_bytes(ON.model, PROMPT_TOKENS, bytes_per_value=2)
    assert times("whole")[4] == (pytest.approx(sent_bytes() / 50e9, rel=1e-5), None)
    floor, expected = decoding()
    context = PROMPT_TOKENS + OUTPUT_TOKENS // 2
    assert floor == pytest.approx(199 * decode_seconds(ON, context, batch=USERS))
    step = decode_step(engine_plan(ON), USERS, context, constants=Constants.fitted())
    assert expected == pytest.approx(199 * step.expected_seconds)
    assert times("none")[4:] == times("whole")[4:]


def test_what_has_no_time_says_so():
    for known in GRID["known"]:
        unknown = [name for name, pair in zip(STATIONS, times(known), strict=True) if not any(pair)]
        assert unknown == ["Client", "Load balancer", "Router", "Output stream"]
        assert len(texts(known)) == len(STATIONS)
        assert station_seconds(known, 0) == 0
        assert station_seconds(known, 4) == times(known)[4][0]
    assert texts("whole")[2] != texts("none")[2]
    assert "the first 125" in texts("whole")[2]


def test_text_forms():
    widget = request_walk()
    assert repr(widget) == "RequestWalk(known='whole', station=0)"
    assert widget.fallback().count("<tr>") == 1 + len(STATIONS)
    assert tabulated()["stations"] == list(STATIONS)
    with pytest.raises(ValueError, match="station = 9 is not recorded; choose from 0, 1, 2"):
        request_walk(station=9)
