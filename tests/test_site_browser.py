"""The built book in a real browser: a light desk, a dark phone, over http and from a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe

from tools.repository import ROOT

pytestmark = pytest.mark.browser

TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
PAGES = [TOC["root"], *(e["file"] for part in TOC["parts"] for e in part["chapters"]), "search"]
# Together they are both widths and both themes: no colour depends on a width (test_styles.py).
STATES = {"desk-light": (1280, 900, "light"), "phone-dark": (360, 740, "dark")}
INK = "getComputedStyle(document.body).color"
# furo lets its content column scroll on a phone, so the document's own width is not enough.
OVERFLOW = """Math.max(...[document.documentElement, document.querySelector(".content")].map(
  (box) => box.scrollWidth - box.clientWidth))"""
PAPER = "getComputedStyle(document.body).backgroundColor"

# Marks the first texts of each kind: one ink on the same layers in one size has one contrast, and
# a page holds thousands of coloured words of code. So it does links: those that look alike in texts
# that look alike, and are the smaller part of them, are as easily told from them.
SAMPLE = """(most) => {
  const behind = (box) => {
    if (!box) return "";
    const { backgroundColor, backgroundImage, opacity } = getComputedStyle(box);
    const own = [backgroundColor, backgroundImage, opacity].join();
    return (own === "rgba(0, 0, 0, 0),none,1" ? "" : own) + behind(box.parentElement);
  };
  const met = {};
  const look = (box) => {
    const { color, fontSize, fontWeight, fontStyle, textDecoration } = getComputedStyle(box);
    const { borderBottom, outline, boxShadow, display } = getComputedStyle(box);
    return [box.tagName, box.className, color, fontSize, fontWeight, fontStyle, textDecoration,
      borderBottom, outline, boxShadow, display].join();
  };
  const length = (all) => [...all].reduce((sum, one) => sum + one.textContent.trim().length, 0);
  for (const link of document.querySelectorAll("a[href]")) {
    const around = [link];
    const lies = () => getComputedStyle(around.at(-1)).display.startsWith("inline");
    while (lies() && around.at(-1) !== document.body) around.push(around.at(-1).parentElement);
    const block = around.at(-1);
    const smaller = length([block]) > 2 * length(block.querySelectorAll("a[href]"));
    const shown = link.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    const within = [...link.querySelectorAll("*")].map(look);
    const kind = [shown, smaller, ...around.map(look), ...within, behind(link)].join();
    met[kind] = (met[kind] ?? 0) + 1;
    if (met[kind] <= most) link.dataset.link = "";
  }
  const word = (node) => node.nodeType === 3 && node.data.trim()[1]; // axe skips single signs
  for (const box of document.querySelectorAll("body *")) {
    if (![...box.childNodes].some(word)) continue;
    if (!box.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const { color, fill, fontSize, fontWeight } = getComputedStyle(box);
    const kind = [color, fill, fontSize, fontWeight, behind(box)].join();
    met[kind] = (met[kind] ?? 0) + 1;
    if (met[kind] <= most) box.dataset.sample = "";
  }
}"""
CONTRAST, LINKS = "color-contrast", "link-in-text-block"
SAMPLED = {CONTRAST: "[data-sample]", LINKS: "a[href][data-link]"}


class Watched:
    """A tab that remembers what it asked for and what it complained about."""

    def __init__(self, context: Any) -> None:
        self.tab = context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.tab.on("request", lambda request: self.requests.append(request.url))
        self.tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.tab.on("console", self.hear)

    def hear(self, message: Any) -> None:
        """Keep errors and warnings of the console."""
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def foreign(self, host: str) -> list[str]:
        """Return requests to another host than this one; inline data is no request."""
        urls = [url for url in self.requests if urlsplit(url).scheme not in ("data", "blob")]
        return [url for url in urls if urlsplit(url).netloc != host]


@pytest.fixture(params=STATES.values(), ids=STATES)
def watched(request: pytest.FixtureRequest, chromium: Any) -> Iterator[Watched]:
    width, height, theme = request.param
    context = chromium.new_context(
        viewport={"width": width, "height": height}, color_scheme=theme, reduced_motion="reduce"
    )
    yield Watched(context)
    context.close()


def lightness(colour: str) -> float:
    red, green, blue = (int(part) for part in colour[4:-1].split(","))
    return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255


def problems(watched: Watched, address: str, *, name: str) -> list[Any]:
    """Open a page, let all of it load, and list what is wrong with it."""
    tab = watched.tab
    tab.goto(f"{address}/{name}.html")
    for widget in tab.locator(".tw-widget").all():  # what loads on sight loads now
        widget.scroll_into_view_if_needed()
        widget.locator(".tw-fallback").wait_for(state="hidden")
    tab.wait_for_load_state("networkidle")
    overflow = tab.evaluate(OVERFLOW)
    paper, ink = lightness(tab.evaluate(PAPER)), lightness(tab.evaluate(INK))
    dark = tab.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    found = [f"{overflow} px too wide"] if overflow > 0 else []
    found += ["wrong theme"] if (paper < 0.2) != dark or abs(paper - ink) < 0.7 else []
    return found + audit(tab)


ROLES = ("aria-allowed-role", "aria-deprecated-role")  # minor for axe; Lighthouse counts them


def audit(tab: Any) -> list[Any]:
    """List wrong roles and what axe calls serious: colours of a few texts, all else of all."""
    tab.evaluate(SAMPLE, 3)
    tab.evaluate(Axe().axe_script)
    rules = [{"id": rule, "selector": css} for rule, css in SAMPLED.items()]
    tab.evaluate("(rules) => axe.configure({ rules })", rules)
    found = tab.evaluate("async () => (await axe.run({ resultTypes: ['violations'] })).violations")
    return [
        (each["id"], node["html"][:200])
        for each in found
        if each["impact"] in ("serious", "critical") or each["id"] in ROLES
        for node in each["nodes"]
    ]


def test_every_page_is_quiet_local_accessible_and_fits(watched: Watched, address: str):
    found = {name: problems(watched, address, name=name) for name in PAGES}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert watched.complaints == []
    assert watched.foreign(urlsplit(address).netloc) == []


def test_one_faint_text_among_many_alike_is_found(chromium: Any, address: str):
    context = chromium.new_context(reduced_motion="reduce")
    tab = context.new_page()
    tab.goto(f"{address}/chapters/05-kv-cache.html")
    tab.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    assert audit(tab) == []
    places = [".highlight .nf", ".tw-widget td", ".after-reading li", "article .std-doc"]
    for place in places:
        assert tab.locator(place).count() > 3
        tab.locator(place).last.evaluate("(text) => text.style.color = '#bbb'")
    found = audit(tab)
    assert [rule for rule, _ in found] == [CONTRAST] * len(places)
    context.close()


# A link behind each paragraph, and one of them that looks like the words around it.
LINKED = """(odd) => document.querySelectorAll("article section > p").forEach((text, i) =>
  text.insertAdjacentHTML("afterend", `<p>Some words and others and <a class="reference external"
    href="#" ${i === odd ? 'style="all: unset; color: #444"' : ""}>a link</a> among them.</p>`))"""


def test_one_link_among_many_that_looks_like_its_text_is_found(chromium: Any, address: str):
    context = chromium.new_context(reduced_motion="reduce")
    tab = context.new_page()
    tab.goto(f"{address}/chapters/05-kv-cache.html")
    tab.evaluate(LINKED, 7)
    assert [rule for rule, _ in audit(tab)] == [LINKS]
    context.close()


def test_every_page_works_from_a_file(chromium: Any, site: Path):
    context = chromium.new_context(offline=True)
    watched = Watched(context)
    for name in PAGES:
        watched.tab.goto((site / f"{name}.html").as_uri())
        assert watched.tab.locator("h1").first.is_visible()
    assert watched.complaints == []
    assert watched.foreign("") == []
    context.close()


@pytest.mark.parametrize("place", ["http", "file"])
def test_search_finds_a_word_and_leads_to_it(
    place: str, chromium: Any, request: pytest.FixtureRequest
):
    context = chromium.new_context()
    watched = Watched(context)
    where = request.getfixturevalue("address" if place == "http" else "site")
    base = where if place == "http" else where.as_uri()
    watched.tab.goto(f"{base}/book/intro.html")
    watched.tab.locator(".sidebar-search").fill("nucleus sampling")
    watched.tab.keyboard.press("Enter")
    hit = watched.tab.locator("#search-results a[href*='glossary']").first
    hit.wait_for()
    hit.click()
    watched.tab.wait_for_url("**/book/glossary.html*")
    assert watched.tab.get_by_role("heading", name="Glossary").is_visible()
    assert watched.foreign(urlsplit(base).netloc) == []
    context.close()


def test_the_dark_toggle_turns_the_page_and_is_remembered(chromium: Any, address: str):
    context = chromium.new_context(color_scheme="light")
    tab = context.new_page()
    tab.goto(f"{address}/book/intro.html")
    seen = {}
    for _ in range(3):
        seen[tab.evaluate("document.body.dataset.theme")] = lightness(tab.evaluate(PAPER))
        tab.locator(".theme-toggle:visible").first.click()
    assert set(seen) == {"auto", "light", "dark"}
    assert seen["dark"] < 0.2 < 0.8 < seen["light"] == seen["auto"]
    while tab.evaluate("document.body.dataset.theme") != "dark":
        tab.locator(".theme-toggle:visible").first.click()
    tab.goto(f"{address}/book/glossary.html")
    assert lightness(tab.evaluate(PAPER)) < 0.2
    context.close()


def test_the_keyboard_reaches_the_text_and_shows_where_it_is(chromium: Any, address: str):
    # wide enough for tables side by side, too narrow for those of five columns
    context = chromium.new_context(viewport={"width": 500, "height": 740})
    tab = context.new_page()
    tab.goto(f"{address}/book/facts.html")
    tab.keyboard.press("Tab")
    for _ in range(60):
        focused = "document.activeElement"
        if tab.evaluate(f"{focused}.matches('.table-wrapper')"):
            break
        tab.keyboard.press("Tab")
    assert tab.evaluate(f"{focused}.matches('.table-wrapper')")
    assert tab.evaluate(f"getComputedStyle({focused}).outlineStyle") == "solid"
    tab.keyboard.press("ArrowRight")
    tab.wait_for_function(f"{focused}.scrollLeft > 0")
    context.close()
