"""The record of timed all-reduces is what the library says today."""

import json

import pytest

from benchmarks.fit_all_reduce import RECORD, record

AGAIN = "the rule or the table has changed: python -m benchmarks.fit_all_reduce"


@pytest.fixture(scope="module")
def kept():
    return json.loads(RECORD.read_text(encoding="utf-8"))


def test_the_record_is_what_the_library_computes(kept):
    today = record()
    assert {name: kept[name] for name in today} == today, AGAIN
    assert kept["command"] == "python -m benchmarks.fit_all_reduce"


def test_every_group_is_met_and_every_switch_has_its_name(kept):
    assert kept["summary"]["worst_median"] <= 0.10
    assert len(kept["fits"]) == kept["summary"]["groups"]
    for fit in kept["fits"]:
        assert fit["median_error"] <= kept["summary"]["worst_median"]
        assert len(fit["switches"]) == len(fit["lines"]) - 1
        ends = [(a["to"], b["from"]) for a, b in zip(fit["lines"], fit["lines"][1:], strict=False)]
        names = [f"{old} to {new}" for old, new in ends]
        assert [name.split(" (")[0] for name in fit["switches"]] == names
