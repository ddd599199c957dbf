"""Acceptance on held-out prompts: shares by draft, kind and place, with what they rest on."""

import pytest

from tokenworks.data.acceptance_by_place import draft_acceptance
from tokenworks.data.speculation_trace import speculation_traces
from tokenworks.fact_sources import row_sources

RECORD = draft_acceptance()
DRAFTS = ("early exit", "Medusa heads", "least squares", "trained")


def test_every_draft_was_judged_on_every_kind_at_four_places():
    assert [(row.draft, row.kind) for row in RECORD.rows] == [
        (draft, kind) for draft in DRAFTS for kind in ("chat", "code", "copy")
    ]
    for row in RECORD.rows:
        assert len(row.match) == len(row.overlap) == 4
        assert all(0 <= share <= 1 for share in (*row.match, *row.overlap))
        assert 0 <= row.accepted <= 4


@pytest.mark.parametrize("row", RECORD.rows, ids=lambda row: f"{row.draft}-{row.kind}")
def test_what_stood_of_a_draft_lies_between_its_first_guess_and_all_of_them(row):
    """A guess counts in `accepted` where those before it stood, in `match` always."""
    assert row.match[0] - 1e-4 <= row.accepted <= sum(row.match) + 1e-4


def test_the_record_says_how_much_was_judged_and_where():
    assert set(RECORD.prompts) == set(RECORD.coverage) == {"chat", "code", "copy"}
    assert sum(RECORD.prompts.values()) == 192
    assert RECORD.tokens > 50_000
    assert all(0.9 < share < 1 for share in RECORD.coverage.values())
    assert RECORD.source == "benchmarks/draft_acceptance.py"
    assert RECORD.accessed >= "2026-11-29"
    (row,) = row_sources(RECORD.row("trained", "code"))
    assert (row.what, row.source) == ("a trained layer on code", RECORD.source)
    assert RECORD.cores > 0
    assert RECORD.machine


def test_a_draft_has_one_name_here_and_in_the_traces():
    traced = speculation_traces()["drafts"]
    assert RECORD.row("early exit", "chat").label == traced["exit"]


def test_a_row_is_found_by_draft_and_kind():
    assert RECORD.row("trained", "code").match[0] > RECORD.row("early exit", "code").match[0]
    with pytest.raises(KeyError, match=r"no acceptance of 'eagle' on 'code'.*trained on code"):
        RECORD.row("eagle", "code")
