"""What next: every number is computed or cited with a day; a direction leads to a chapter."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from book._ext.held_numbers import hold_numbers
from book._ext.outlook.entries import DIFFUSION, outlooks
from tokenworks.units import quantities
from tools.contents import chapters
from tools.repository import ROOT


@pytest.mark.parametrize("one", outlooks(), ids=lambda one: one.name)
def test_a_direction_is_whole_and_leads_to_what_it_builds_on(one: Any):
    for text in (one.idea, one.reported, one.floor, one.assumed):
        assert text.endswith("."), one.name
    for place in one.chapters:
        name, _, anchor = place.partition("#")
        assert anchor in chapters()[name].anchors(), "name a heading of the chapter"


def test_every_source_has_a_day_and_stands_in_the_bibliography():
    bib = (ROOT / "book/references.bib").read_text(encoding="utf-8")
    for one in outlooks():
        assert one.sources
        for name, address in one.sources:
            assert re.search(r" \(20\d\d-\d\d-\d\d\)$", name), f"{name}: say the day"
            assert f"{{{address}}}" in bib
    reported = [data for one in outlooks() for number in one.numbers for data in number.data()]
    cited = [data for data in reported if data["fact"]]
    assert len(cited) == 7
    assert all(source["accessed"] >= "2026" for data in cited for source in data["sources"])


def test_what_is_reported_is_cited_and_what_is_said_to_it_is_computed():
    for one in outlooks():
        cited = {d["literal"] for n in one.numbers for d in n.data() if d["fact"]}
        assert {each.literal for each in quantities(one.reported)} == cited


def test_a_number_that_nothing_computes_stops_the_build():
    bare = replace(DIFFUSION, numbers=DIFFUSION.numbers[1:])
    with pytest.raises(ValueError, match="Diffusion models: nothing computes 1,109 tokens/s"):
        hold_numbers(bare.name, bare.reported + bare.floor, bare.numbers)


def test_the_page_has_a_section_for_each_with_a_door_for_each_number(site: Path):
    html = (site / "book/what-next.html").read_text(encoding="utf-8")
    page = BeautifulSoup(html, "html.parser")
    headings = [each.get_text().rstrip("¶#").strip() for each in page.select("article h2")]
    assert [each for each in headings if each != "What stays"] == [o.name for o in outlooks()]
    doors = page.select("article section .door")
    assert len(doors) >= sum(len(one.numbers) for one in outlooks())
