"""What README, CONTRIBUTING and CHANGELOG say about the chapters is so."""

import re
from pathlib import Path

import jupytext
import test_notebooks as frame

from book._ext.fold_labels import MEASURED, SHOW, SHOW_OUTPUT
from book._ext.frame import CALLOUTS
from tools.contents import chapters
from tools.repository import ROOT

WRITTEN = [chapter for chapter in chapters().values() if chapter.source]
TAGS = {SHOW, SHOW_OUTPUT, MEASURED, "hero"}


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def guide() -> str:
    """Return what CONTRIBUTING says about chapters."""
    return read("CONTRIBUTING.md").split("\n## A chapter\n")[1].split("\n## ")[0]


def tags(source: Path) -> set[str]:
    return {tag for cell in jupytext.read(source).cells for tag in cell.metadata.get("tags", [])}


def test_every_tag_is_explained_and_no_other_is_used():
    assert set(re.findall(r"(?m)^   - `([\w-]+)`:", guide())) == TAGS
    assert set().union(*(tags(chapter.source) for chapter in WRITTEN)) <= TAGS


def test_the_frame_of_a_chapter_is_the_one_that_is_checked():
    named = re.findall(r"\*([^*]+)\*", " ".join(guide().split("2. One line")[0].split()))
    lesson = ["Predict, then measure on your own chip"]
    assert named == [*frame.OPENING, *lesson, *frame.CLOSING, *frame.AFTERWARDS]


def test_every_kind_of_callout_is_named():
    line = re.findall(r"\*([A-Z][^*]+\.)\*", guide().split("is a callout:")[1].split("\n8.")[0])
    assert [next(k for k in CALLOUTS if words.lower().startswith(k)) for words in line] == [
        *CALLOUTS
    ]


def spans(numbers):
    """Return numbers as words: "01 to 09, 15 and 17"."""
    found = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    words = [f"{a:02d} to {b:02d}" if b > a else f"{a:02d}" for a, b in found]
    return " and ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)


def test_the_chapters_are_counted_and_listed():
    assert f"\n{len(WRITTEN)} of {len(chapters())} chapters are written" in read("README.md")
    told = re.findall(r"(?s)\n- Chapters ([^:]+): (.*?)\. Every", read("CHANGELOG.md"))[0]
    titles = ", ".join(chapter.title for chapter in WRITTEN)
    numbers = spans(chapter.number for chapter in WRITTEN)
    assert (told[0], " ".join(told[1].split()).lower()) == (numbers, titles.lower())
