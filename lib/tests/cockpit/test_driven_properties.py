"""Whatever a script changes: nobody is lost, no token is made twice, no block stays taken."""

import json
from collections import Counter

import pytest

from cockpit.drawn import script
from tokenworks.cockpit import driving
from tokenworks.cockpit.driven import Cockpit
from tokenworks.cockpit.script import Script
from tokenworks.serving.cluster.conservation import broken_laws

SCRIPTS = range(24)


def drained(run):
    """Let nobody else come, and everybody who is inside leave; replicas that failed are back."""
    run.open, run.planned = False, {}
    return run.run()


@pytest.mark.parametrize("seed", SCRIPTS)
def test_every_request_ends_once_and_nothing_leaks(seed):
    run = Cockpit(script(seed), keep=True)
    run.run_to(6.0)
    assert (run.board["utilisation"] or 0.0) <= 1 + 1e-9
    sent = list(run.requests)
    told = drained(run)
    assert broken_laws(told, sent) == []
    assert Counter(told.finished) == Counter(sent)
    assert run.done == run.arrived == len(sent)
    for request in sent:
        assert len(request.token_seconds) == request.generated == request.limit


@pytest.mark.parametrize("seed", SCRIPTS[:8])
def test_in_pieces_and_with_changes_that_come_later_it_is_the_same(seed):
    asked = script(seed)
    driving._kept.clear()
    whole = driving.drive(asked, until=6, every=0.25)["frames"]
    driving._kept.clear()
    pieces, at = [], 0.0
    while at < 6:
        known = Script(asked.seed, tuple(c for c in asked.changes if c.seconds <= at + 0.75))
        pieces += driving.drive(known.to_dict(), since=at, until=at + 0.75, every=0.25)["frames"]
        at += 0.75
    assert json.dumps(pieces) == json.dumps(whole)
    for frame in whole:
        board = frame["board"] or {}
        assert (board.get("utilisation") or 0.0) <= 1 + 1e-9
        assert frame["arrived"] == frame["queued"] + frame["running"] + frame["done"]
        assert min(frame["queued"], frame["running"]) >= 0
        for each in frame["replicas"]:
            assert min(each["waiting"], each["blocks"]["used"], each["sent"]) >= 0
