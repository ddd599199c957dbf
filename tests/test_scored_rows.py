"""The table of scored rows and the record of their errors are of one run of one command."""

import json

import pytest

from tokenworks.cost.ladder import RUNGS
from tokenworks.validate import errors, scored_rows
from tokenworks.validate.scored import COMMAND
from tools.repository import ROOT

RECORD = json.loads((ROOT / "benchmarks/results/expected.json").read_text(encoding="utf-8"))


def groups_of(row):
    """Return the groups that the record counts a row in, but for its chip."""
    return ("all", row.kind, row.served.backend)


@pytest.mark.parametrize("choice", [*(str(rung.number) for rung in RUNGS), "card"])
def test_the_errors_on_record_are_those_of_the_rows(choice):
    found = RECORD["card"] if choice == "card" else RECORD["rungs"][choice]["errors"]
    groups = {}
    for row in scored_rows():
        ratio = row.card if choice == "card" else row.ratios[int(choice) - 1]
        for group in groups_of(row):
            groups.setdefault(group, []).append(ratio)
    assert len(groups) == 7
    for group, ratios in groups.items():
        want = errors(ratios)
        assert found[group]["rows"] == want.rows
        for name in ("median", "p90", "median_ratio"):
            assert found[group][name] == pytest.approx(getattr(want, name), abs=2e-4), (group, name)


def test_the_record_names_the_command_that_fills_both():
    assert RECORD["command"] == COMMAND
    assert RECORD["flags"]["ok"] == len(scored_rows())
    assert {number: rung["adds"] for number, rung in RECORD["rungs"].items()} == {
        str(rung.number): rung.adds for rung in RUNGS
    }
