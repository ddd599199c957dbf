"""The frame of a chapter as the built site has it: opener, folded lines, card, callouts."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from docutils import nodes
from docutils.utils import new_document

from book._ext.frame import MOST_WRONG, answered_too_often, callout_classes
from tools.contents import chapters
from tools.repository import ROOT

CHAPTERS = [c.source.stem for c in chapters().values() if c.source]
NEW = [s for s in CHAPTERS if "\n## Card\n" in (ROOT / f"chapters/{s}.md").read_text("utf-8")]


@cache
def article(site: Path, stem: str) -> Tag:
    page = BeautifulSoup((site / f"chapters/{stem}.html").read_text("utf-8"), "html.parser")
    return page.select_one("article")


def texts(found: list[Tag]) -> list[str]:
    return [" ".join(one.get_text().split()) for one in found]


@pytest.mark.parametrize("stem", CHAPTERS)
def test_a_chapter_opens_with_number_title_and_thesis(site: Path, stem: str):
    chapter = chapters()[stem[3:]]
    own = article(site, stem)
    (kicker,) = own.select(".kicker")
    (line,) = texts([kicker])
    assert line.startswith(f"{chapter.number:02d} · {chapter.part} · ")
    assert own.h1.get_text() == f"{chapter.title}¶", "the number stands in the line above"
    assert kicker.find_next("h1") is own.h1
    thesis = own.h1.find_next("p")
    assert thesis["class"] == ["thesis"]
    assert " ".join(thesis.get_text().split()).startswith(chapter.thesis[:20])
    assert stem[:2] in own.find_parent("html").title.get_text()
    first = own.select("p, h1, div, svg, button")[0]
    assert first is kicker, "nothing pushes the opener down"
    assert own.select_one(".fold-switch").find_next("p", class_="notebook-links")


@pytest.mark.parametrize("stem", CHAPTERS)
def test_objectives_are_one_folded_line_and_no_heading(site: Path, stem: str):
    own = article(site, stem)
    (folded,) = own.select("details.objectives")
    assert not folded.has_attr("open")
    assert [one.get_text() for one in folded.select(".rubric")] == ["Objectives", "Prerequisites"]
    assert folded.select_one("#objectives li strong")
    assert folded.select_one("#prerequisites")
    headings = texts(own.select("h2"))
    assert not {"Objectives¶", "Prerequisites¶"} & set(headings)
    links = folded.find_next("p", class_="notebook-links")
    assert "Colab" in links.get_text()
    outline = texts(own.find_parent("html").select(".toc-tree a"))
    assert outline
    assert not {"Objectives", "Prerequisites"} & set(outline)
    assert stem not in NEW or not {"Quiz", "Sources"} & set(outline)


@pytest.mark.parametrize("stem", NEW)
def test_picture_and_guess_come_before_what_is_folded(site: Path, stem: str):
    own = article(site, stem)
    hero = ".tag_hero :is(svg, [data-widget])"  # a picture, or one that answers to a slider
    order = own.select(f"{hero}, [data-widget=guess], details.objectives, h2")
    names = [
        "hero" if one in own.select(hero) else one.get("data-widget", one.name) for one in order
    ]
    assert names.index("guess") < names.index("details") < names.index("h2")
    assert names[0] == "hero"


@pytest.mark.parametrize("stem", NEW)
def test_after_reading_is_one_group_of_folds(site: Path, stem: str):
    own = article(site, stem)
    group = own.select_one("section.after-reading")
    labels = texts(group.select("details.part > summary"))
    assert [label.split(" · ")[0] for label in labels] == [
        "Quiz",
        "Exercises",
        "Where the model breaks",
        "What to measure",
        "Sources",
    ]
    asked = len(group.select("[data-widget=quiz]"))
    assert labels[0] == f"Quiz · {asked} question{'s' * (asked > 1)}"
    assert group.select_one("details.part #exercises a")
    assert not group.select("details.part[open]")
    card = own.select_one("section.card")
    assert card.select("svg")
    assert card.select("math")


@pytest.mark.parametrize("stem", CHAPTERS)
def test_every_bold_quotation_is_a_callout_of_some_kind(site: Path, stem: str):
    for quote in article(site, stem).select("blockquote"):
        if quote.p.find("strong") and not quote.p.strong.find_previous_sibling(string=str.strip):
            (kind,) = [name for name in quote["class"] if name.startswith("callout-")]
            assert (kind == "callout-wrong") == quote.get_text().strip().startswith("Often printed")


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Often printed, and wrong.", "wrong"),
        ("Try it.", "try"),
        ("Rule.", "rule"),
        ("Work is not time.", "insight"),
    ],
)
def test_the_kind_of_a_callout_follows_from_its_first_words(words: str, kind: str):
    bold = nodes.strong("", words)
    quote = nodes.block_quote("", nodes.paragraph("", "", nodes.Text(""), bold, nodes.Text(" So.")))
    assert callout_classes(quote) == ["callout", f"callout-{kind}"]
    plain = nodes.block_quote("", nodes.paragraph("", "", nodes.Text("Said "), bold))
    assert callout_classes(plain) == callout_classes(nodes.block_quote()) == []


def test_more_claims_of_others_than_two_are_named_with_their_place():
    document = new_document("a chapter")
    for number in range(MOST_WRONG + 1):
        title = nodes.title("", f"Part {number}")
        quote = nodes.block_quote("", classes=["callout", "callout-wrong"])
        other = nodes.block_quote("", classes=["callout", "callout-rule"])
        assert answered_too_often(document) == ""
        document += nodes.section("", title, nodes.container("", quote), other)
    told = "section 'Part 2': 3 callouts say “Often printed, and wrong”, at most 2 may; move"
    assert answered_too_often(document).startswith(told)
