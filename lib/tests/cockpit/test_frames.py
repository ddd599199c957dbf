"""What a page draws of a moment."""

import json

from tokenworks.cockpit.driven import Cockpit
from tokenworks.cockpit.frames import frame, step_kind
from tokenworks.cockpit.script import Script
from tokenworks.cockpit.settings import Settings


def test_a_frame_is_json_and_adds_up():
    run = Cockpit(Script.of(Settings(rate=40, chips=4, prefill="disaggregated")))
    run.run_to(3)
    told = frame(run, 3.0)
    assert json.loads(json.dumps(told)) == told
    assert {each["pool"] for each in told["replicas"]} == {"prefill", "decode"}
    assert {each["step"] for each in told["replicas"]} <= {"prefill", "decode", "mixed", "idle"}
    for each in told["replicas"]:
        assert each["blocks"]["used"] + each["blocks"]["cached"] <= each["blocks"]["total"]
    assert told["arrived"] == told["queued"] + told["running"] + told["done"]
    assert told["board"]["at"] == 3.0


def test_before_the_first_half_second_there_is_no_board():
    assert frame(Cockpit(Script()), 0.0)["board"] is None
    assert step_kind(None) == "idle"
