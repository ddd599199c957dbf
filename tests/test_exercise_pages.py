"""What a page of exercises says before its scripts run."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

from book._ext import exercise_pages
from tokenworks.checks.catalogue import all_exercises, chapters, exercises
from tools.exercises import stem


def text(site: Path, chapter: str) -> str:
    page = (site / "exercises" / f"{stem(chapter)}.html").read_text("utf-8")
    return page.replace("\xa0", " ")


def test_every_exercise_has_its_section(site: Path):
    pages = "".join(text(site, chapter) for chapter in chapters())
    assert all(f'data-exercise="{name}"' in pages for name in all_exercises())


def test_every_page_says_to_search_engines_what_it_is_about(site: Path):
    meta = re.compile('<meta name="description" content="([^"]*)">')
    told = {number: meta.findall(text(site, number)) for number in chapters()}
    (first,) = told["01"]
    assert first.endswith("to write. What a token costs in bytes, seconds and dollars.")
    assert all(60 <= len(one) <= 160 and "\n" not in one for (one,) in told.values()), told
    assert len({one for (one,) in told.values()}) == len(told)


def test_a_site_that_was_built_without_npm_says_so():
    said = "built without npm"
    assert said in exercise_pages.body("14", fetches=None)
    with_python = exercise_pages.body("14", fetches=13)
    assert said not in with_python
    assert "<noscript>" in with_python
    assert "fetches Python, up to 13 MB" in with_python


def test_a_page_says_how_much_it_fetches(site: Path):
    runner = site / "_static" / "runner"
    told = json.loads((runner / "files.json").read_text("utf-8"))["bytes"]
    most = math.ceil(sum((runner / name).stat().st_size for name in told) / 1e6)
    assert f"fetches Python, up to {most} MB" in text(site, "14")
    notes = (site / "chapters" / "03-prefill-decode.html").read_text("utf-8")
    assert f'data-megabytes="{most}"' in notes


def test_a_control_says_of_which_exercise_it_is():
    body = exercise_pages.body("14", fetches=1)
    names = re.findall(r'<button [^>]*aria-label="([^"]*)"', body)
    assert len(names) == len(set(names)) == 2 * len(exercises("14"))
    labels = re.findall(r"<label [^>]*for=[^>]*>(.*?)</label>", body)
    assert len(labels) == len(set(labels)) == len(exercises("14"))
    assert "Escape and then Tab" in body


def test_a_title_has_an_address_to_copy_and_the_last_of_a_chapter_leads_on():
    body = exercise_pages.body("14", fetches=1)
    assert body.count('class="headerlink" href="#exercise-14-') == len(exercises("14"))
    assert f'Next: <a href="{stem("15")}.html">' in body
    assert "Next: " not in exercise_pages.body(max(chapters()), fetches=1)
