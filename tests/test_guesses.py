"""Each guess of the book is asked once and answered once; what is not fails the build by name."""

from __future__ import annotations

import json

import pytest

from book._ext import guesses
from book._ext.guesses import Asked, asked, problems
from tokenworks.widgets import guess, reveal
from tools.contents import chapters

WRITTEN = [c for c in chapters().values() if c.source]
GUESS = {"key": "a", "values": [1, 2, 5], "texts": ["1 ms", "2 ms", "5 ms"]}
ASKED = Asked("guess", GUESS, "chapters/01-one", "First")
TOLD = Asked("reveal", {"key": "a", "truth_value": 5, "truth": "5 ms"}, "chapters/01-one", "Then")


def cell(*shown):
    outputs = [{"data": {"text/html": [one.static_html()]}} for one in shown]
    return {"cell_type": "code", "source": "", "outputs": outputs}


def test_every_chapter_asks_and_answers():
    for chapter in WRITTEN:
        path = chapter.source.with_suffix(".ipynb")
        found = list(asked(json.loads(path.read_text(encoding="utf-8")), path.stem))
        assert [one.kind for one in found].count("guess") >= 1, path.stem
        assert list(problems(found)) == []


def test_guesses_are_read_off_a_notebook_with_their_sections():
    question = guess("read-off", "How many?", low=1, high=9)
    text = {"cell_type": "markdown", "source": ["# A\n", "## First\n", "### Then\n"]}
    book = {"cells": [cell(question), text, cell(reveal("read-off", 3))]}
    first, second = json.loads(json.dumps(list(asked(book, "p")), default=str))
    assert (first[0], first[1]["key"], first[3]) == ("guess", "read-off", "the top")
    assert (second[0], second[1]["truth_value"], second[3]) == ("reveal", 3, "Then")


def outside(value):
    return TOLD._replace(data=TOLD.data | {"truth_value": value, "truth": f"{value} ms"})


ELSEWHERE = ASKED._replace(page="chapters/02-two", section="Top")


@pytest.mark.parametrize(
    ("found", "page", "told"),
    [
        ([ASKED], "01-one", "section 'First': the guess 'a' is never revealed"),
        ([TOLD], "01-one", "section 'Then': 'a' is revealed, but not asked above on this page"),
        ([TOLD, ASKED], "01-one", "section 'Then': 'a' is revealed, but not asked above"),
        ([ASKED, TOLD._replace(page="chapters/02-two")], "02-two", "not asked above on this page"),
        ([ASKED, TOLD, ELSEWHERE], "02-two", "is asked in chapters/01-one, section 'First', too"),
        ([ASKED, outside(6)], "01-one", "the truth of 'a', 6 ms, lies outside the slider, 1 ms to"),
        ([ASKED, outside(0.9)], "01-one", "section 'Then': the truth of 'a', 0.9 ms, lies outside"),
    ],
)
def test_what_is_not_asked_and_answered_is_named_with_its_place(found, page, told):
    where, problem = next(problems(found))
    assert where.endswith(page)
    assert told in problem


def test_one_that_is_asked_and_answered_is_none():
    assert list(problems([ASKED, TOLD])) == []


def test_the_build_warns_of_each(monkeypatch, tmp_path):
    (tmp_path / "01-one.ipynb").write_text(
        json.dumps({"cells": [cell(guess("alone", "How many?", low=1, high=9))]}), encoding="utf-8"
    )
    env = type("Env", (), {"found_docs": {"p"}, "doc2path": lambda *_: tmp_path / "01-one.ipynb"})
    said = []
    monkeypatch.setattr(guesses.logger, "warning", lambda *a, **k: said.append((*a, k["location"])))
    guesses.check(None, env())
    assert said == [("section 'the top': the guess 'alone' is never revealed", "p")]
