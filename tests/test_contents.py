"""The chapters' numbers, the links between them, and the minutes that each takes."""

from __future__ import annotations

import json
import re

import pytest
from tracked_files import tracked

from tools import contents, minutes
from tools.contents import ContentsError
from tools.repository import ROOT

WRITTEN = [c for c in contents.chapters().values() if c.source]
NUMBERED = re.compile(r"(?i)\bchapters? \d|\]\([^)]*\b\d\d-[a-z-]+\.ipynb")
READ = ("chapters/*.md", "book/*.md", "book/_ext/**/*.py", "lib/**/*.py", "lib/**/data/*.json")
READ += ("benchmarks/*.py", "tests/*.py", "tools/*.py", "exercises/*.md")
ITSELF = "tests/test_contents.py"  # its examples


def toc(tmp_path, text):
    path = tmp_path / "_toc.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_numbers_are_the_places_in_the_contents():
    numbers = [chapter.number for chapter in contents.chapters().values()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert {f"{c.number:02d}-{c.name}" for c in WRITTEN} == {
        path.stem for path in (ROOT / "chapters").glob("[0-9]*.md")
    }
    assert contents.chapters()["model-vs-reality"].number == 17


def test_a_chapter_of_an_earlier_part_moves_the_later_ones_up(tmp_path):
    planned = "meta: {planned: [{caption: B, chapters: [{name: three, title: Three}]}]}"
    text = "parts: [{caption: A, chapters: [{file: chapters/01-one}]}, "
    text += "{caption: B, chapters: [{file: chapters/02-two}, {file: book/facts}]}]\n"
    found = contents.chapters(toc(tmp_path, text + planned))
    assert [(c.number, c.name, c.part) for c in found.values()] == [
        (1, "one", "A"),
        (2, "two", "B"),
        (3, "three", "B"),
    ]
    assert found["three"].label == "03 · Three"


def test_a_written_chapter_can_have_its_place_among_the_planned(tmp_path):
    text = "parts: [{caption: A, chapters: [{file: chapters/01-one}, {file: chapters/03-three}]}]\n"
    planned = "meta: {{planned: [{{caption: A, chapters: "
    planned += "[{{name: two, title: Two}}, {{file: {}}}]}}]}}"
    found = contents.chapters(toc(tmp_path, text + planned.format("chapters/03-three")))
    assert [(c.number, c.name) for c in found.values()] == [(1, "one"), (2, "two"), (3, "three")]
    (other := tmp_path / "other").mkdir()
    with pytest.raises(ContentsError, match="chapters/04-four has a place among the planned and"):
        contents.chapters(toc(other, text + planned.format("chapters/04-four")))


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        ("[{file: chapters/02-one}]", "chapters/02-one is chapter 1; rename it to chapters/01-one"),
        ("[{file: chapters/01-one}, {file: chapters/02-one}]", "two chapters are named one"),
    ],
)
def test_contents_that_contradict_the_files_are_refused(tmp_path, entries, told):
    with pytest.raises(ContentsError, match=re.escape(told)):
        contents.chapters(toc(tmp_path, f"parts: [{{caption: A, chapters: {entries}}}]"))


def test_a_text_without_an_entry_is_refused(tmp_path):
    with pytest.raises(ContentsError, match=r"add chapters/09-lost to _toc\.yml"):
        contents.of_file(tmp_path / "09-lost.md")
    first = WRITTEN[0]
    with pytest.raises(ContentsError, match="add chapters/33-"):
        contents.of_file(tmp_path / f"33-{first.name}.md")


def test_a_mention_gets_its_address_and_a_title_its_number():
    second = WRITTEN[1]
    title = f"[{second.title}](chapter:{second.name})"
    words = f"[the *loop*](chapter:{second.name}#temperature)"
    file = second.source.stem
    assert contents.with_links(f"See {title}, {words}.", "here") == (
        f"See [{second.label}]({file}.ipynb), [the *loop*]({file}.ipynb#temperature)."
    )
    assert contents.with_links(title, "x", folder="../chapters/") == (
        f"[{second.label}](../chapters/{file}.ipynb)"
    )


def test_a_mention_of_an_unwritten_chapter_is_greyed_text(monkeypatch):
    one = contents.Chapter(18, "later", "Part", None, "Later")
    monkeypatch.setattr(contents, "chapters", lambda: {"later": one})
    for words, shown in ((one.title, one.label), ("guessing", "guessing")):
        made = contents.with_links(f"[{words}](chapter:{one.name}#anything)", "here")
        assert (
            made == f'<span class="unwritten" title="{one.label}, not yet written">{shown}</span>'
        )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[it](chapter:nowhere)", "book/x.md: no chapter is named 'nowhere'; there are token-"),
        ("[it](chapter:generation#gone)", "book/x.md: 02-generation.md has no heading for #gone"),
        ("[it\nis](chapter:generation)", "book/x.md: write a mention as [words](chapter:name)"),
    ],
)
def test_a_mention_that_leads_nowhere_is_refused_with_its_place(text, told):
    with pytest.raises(ContentsError, match=re.escape(told)):
        contents.with_links(text, "book/x.md")


def test_the_neighbours_are_the_written_chapters_before_and_after():
    first, second, third = WRITTEN[:3]
    assert contents.neighbours(first) == f"Next: [{second.label}]({second.source.stem}.ipynb)"
    before, after = contents.neighbours(second).split(" · Next: ")
    assert before == f"Before: [{first.label}]({first.source.stem}.ipynb)"
    assert after == f"[{third.label}]({third.source.stem}.ipynb)"
    assert "Next" not in contents.neighbours(WRITTEN[-1])


@pytest.mark.parametrize("glob", READ)
def test_no_text_says_the_number_of_a_chapter(glob):
    wanted = {path.relative_to(ROOT) for path in ROOT.glob(glob)}
    own = [path for path in tracked() if path in wanted]
    assert own
    said = [
        f"{path}:{number}: {line.strip()}"
        for path in own
        if str(path) != ITSELF
        for number, line in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), 1)
        if NUMBERED.search(line)
    ]
    assert said == [], "write [words](chapter:name), or name the chapter"


def test_the_minutes_grow_with_words_code_and_exercises():
    cells = [
        {"cell_type": "markdown", "source": "word " * 2000 + "[a](chapter:far-away-and-long)"},
        {"cell_type": "code", "source": "x = 1\n\n" * 120},
    ]
    cells = [type("Cell", (dict,), {"__getattr__": dict.get})(cell) for cell in cells]
    assert minutes.reading_minutes(cells) == 2001 // minutes.WORDS_A_MINUTE
    assert minutes.notebook_minutes(cells, "no-exercises") == 20
    exercises = minutes.notebook_minutes(cells, "05-kv-cache")
    assert exercises == 80
    assert minutes.reading_minutes([]) == 1


def test_every_chapter_shows_its_number_part_and_minutes():
    for chapter in WRITTEN:
        book = json.loads(chapter.source.with_suffix(".ipynb").read_text(encoding="utf-8"))
        title, _, kicker = "".join(book["cells"][0]["source"]).splitlines()[:3]
        assert title == f"# {chapter.label}"
        assert kicker.startswith(f"{chapter.part} · ")
