"""What goes wrong: every failure that the sources name is there, whole, and leads to a chapter."""

from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from docutils.nodes import make_id

from book._ext import failures
from book._ext.failures import Failure, explained
from tools.contents import chapters
from tools.repository import ROOT

GROUPS = failures.failures()
ALL = [failure for group in GROUPS.values() for failure in group]
# What lecture texts, articles and operators' reports about serving call a failure.
NAMED = (ROOT / "tests/named_failures.txt").read_text(encoding="utf-8").splitlines()


def names(failure: Failure) -> set[str]:
    return {name.lower() for name in (failure.name, *failure.also)}


def boxes(site: Path) -> list[BeautifulSoup]:
    html = (site / "book/failure-modes.html").read_text(encoding="utf-8")
    return BeautifulSoup(html, "html.parser").select("article section:has(> div.failure)")


def test_every_failure_that_the_sources_name_is_there():
    known = set().union(*map(names, ALL))
    assert len(NAMED) == len(set(NAMED)) > 100
    assert sorted(NAMED) == NAMED
    assert [name for name in NAMED if name.lower() not in known] == []


def test_a_failure_is_whole_and_stands_once():
    for failure in ALL:
        for text in (failure.signal, failure.cause, failure.do):
            assert text.endswith("."), failure.name
            assert 15 < len(text) < 260, failure.name
        assert failure.also
    said = [name for failure in ALL for name in names(failure)]
    assert sorted(said) == sorted(set(said)), "one name, two failures"
    assert len({make_id(failure.name) for failure in ALL}) == len(ALL) > 70


@pytest.mark.parametrize("failure", ALL, ids=lambda failure: failure.name)
def test_the_place_that_explains_it_is_there_or_named_as_planned(failure: Failure):
    name, _, place = failure.chapter.partition("#")
    chapter = chapters()[name]
    if chapter.source is None:
        assert "not yet written" in explained(failure)
    else:
        assert place in chapter.anchors(), "name a heading of the chapter"


def test_the_page_shows_every_failure_with_its_chapter(site: Path):
    found = boxes(site)
    assert len(found) == len(ALL)
    for box, failure in zip(found, ALL, strict=True):
        text = " ".join(box.get_text().split()).replace("\N{NO-BREAK SPACE}", " ")
        for said in (failure.name, failure.cause, failure.do, *explaining(failure)):
            assert said.replace("'", "’") in text.replace("'", "’")
        planned = chapters()[failure.chapter.partition("#")[0]].source is None
        assert bool(box.select("button.unwritten")) == planned


def explaining(failure: Failure) -> tuple[str, str]:
    """The chapter's label and the section's heading, which the link shows."""
    name, _, place = failure.chapter.partition("#")
    chapter = chapters()[name]
    return chapter.label, chapter.headings().get(place, "").removeprefix("Aside: ")


def test_the_index_of_the_page_leads_to_every_failure(site: Path):
    html = (site / "book/failure-modes.html").read_text(encoding="utf-8")
    page = BeautifulSoup(html, "html.parser")
    links = page.select(".failure-index a")
    assert [link.get_text() for link in links] == [failure.name for failure in ALL]
    assert [page.select_one(link["href"]).name for link in links] == ["section"] * len(ALL)
    groups = page.select(".failure-index > details")
    shown = [group.summary.contents[0].strip() for group in groups]
    assert shown == list(GROUPS)
    back = page.select("a.failure-back")
    assert [page.select_one(link["href"])["id"] for link in back] == [failures.INDEX] * len(GROUPS)


def test_a_number_that_nothing_computes_is_refused(monkeypatch, tmp_path):
    told = failures.DATA.read_text(encoding="utf-8").replace("one long step", "200 ms")
    (tmp_path / "some.toml").write_text(told, encoding="utf-8")
    monkeypatch.setattr(failures, "DATA", tmp_path / "some.toml")
    with pytest.raises(ValueError, match="nothing computes 200 ms; say it in words"):
        failures.failures()
