"""The ways through the built book: menu, outline, neighbours, and the glossary's terms in prose."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from book._ext.terms import spellings, terms, with_terms
from book._ext.unwritten import with_notes
from book._ext.ways import with_planned
from tools import contents
from tools.contents import chapters
from tools.repository import ROOT

WRITTEN = [c for c in chapters().values() if c.source]
PLANNED = [c for c in chapters().values() if not c.source]
GLOSSARY = """# Glossary
```{glossary}
KV cache
  What is kept.

batch
  Several at once.

latency
  A wait.

GQA
  Shared heads of $10^9$.
```
"""
KNOWN = terms(GLOSSARY)


@cache
def page(site: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((site / f"{name}.html").read_text("utf-8"), "html.parser")


def marked(html: str) -> list[str]:
    found = BeautifulSoup(with_terms(html, KNOWN)[0], "html.parser").select("button.term")
    return [one.get_text() for one in found]


def test_the_menu_has_all_chapters_in_order_and_only_the_written_are_links(site: Path):
    tree = page(site, "book/intro").select_one(".sidebar-tree")
    entries = tree.select("li.toctree-l1 > .reference")
    labels = [one.get_text() for one in entries]
    assert labels[: len(chapters())] == [c.label for c in chapters().values()]
    links = [one.get_text() for one in entries if one.name == "a"]
    assert links[: len(WRITTEN)] == [c.label for c in WRITTEN]
    assert not {c.label for c in PLANNED} & set(links)
    captions = [one.get_text() for one in tree.select(".caption-text")]
    assert captions == [*dict.fromkeys(c.part for c in chapters().values()), "Reference"]


def later(monkeypatch):
    names = ("later", "last")
    made = [
        contents.Chapter(18 + i, name, "Part", None, name.title(), "What is to come of it.")
        for i, name in enumerate(names)
    ]
    known = contents.chapters() | {c.name: c for c in made}
    monkeypatch.setattr(contents, "chapters", lambda: known)
    monkeypatch.setattr("book._ext.unwritten.chapters", lambda: known)
    monkeypatch.setattr("book._ext.ways.chapters", lambda: known)
    return made


def test_a_menu_without_captions_gets_its_parts_in_order(monkeypatch):
    planned = later(monkeypatch)
    made = with_planned('<p><span class="caption-text">Reference</span></p><ul></ul>')
    places = [made.index(chapter.label) for chapter in planned]
    assert places == sorted(places)
    assert places[-1] < made.index("Reference")


@pytest.mark.parametrize("chapter", WRITTEN, ids=lambda c: c.name)
def test_the_neighbours_are_cards_with_what_they_say(site: Path, chapter):
    cards = page(site, f"chapters/{chapter.source.stem}").select(".related-pages a")
    titles = [card.select_one(".way-title").get_text() for card in cards]
    at = WRITTEN.index(chapter)
    around = [WRITTEN[i] for i in (at - 1, at + 1) if 0 <= i < len(WRITTEN)]
    assert [title for title in titles if title[:1].isdigit()] == [c.label for c in around]
    said = {card.select_one(".way-title").get_text(): card for card in cards}
    for one in around:
        assert said[one.label].select_one(".way-thesis").get_text() == one.thesis


def test_a_term_is_marked_once_as_it_is_written():
    html = "<p>A KV\ncache for batches. Batch and KV caches. GQAs, gqa; Latencies of 4 batches</p>"
    assert marked(html) == ["KV\ncache", "batches", "GQAs", "Latencies"]
    assert (
        marked("<p>rebatch, batch-wise, batch/s, 3 batches, 3\N{NO-BREAK SPACE}batches</p>") == []
    )
    assert spellings("latency") == ("latency", "latencies")


@pytest.mark.parametrize(
    "html",
    [
        "<h2>batch</h2>",
        "batch outside of a paragraph",
        '<p><a href="#">a batch</a> <code>batch</code> <button>batch</button></p>',
        '<div class="cell docutils"><p>batch</p></div>',
        '<div class="tw-widget"><div><p>batch</p></div><p>batch</p></div>',
        "<table><tr><td><p>batch</p></td></tr></table>",
        '<script type="application/json">"<p>batch</p>"</script>',
        "<details><summary>batch</summary><p>batch</p></details>",
        '<p class="kicker">batch</p>',
    ],
)
def test_no_term_is_marked_where_it_would_disturb(html: str):
    assert marked(html) == []
    assert marked(f"{html}<p>a batch</p>") == ["batch"], "and what follows is open again"


@pytest.mark.parametrize("name", [f"chapters/{c.source.stem}" for c in WRITTEN])
def test_every_marked_term_opens_its_definition(site: Path, name: str):
    own = page(site, name)
    words = own.select("article button.term:not(.unwritten)")
    assert len(words) >= 10
    targets = [word["popovertarget"] for word in words]
    assert len(set(targets)) == len(targets), "the first use alone"
    known = {one.head: one for one in terms((ROOT / "book/glossary.md").read_text("utf-8"))}
    for word, target in zip(words, targets, strict=True):
        (note,) = own.select(f"#{target}")
        assert note.has_attr("popover")
        one = known[note.b.get_text()]
        assert one.definition[-40:] in " ".join(note.get_text().split())
        assert " ".join(word.get_text().split()).lower() in {s.lower() for s in one.spellings}
        place, _, anchor = note.a["href"].partition("#")
        assert place == "../book/glossary.html"
        assert page(site, "book/glossary").select_one(f'[id="{anchor}"]').get_text()[0]


def test_a_mention_of_an_unwritten_chapter_is_a_button_that_says_so(monkeypatch):
    one, other = later(monkeypatch)
    body = "".join(
        f"<p>{contents.with_links(f'[{words}](chapter:{c.name})', 'here')}</p>"
        for words, c in ((one.title, one), ("guessing", one), (other.title, other))
    )
    made = BeautifulSoup(with_notes(body, "map.html#all"), "html.parser")
    buttons = made.select("p > button.term.unwritten")
    assert [b.get_text() for b in buttons] == [one.label, "guessing", other.label]
    assert not made.select("[title], span.unwritten")
    for button, chapter in zip(buttons, (one, one, other), strict=True):
        (note,) = made.select(f"#{button['popovertarget']}[popover]")
        assert note.get_text() == f"{chapter.label} Not written yet. {chapter.thesis} All chapters"
        assert note.a["href"] == "map.html#all"
    assert with_notes("<p>none</p>", "x") == "<p>none</p>"


def test_every_mention_of_an_unwritten_chapter_can_be_opened(site: Path):
    found = 0
    for path in sorted(site.glob("*/*.html")):
        own = page(site, str(path.relative_to(site).with_suffix("")))
        assert not own.select('[title*="not yet written"]')
        for button in own.select(".unwritten"):
            (note,) = own.select(f"[id='{button['popovertarget']}'][popover]")
            assert "Not written yet." in note.get_text()
            map_page, _, heading = note.a["href"].partition("#")
            assert (path.parent / map_page).resolve() == (site / "book/intro.html").resolve()
            assert page(site, "book/intro").select(f"#{heading} .map-unwritten")
            found += 1
    assert found >= 3 if PLANNED else found == 0


def test_the_menu_says_in_words_what_is_planned(site: Path):
    planned = page(site, "book/intro").select(".sidebar-tree li.planned")
    assert [li.get_text(" ") for li in planned] == [f"{c.label} planned" for c in PLANNED]


def test_the_glossary_explains_itself_without_buttons(site: Path):
    assert not page(site, "book/glossary").select("button.term")
