"""Exercises that are solved in the page: the verdicts of the notebook, and nothing is lost."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tokenworks.checks.catalogue import all_exercises, chapters, exercises
from tokenworks.checks.exercise import Exercise
from tokenworks.runner import answer
from tools import exercises as notebooks

pytestmark = pytest.mark.browser

HERE = Path(__file__).parent
PLANTED = sorted(HERE.glob("planted_*.py"))
NO_NUMPY = """class Nothing:
    def __getattr__(self, name): return Nothing()
    def __call__(self, *_, **__): return Nothing()
np = Nothing()
"""
MOST_SECONDS = 400
ASK_ALL = """async ([questions, seconds]) => {
  const found = [];
  for (const question of questions) {
    const { passed, mistake, cases_passed, problem, refused, late } = await tokenworks.ask(
      question, { seconds });
    found.push([passed, mistake, cases_passed, problem, refused, late].map((each) => each ?? null));
  }
  return found;
}"""
KEPT = ("passed", "mistake", "cases_passed", "problem", "refused", "late")


def texts(exercise: Exercise) -> Iterator[str]:
    """Yield what a learner may have written: solution, stub, every planted answer.

    A page has no NumPy: what an answer gets from it is nothing, on both sides.
    """
    yield notebooks.solution(exercise)
    yield exercise.stub
    for text, space in planted():
        for kind in ("PLANTED", "RIGHT"):
            for at, _ in enumerate(space.get(kind, {}).get(exercise.id, ())):
                yield f"{text}\n{exercise.name} = {kind}[{exercise.id!r}][{at}][1]\n"


@cache
def planted() -> list[tuple[str, dict[str, Any]]]:
    """Return the texts of planted answers, with nothing for NumPy, and what they define."""
    found = []
    for path in PLANTED:
        text = path.read_text(encoding="utf-8").replace("import numpy as np\n", NO_NUMPY)
        space: dict[str, Any] = {"__name__": "planted"}
        exec(compile(text, str(path), "exec"), space)
        found.append((text, space))
    return found


def page_of(chapter: str) -> str:
    return f"exercises/{chapters()[chapter].CHAPTER}.html"


@pytest.fixture(scope="module")
def page(chromium: Any, address: str) -> Iterator[Any]:
    context = chromium.new_context()
    tab = context.new_page()
    tab.goto(f"{address}/{page_of('01')}")
    yield tab
    context.close()


@pytest.mark.parametrize("chapter", chapters())
def test_solution_stub_and_planted_answers_have_the_notebooks_verdicts(page: Any, chapter: str):
    questions = [
        {"ask": "check", "exercise": exercise.id, "source": text}
        for exercise in exercises(chapter).values()
        for text in texts(exercise)
    ]
    found = page.evaluate(ASK_ALL, [questions, MOST_SECONDS])
    here = [json.loads(answer(json.dumps(question))) for question in questions]
    assert found == [[each.get(name) for name in KEPT] for each in here]
    assert sum(bool(each[0]) for each in found) >= len(exercises(chapter))


@pytest.fixture
def tab(chromium: Any, address: str) -> Iterator[Any]:
    context = chromium.new_context(viewport={"width": 360, "height": 740}, accept_downloads=True)
    made = context.new_page()
    made.goto(f"{address}/{page_of('14')}")
    yield made
    context.close()


def first(tab: Any) -> Any:
    return tab.locator("#exercise-14-1")


def write(tab: Any, text: str) -> None:
    first(tab).locator("textarea, .cm-content").locator("visible=true").click()
    first(tab).locator(".cm-content").fill(text)


def solved() -> str:
    return notebooks.solution(all_exercises()["14.1"])


def test_an_answer_is_written_checked_told_and_still_there_after_a_reload(tab: Any):
    said = first(tab).get_by_role("status")
    assert said.evaluate("line => getComputedStyle(line).display") != "none"
    write(tab, solved().replace("batch * cache_bytes", "cache_bytes"))
    first(tab).get_by_role("button", name="Check").click()
    report = first(tab).locator(".exercise-report")
    report.locator(".tw-hint").wait_for()
    assert "Looks like: " in report.inner_text()
    assert re.match("Not yet: 0 of 4 cases are right. Looks like: .", said.text_content())
    assert not stale(tab)
    write(tab, solved())
    assert stale(tab)
    first(tab).get_by_role("button", name="Check").click()
    report.locator(".tw-right").wait_for()
    assert said.text_content() == "Solved."
    assert not stale(tab)
    assert tab.locator(".exercise-count").inner_text() == "1 of 6 solved"
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    tab.reload()
    assert first(tab).locator("textarea").input_value() == solved()
    assert tab.locator(".exercise-count").inner_text() == "1 of 6 solved"
    write(tab, "x = 1")
    assert tab.locator(".exercise-count").inner_text() == "0 of 6 solved"


def stale(tab: Any) -> bool:
    return tab.evaluate(
        """() => getComputedStyle(
          document.querySelector("#exercise-14-1 .exercise-report"), "::before",
        ).content.includes("changed")"""
    )


def test_what_is_said_already_is_not_said_again(tab: Any):
    write(tab, "x = 1")
    tab.evaluate(
        """() => {
          window.heard = 0;
          new MutationObserver((all) => (window.heard += all.length)).observe(
            document.querySelector(".exercise-count"), { childList: true, subtree: true },
          );
        }"""
    )
    tab.keyboard.type("234")
    assert first(tab).locator("textarea").input_value() == "x = 1234"
    assert tab.evaluate("window.heard") == 0


def test_the_editor_comes_after_all_and_with_the_cursor_where_the_reader_pointed(tab: Any):
    area, button = first(tab).locator("textarea"), first(tab).get_by_role("button", name="Check")
    second_line = {"x": 60, "y": 40}
    tab.context.set_offline(True)
    with tab.expect_event("requestfailed"):
        area.click(position=second_line)
    tab.context.set_offline(False)
    tab.locator("h1").click()
    before = button.bounding_box()["y"] - first(tab).bounding_box()["y"]
    area.click(position=second_line)
    first(tab).locator(".cm-content").wait_for()
    assert abs(button.bounding_box()["y"] - first(tab).bounding_box()["y"] - before) < 20
    tab.keyboard.type("1")
    stub = all_exercises()["14.1"].stub
    assert area.input_value() != stub
    assert area.input_value().splitlines()[0] == stub.splitlines()[0]
    first(tab).get_by_role("button", name="Start over").focus()
    first(tab).locator("label").click()
    assert tab.evaluate("document.activeElement.className").startswith("cm-content")


def test_answers_go_into_a_notebook_and_come_back(tab: Any, tmp_path: Path):
    write(tab, solved())
    with tab.expect_download() as got:
        tab.get_by_role("button", name="Download my answers as a notebook").click()
    path = tmp_path / got.value.suggested_filename
    got.value.save_as(path)
    assert path.name == "14-economics.ipynb"
    book = json.loads(path.read_text("utf-8"))
    made = json.loads((notebooks.FOLDER / path.name).read_text("utf-8"))
    changed = [i for i, cell in enumerate(book["cells"]) if cell != made["cells"][i]]
    assert [book["cells"][i]["source"] for i in changed] == [solved()]
    own = f"{solved()}\n# mine"
    write(tab, own)
    tab.once("dialog", lambda dialog: dialog.dismiss())
    with tab.expect_event("dialog"):
        tab.locator("input[type=file]").set_input_files(path)
    assert first(tab).locator("textarea").input_value() == own
    tab.on("dialog", lambda dialog: dialog.accept())
    first(tab).get_by_role("button", name="Start over").click()
    assert first(tab).locator("textarea").input_value() == all_exercises()["14.1"].stub
    tab.locator("input[type=file]").set_input_files(path)
    tab.locator(".exercise-told", has_text="Took 1 of 6").wait_for()
    assert first(tab).locator("textarea").input_value() == solved()


@pytest.mark.parametrize("text", ["no notebook", "{}", '{"cells": 3}'])
def test_a_file_that_is_no_notebook_changes_nothing(tab: Any, tmp_path: Path, text: str):
    (tmp_path / "odd.ipynb").write_text(text)
    write(tab, "x = 1")
    tab.locator("input[type=file]").set_input_files(tmp_path / "odd.ipynb")
    tab.locator(".exercise-told", has_text="odd.ipynb is no notebook").wait_for()
    assert first(tab).locator("textarea").input_value() == "x = 1"


def test_a_browser_that_keeps_nothing_says_so(chromium: Any, address: str):
    context = chromium.new_context()
    made = context.new_page()
    made.add_init_script("Storage.prototype.setItem = () => { throw new Error('full') }")
    made.goto(f"{address}/{page_of('14')}")
    write(made, "x = 1")
    for line in (".exercise-told", "#exercise-14-1 .exercise-state"):
        made.locator(line, has_text="This browser keeps nothing").wait_for()
    context.close()


def test_a_report_brings_no_script_into_the_page(tab: Any):
    write(tab, "x = 1")
    first(tab).locator(".cm-content").wait_for()
    given = "<p onclick='x()'>a</p><script>x()</script><img src=x onerror='x()'><a href='//h'>b</a>"
    assert tab.evaluate(f"tokenworksEditor.clean({json.dumps(given)})") == "<p>a</p>b"


def test_from_a_file_an_answer_is_kept_and_the_page_says_why_it_is_not_checked(
    chromium: Any, site: Path
):
    context = chromium.new_context()
    made = context.new_page()
    made.goto((site / page_of("14")).as_uri())
    said = made.locator("#exercise-14-1 .exercise-state").inner_text()
    assert said == "A page from a file starts no Python; the site does."
    context.close()


def test_the_keyboard_leaves_the_editor(tab: Any):
    write(tab, "x = 1")
    tab.keyboard.press("Escape")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Check"
