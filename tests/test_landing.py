"""The landing page, and the figure on the page of facts, as files."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup

from book._ext import floor, floor_rates
from tokenworks.shapes import weight_shapes
from tokenworks.specs import chip, chips, model_spec
from tools import contents
from tools.repository import ROOT

ROOT_PAGE = "book/intro"
WRITTEN = [chapter for chapter in contents.chapters().values() if chapter.source]


def page(site: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((site / f"{name}.html").read_text(encoding="utf-8"), "html.parser")


def test_the_landing_page_has_one_start_and_answers_three_questions(site: Path):
    root = page(site, ROOT_PAGE)
    (start,) = root.select(".start a")
    assert start["href"].endswith(f"{WRITTEN[0].source.stem}.html")
    questions = root.select(".question")
    assert len(questions) == 3
    for question in questions:
        assert question.strong.get_text().endswith("?")
        (link,) = question.select("a")
        assert (site / "book" / link["href"].split("#")[0]).resolve().is_file()
    assert len(root.select(".tw-widget[data-widget=streaming] table tbody tr")) == 8


def test_the_map_shows_every_chapter_with_its_thesis_and_minutes(site: Path):
    cards = page(site, ROOT_PAGE).select(".map-card")
    assert len(cards) == len(contents.chapters()) >= len(WRITTEN)
    for card, chapter in zip(cards, contents.chapters().values(), strict=True):
        text = " ".join(card.get_text().split())
        assert text.startswith(f"{chapter.number:02d} {chapter.title}")
        assert len(chapter.thesis) > 30
        assert chapter.thesis in text
        assert card.svg.contents, "a thumbnail"
        if chapter.source is None:
            assert "map-unwritten" in card["class"]
            assert not card.select("a")
            continue
        (link,) = card.select("a")
        name = f"chapters/{chapter.source.stem}"
        assert link["href"] == f"../{name}.html"
        kicker = " ".join(page(site, name).select_one("article .kicker").get_text().split())
        assert f" · {' '.join(card.select_one('.map-minutes').get_text().split())} read, " in kicker


def test_the_landing_page_cites_what_citation_cff_says(site: Path):
    known = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    root = page(site, ROOT_PAGE)
    for place in (".cite", ".cite-entry pre"):
        text = root.select_one(place).get_text()
        for name in ("title", "version", "repository-code"):
            assert str(known[name]) in text
    assert known["license"] in root.article.get_text()
    assert f"{len(WRITTEN)} of {len(contents.chapters())} chapters" in root.article.get_text()


def rate(chip_name: str, model_name: str) -> float | None:
    """Work the figure's number out again, from capacities and shapes alone."""
    one, sizes = chip(chip_name), {}
    for tensor, shape in weight_shapes(model_spec(model_name)).items():
        sizes[tensor] = shape[0] * (shape[1] if len(shape) > 1 else 1)
    if sum(sizes.values()) > 8 * one.planned_bytes:
        return None
    return 8 * one.hbm_bytes_per_s / (sum(sizes.values()) - sizes["embed"])


def test_the_figure_shows_what_bandwidth_over_weights_gives(site: Path):
    drawn = page(site, "book/facts").select("svg.floor svg")
    values = [(mark["class"][0], mark.text.strip(), float(mark["x"][:-1])) for mark in drawn]
    names = sorted(floor_rates.CHIPS, key=lambda name: chip(name).hbm_bytes_per_s)
    wanted = [
        (f"m{i}", rate(c, m)) for c in names for i, m in enumerate(floor_rates.MODELS, start=1)
    ]
    expected = [(mark, speed) for mark, speed in wanted if speed is not None]
    assert len(values) == len(expected) >= 20
    for (mark, text, x), (expected_mark, speed) in zip(values, expected, strict=True):
        assert mark == expected_mark
        assert float(text.replace(",", "")) == pytest.approx(speed, abs=0.5)
        assert x == pytest.approx(floor.place(speed, (1, 4)), abs=0.01)
    table = page(site, "book/facts").select(".floor-box table td")
    assert [c.text for c in table if c.text != "does not fit"] == [text for _, text, _ in values]


def test_an_assumption_ends_before_the_bracket_that_it_stands_in(site: Path):
    cells = [cell.get_text() for cell in page(site, "book/facts").select("td")]
    assumed = [text.partition("assumption: ")[2] for text in cells if "assumption: " in text]
    assert assumed
    assert [text for text in assumed if text.count("(") != text.count(")")] == []


def test_every_chip_has_its_three_figures_on_the_page_and_none_is_made_up(site: Path):
    section = page(site, "book/facts").find("section", id="three-figures-for-one-memory")
    rows = {row.td.get_text(): row.select("td") for row in section.table.select("tbody tr")}
    assert list(rows) == [on.label for on in chips()]
    for on in chips():
        _, sold, physical, usable = rows[on.label]
        assert sold.a.get_text().replace("\xa0", " ") == on.marketed
        assert (physical.a["href"], sold.a["href"]) == (on.physical_source, on.marketed_source)
        assert float(physical.a.get_text()) * 2**30 == on.physical_bytes
        if on.usable_bytes is None:
            assert usable.get_text() == "not known"
        else:
            assert usable.a["href"] == on.usable_source
            assert float(usable.a.get_text()) == pytest.approx(on.usable_bytes / 2**30, abs=0.005)
