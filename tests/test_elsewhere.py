"""Numbers you will meet elsewhere: each right value is computed, and each slip would be caught."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from book._ext import elsewhere
from book._ext.elsewhere import attention
from book._ext.elsewhere.entry import checked
from tokenworks import worked
from tokenworks.cost import ON_GPU, Tiles, tile_sram_bytes
from tokenworks.units import quantities
from tools.contents import chapters

ALL = [entry for own in elsewhere.SUBJECTS.values() for entry in own]
COUNTED = next(entry for entry in ALL if len(entry.numbers) == 1)


def test_the_page_shows_every_entry_with_its_chapter(site: Path):
    html = (site / "book/elsewhere.html").read_text(encoding="utf-8")
    boxes = BeautifulSoup(html, "html.parser").select("article div.met")
    assert len(boxes) == len(ALL) >= 15
    for box, entry in zip(boxes, ALL, strict=True):
        text = " ".join(box.get_text().split())
        for literal in {each.literal for each in quantities(entry.right)}:
            assert literal in text.replace("\N{NO-BREAK SPACE}", " ")
        name = entry.chapter.partition("#")[0]
        assert any(f"-{name}.html" in link["href"] for link in box.select("a"))


def test_claims_that_depend_on_what_a_gigabyte_is_or_on_a_market_are_not_carried_over():
    said = " ".join(entry.said + entry.right for entry in ALL)
    for withdrawn in ("83.95 GB", "84.8 GB", "FLOPs per dollar", "leads the TPU"):
        assert withdrawn not in said


def test_a_right_value_that_nothing_computes_stops_the_build():
    bare = replace(COUNTED, numbers=())
    with pytest.raises(ValueError, match=r"Here, “.*: nothing computes \d"):
        checked((bare,), "Here")


def test_a_computed_number_that_the_text_does_not_say_stops_the_build():
    more = replace(COUNTED, numbers=(*COUNTED.numbers, worked("3 GB", "2 * half", half=1.5e9)))
    with pytest.raises(ValueError, match="does not say 3 GB"):
        checked((more,), "Here")


def test_an_entry_says_all_four_things_and_none_twice():
    for entry in ALL:
        for text in (entry.said, entry.premise, entry.slip, entry.right):
            assert text.endswith((".", "?")), text
    assert len({entry.said for entry in ALL}) == len(ALL)


def test_what_stays_in_a_chapter_is_listed_with_its_place():
    listed = elsewhere.kept()
    for chapter in chapters().values():
        text = chapter.source.read_text(encoding="utf-8") if chapter.source else ""
        stays = len(re.findall(r"(?m)^> \*\*Often (?:printed|said|drawn)", text))
        assert listed.count(f"/chapters/{chapter.source.stem}.ipynb#" if stays else "#no") == stays


def test_what_a_chapter_answers_itself_is_not_answered_again():
    """A claim is known by its numbers: a callout that quotes one of an entry's quotes the claim."""
    sources = [each.source for each in chapters().values() if each.source]
    kept = elsewhere.KEPT.findall("".join(each.read_text(encoding="utf-8") for each in sources))
    assert len(kept) >= 5
    said = {each.literal for entry in ALL for each in quantities(entry.said)}
    quoted = {each.literal for callout in kept for each in quantities(callout)}
    assert said & quoted == set()


def test_the_tile_by_hand_is_the_librarys():
    tile = Tiles(attention.TILE["queries"], attention.TILE["keys"])
    assert attention.ALONE.d_head == attention.TILE["D"]
    shared = tile_sram_bytes(attention.ALONE, tile, layout=ON_GPU)
    values = {n.data()[0]["literal"]: n.value for e in attention.ENTRIES for n in e.numbers}
    assert shared == values["192 KiB"]
    assert tile_sram_bytes(attention.ALONE, tile) - shared == values["386 KiB"]
