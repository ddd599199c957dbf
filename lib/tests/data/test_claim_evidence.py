"""Each claim has a kind, a verdict and a chapter that exists; a public one has an address."""

import re
from dataclasses import replace

import pytest

from tokenworks.data import evidence
from tokenworks.data.claim_evidence import KINDS

ROWS = evidence()
CHAPTERS = {"roofline", "batching", "prefill-decode", "kv-cache", "paged-attention", "metrics"}
CHAPTERS |= {"parallelism", "speculation", "quantization", "economics"}


def test_there_is_a_row_for_each_claim():
    assert len(ROWS) == len({row.claim for row in ROWS}) == 29
    assert {row.kind for row in ROWS} == set(KINDS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.claim)
def test_a_claim_says_what_it_rests_on(row):
    assert row.verdict
    assert row.chapter in CHAPTERS
    address = re.fullmatch(r"https://\S+", row.source)
    assert bool(address) if row.kind == "Public" else address or row.source in ("", "no link given")


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="known: Public"):
        replace(ROWS[0], kind="Rumour")


def test_an_address_without_who_and_when_is_refused():
    linked = next(row for row in ROWS if row.source.startswith("https://"))
    for lost in ("named", "day"):
        with pytest.raises(ValueError, match="say who claims it"):
            replace(linked, **{lost: ""})


@pytest.mark.parametrize("row", [row for row in ROWS if row.day], ids=lambda row: row.claim)
def test_a_day_is_a_day_or_a_year(row):
    assert re.fullmatch(r"20\d\d(-\d\d-\d\d)?", row.day)


def test_a_claim_is_cited_by_name_and_day_or_as_arithmetic():
    linked = next(row for row in ROWS if row.named)
    assert linked.cited == f"[{linked.named}, {linked.day}]({linked.source})"
    derived = next(row for row in ROWS if row.kind == "Derived" and not row.source)
    assert derived.cited == "arithmetic"
