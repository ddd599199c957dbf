"""Without a network: what was asked for is there, a new site replaces the old, no room is said."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tools import offline, serve
from tools.repository import ROOT

pytestmark = pytest.mark.browser

CHECK = "exercises/14-economics.html"
BUTTON = ".offline button"
STATE = ".offline [aria-live]"
REGISTERED = "navigator.serviceWorker.getRegistrations().then((found) => found.length)"
CONTROLLED = """() => new Promise((controlled) => {
  if (navigator.serviceWorker.controller) controlled();
  navigator.serviceWorker.addEventListener("controllerchange", () => controlled());
})"""
TAKEN_OVER = """async () => {
  for (;;) {
    const kept = await caches.match("other.html");
    const names = await caches.keys();
    if (names.length === 1 && (await kept.text()).includes("new")) return;
    await new Promise((later) => setTimeout(later, 100));
  }
}"""
ASK = "tokenworks.ask({ ask: 'run', source: 'print(6 * 7)' }, { seconds: 60 })"
PAGE = """<!doctype html><title>Small</title><h1>{words}</h1>
<div class="bottom-of-page"><div class="left-details"></div></div>
<script src="_static/offline.js"></script>"""


class Brief(serve.Handler):
    """A server whose connections end with each answer, so that none outlasts it."""

    protocol_version = "HTTP/1.0"


@contextmanager
def served(site: Path, port: int = 0) -> Iterator[str]:
    """Serve a folder until the end of the block: after it there is no network."""
    with serve.Server((serve.HOST, port), partial(Brief, directory=str(site))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://{serve.HOST}:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def tab(chromium: Any) -> Iterator[Any]:
    context = chromium.new_context()
    yield context.new_page()
    context.close()


def small(folder: Path, words: str) -> Path:
    """Write a site of three files and its worker."""
    (folder / "_static").mkdir(parents=True, exist_ok=True)
    (folder / "index.html").write_text(PAGE.format(words=words))
    (folder / "other.html").write_text(PAGE.format(words=f"other {words}"))
    script = (ROOT / "book/_static/offline.js").read_bytes()
    (folder / "_static" / "offline.js").write_bytes(script)
    (folder / "_static" / "manifest.webmanifest").write_text("{}")
    offline.write(folder)
    return folder


def heading(tab: Any) -> str:
    return tab.locator("h1").inner_text()


def keep(tab: Any) -> None:
    tab.locator(BUTTON, has_text="Keep this site").click()
    tab.locator(STATE, has_text="This site can be read offline.").wait_for(timeout=120_000)


def test_a_worker_changes_with_every_file_and_only_then(tmp_path: Path):
    folder = small(tmp_path, "old")
    worker = folder / "offline-worker.js"
    before = worker.read_bytes()
    offline.write(folder)
    assert worker.read_bytes() == before
    assert set(offline.digests(folder)) == {
        *("index.html", "other.html", "_static/offline.js", "_static/manifest.webmanifest")
    }
    small(folder, "new")
    assert worker.read_bytes() != before


def test_python_that_was_asked_for_runs_without_a_network_and_says_what_is_not_kept(
    tab: Any, site: Path
):
    with served(site) as address:
        tab.goto(f"{address}/{CHECK}")
        assert tab.evaluate(REGISTERED) == 0
        assert tab.evaluate(ASK)["printed"] == "42\n"
        tab.evaluate(CONTROLLED)
        tab.reload()
    tab.goto(f"{address}/{CHECK}")
    assert tab.evaluate(ASK)["printed"] == "42\n"
    tab.goto(f"{address}/chapters/09-paged-attention.html")
    assert heading(tab) == "This page was not kept"


def test_a_site_that_is_kept_is_read_and_searched_without_a_network(tab: Any, site: Path):
    asked: list[str] = []
    tab.context.on("request", lambda request: asked.append(request.url))
    with served(site) as address:
        tab.goto(f"{address}/book/intro.html")
        keep(tab)
    for page in (site / "chapters").glob("*.html"):
        tab.goto(f"{address}/chapters/{page.name}")
        assert "not kept" not in heading(tab)
    tab.goto(f"{address}/{CHECK}")
    assert tab.evaluate(ASK)["printed"] == "42\n"
    tab.goto(f"{address}/search.html?q=goodput")
    tab.locator("#search-results li").first.wait_for()
    tab.goto(f"{address}/")
    assert "not kept" not in heading(tab)
    assert all(url.startswith((address, "blob:", "data:")) for url in asked)
    tab.locator(BUTTON, has_text="Remove").click()
    tab.locator(BUTTON, has_text="Keep this site").wait_for()
    assert tab.evaluate(REGISTERED) == 0
    assert tab.evaluate("caches.keys()") == []


def test_a_new_site_replaces_the_old_one_also_without_a_network(tab: Any, tmp_path: Path):
    with served(small(tmp_path, "old")) as address:
        tab.goto(f"{address}/index.html")
        keep(tab)
        small(tmp_path, "new")
        tab.reload()
        assert heading(tab) == "new"
        tab.evaluate(TAKEN_OVER)
    tab.goto(f"{address}/other.html")
    assert heading(tab) == "other new"
    assert tab.locator(STATE).inner_text() == "This site can be read offline."


def test_a_browser_without_room_says_so_and_the_page_stays(tab: Any, tmp_path: Path):
    small(tmp_path, "old")
    (tmp_path / "large.bin").write_bytes(bytes(3_000_000))
    offline.write(tmp_path)
    with served(tmp_path) as address:
        tab.goto(f"{address}/index.html")
        quota = {"origin": address, "quotaSize": 500_000}
        tab.context.new_cdp_session(tab).send("Storage.overrideQuotaForOrigin", quota)
        tab.locator(BUTTON).click()
        tab.locator(STATE, has_text="has no room for its 4 MB").wait_for()
        assert heading(tab) == "old"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("caches.open = () => { throw new DOMException('', 'SecurityError') }", ""),
        (
            "ServiceWorkerContainer.prototype.register = "
            "() => Promise.reject(new DOMException('', 'SecurityError'))",
            "This browser lets no site keep its pages.",
        ),
        ("delete Navigator.prototype.serviceWorker", None),
    ],
)
def test_a_browser_that_keeps_nothing_says_so(
    tab: Any, tmp_path: Path, *, script: str, said: str | None
):
    tab.add_init_script(script)
    with served(small(tmp_path, "old")) as address:
        tab.goto(f"{address}/index.html")
        if said is None:
            assert tab.locator(BUTTON).count() == 0
        elif said:
            tab.locator(BUTTON).click()
            tab.locator(STATE, has_text=said).wait_for()
        assert heading(tab) == "old"


def test_a_page_from_a_file_keeps_nothing_and_asks_for_nothing(tab: Any, tmp_path: Path):
    errors: list[str] = []
    tab.on("console", lambda message: errors.append(message.text))
    tab.goto((small(tmp_path, "old") / "index.html").as_uri())
    assert tab.locator(BUTTON).count() == 0
    assert tab.locator("link[rel=manifest]").count() == 0
    assert errors == []


def test_the_manifest_lets_the_site_be_installed(tab: Any, site: Path):
    with served(site) as address:
        tab.goto(f"{address}/book/intro.html")
        session = tab.context.new_cdp_session(tab)
        told = session.send("Page.getAppManifest")
        assert told["errors"] == []
        assert json.loads(told["data"])["name"] == "The Token Factory"
        found = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
        assert [each["errorId"] for each in found] == ["in-incognito"]  # as each test's context is
