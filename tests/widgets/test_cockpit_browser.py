"""The cockpit in a browser: what is recorded, and a live run that is the library's own."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from cockpit_page import AT, LIVE, SCRIPT, board_of, button, link, said, told, unfold, wait
from widget_page import widget_on

from tokenworks.cockpit import drive, score
from tokenworks.widgets.cockpit import BASE, SEED, cockpit, recorded_at
from tools import page_python
from tools.repository import ROOT

pytestmark = pytest.mark.browser
SHOWN = (
    *("output_tokens_per_s", "requests_per_s", "ttft_p50", "ttft_p99", "itl_mean", "itl_p99"),
    *("goodput", "queue", "oldest_wait", "utilisation", "chips", "kv_share", "hit_share"),
    *("usd_per_million", "floor_itl", "expected_itl"),
)


@pytest.fixture(scope="module")
def python(folder: Path) -> Path:
    """Lay what runs Python beside the page, as a site has it."""
    target = folder / "_static" / "runner"
    assert page_python.write(target), "npm has not brought Pyodide: make node_modules"
    for name in ("runner.js", "worker.mjs"):
        shutil.copyfile(ROOT / "book" / "_static" / "runner" / name, target / name)
    return target


def same(shown: dict[str, float], frame: dict[str, Any], board: dict[str, Any]) -> None:
    told = {**board, "queue": frame["queued"]}  # the rest is of the last half second
    for name in SHOWN:
        assert shown[name] == (told[name] or 0), name


# The smallest type of each kind of text: of tiles, of the picture, of heads of tables.
SIZES = """(root) => {
  const size = (one) => parseFloat(getComputedStyle(one).fontSize);
  const least = (css) => Math.min(...[...root.querySelectorAll(css)].map(size));
  return Object.fromEntries([".tw-tiles span", ".tw-tiles small", ".tw-scene text",
    ".tw-duel th"].map((css) => [css, least(css)]));
}"""


def test_from_a_file_it_shows_what_was_recorded_and_says_why(chromium, folder, python):
    page = chromium.new_page(viewport={"width": 360, "height": 740})
    page.goto((folder / "cockpit.html").as_uri())
    element = widget_on(page, "cockpit")
    run = recorded_at(cockpit().state)
    same(board_of(element), run["last"], run["board"])
    assert element.evaluate("e => e.querySelector('.tw-tag').textContent") == "recorded"
    assert button(page, "Step").get_attribute("aria-disabled") == "true"
    assert button(page, "Share").get_attribute("aria-disabled") == "true"
    unfold(element)
    page.get_by_role("button", name="Mission 1:").click()
    button(page, "Set it up").first.click()
    assert "This start was not recorded" in page.locator(".tw-mission-says").first.text_content()
    assert element.evaluate("e => e.textContent").count("A page from a file starts no Python") == 1
    sizes = element.evaluate(SIZES)
    assert min(sizes.values()) >= 12, sizes
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert element.evaluate("e => [...e.querySelectorAll('option')].some((o) => o.disabled)")
    page.emulate_media(media="print")
    paper = element.evaluate("e => e.innerText")
    assert "Lengths: Chat, Batching: Continuous, Chips: 1, Paged KV cache: on" in paper
    assert "Scheduling and routing" not in paper
    assert not page.get_by_label("Batching", exact=True).is_visible()
    page.close()


def drive_about(page: Any) -> None:
    """Start, change two settings while it runs, let a replica die, pause, go one step, share."""
    button(page, "Start").click()
    wait(page, f"{LIVE} && {AT} < 60 && {AT} >= 2")
    page.get_by_label("Batching", exact=True).select_option(label="Static")
    page.get_by_label("Chips", exact=True).select_option(label="2")
    wait(page, f"(at) => {AT} >= at + 2 && {LIVE}", page.evaluate(AT))
    button(page, "A replica dies").click()
    wait(page, f"(at) => {AT} >= at + 1 && {LIVE}", page.evaluate(AT))
    button(page, "Pause").click()
    at = page.evaluate(AT)
    button(page, "Step").click()
    wait(page, f"(at) => {AT} > at", at)
    button(page, "Share").click()


def test_a_live_run_is_the_librarys_and_a_link_brings_it_back(visit, python, chromium):
    page = visit("python")
    element = widget_on(page, "cockpit")
    drive_about(page)
    held = page.evaluate(SCRIPT)
    script, at = {name: held[name] for name in ("seed", "changes")}, held["at"]
    _, *changes, (_, last) = script["changes"]
    assert script["seed"] == SEED
    assert sorted(last) == ["fail"]
    changed = [one for _, what in changes for one in what["set"].items()]
    assert changed == [("batching", "static"), ("chips", 2)]
    assert at == page.evaluate(AT) > script["changes"][-1][0]
    there = drive(script, since=at, until=at)["frames"][0]
    shown = board_of(element)
    same(shown, there, there["board"])
    drawn = element.evaluate(
        "e => [...e.querySelectorAll('[data-replica]')].map((r) => r.getAttribute('class'))"
    )
    states = [css.rpartition("tw-state-")[2] for css in drawn]
    assert states == [replica["state"] for replica in there["replicas"]]
    other = chromium.new_page(viewport={"width": 360, "height": 740})
    other.goto(page.url)
    restored = widget_on(other, "cockpit")
    assert "shared with you" in told(other)
    button(other, "Start").click()
    wait(other, f"(at) => {LIVE} && {AT} === at", at)
    assert {n: board_of(restored)[n] for n in SHOWN} == {n: shown[n] for n in SHOWN}
    assert other.evaluate("document.documentElement.scrollWidth") <= 360
    other.close()


def test_a_change_that_cannot_be_is_refused_the_run_goes_on_and_is_scored(visit, python):
    page = visit("python")
    element = widget_on(page, "cockpit")
    button(page, "Start").click()
    wait(page, f"{LIVE} && {AT} < 60")
    unfold(element)
    model = page.get_by_label("Model", exact=True)
    before = model.input_value()
    model.select_option(label="Llama-3 70B")
    said(page, "leaves no room")
    assert told(page).startswith("At ")
    assert model.input_value() == before
    wait(page, f"(at) => {AT} > at", page.evaluate(AT))
    page.get_by_label("Challenge", exact=True).select_option(label="Long prompts, short answers")
    button(page, "Score it").click()
    said(page, "limits are kept", ".tw-mission-says")
    scored = score("long-prompts", BASE)
    shown = element.evaluate(
        "e => [...e.querySelectorAll('.tw-duel [data-raw]')].map((c) => Number(c.dataset.raw))"
    )
    rows = (scored, scored["plan"], scored["baseline"])
    numbers = [(min(r["shares"]), r["usd_per_hour"], r["usd_per_million"]) for r in rows]
    assert shown == [number for row in numbers for number in row]


@pytest.mark.parametrize(
    "case",
    [
        ("!!", "cut or changed on its way"),
        (link([1]), "is not a run"),
        (link({"seed": 1, "changes": "all", "at": 1}), "is not a run"),
        (link({"seed": 1, "changes": [[0, {"set": {}}]], "at": 1, "challenge": "x"}), "none of"),
        ("A" * 9000, "longer than any run"),
    ],
)
def test_a_link_of_nonsense_is_told_so(chromium, host, case):
    held, why = case
    page = chromium.new_page()
    page.goto(f"{host}/cockpit.html#cockpit={held}")
    widget_on(page, "cockpit")
    assert why in told(page)
    assert page.locator(".tw-tag").text_content() == "recorded"
    page.close()


def test_a_link_of_a_run_that_cannot_be_is_refused_by_the_library(chromium, host, python):
    page = chromium.new_page()
    held = link({"seed": 1, "changes": [[0, {"set": {"model": "gpt"}}]], "at": 1})
    page.goto(f"{host}/cockpit.html#cockpit={held}")
    widget_on(page, "cockpit")
    button(page, "Start").click()
    said(page, "model must be one of")
    page.close()
