"""A page with every widget, built by the book's own extension, and the ways to open it."""

from __future__ import annotations

import http.server
import json
import threading
from functools import partial
from pathlib import Path

import pytest
from sphinx.cmd.build import main as build_site
from widget_page import HOSTILE

from tokenworks.widgets.batching import batching
from tokenworks.widgets.block_table import block_table
from tokenworks.widgets.calculator import calculator
from tokenworks.widgets.choices import choices
from tokenworks.widgets.cockpit import cockpit
from tokenworks.widgets.decode_loop import decode_loop
from tokenworks.widgets.fusion import fusion
from tokenworks.widgets.guess import guess
from tokenworks.widgets.kv_planner import kv_planner
from tokenworks.widgets.ladder import ladder
from tokenworks.widgets.latency import latency
from tokenworks.widgets.lifecycle import lifecycle
from tokenworks.widgets.memory_levels import memory_levels
from tokenworks.widgets.page_puzzle import page_puzzle
from tokenworks.widgets.pareto import pareto
from tokenworks.widgets.phases import phases
from tokenworks.widgets.prefix_timeline import prefix_timeline
from tokenworks.widgets.quantizer import quantizer
from tokenworks.widgets.quiz import Quiz, quiz
from tokenworks.widgets.request_walk import request_walk
from tokenworks.widgets.reveal import reveal
from tokenworks.widgets.roofline import roofline_explorer
from tokenworks.widgets.schedule_puzzle import schedule_puzzle
from tokenworks.widgets.serving_pools import serving_pools
from tokenworks.widgets.speculation import speculation
from tokenworks.widgets.stage import Stage, module_text, style_text, widget_text
from tokenworks.widgets.strategies import strategies
from tokenworks.widgets.streaming import streaming
from tokenworks.widgets.tile_puzzle import tile_puzzle
from tokenworks.widgets.tile_walk import tile_walk
from tokenworks.widgets.tiling import tiling
from tokenworks.widgets.topology_picker import topology_picker
from tokenworks.widgets.tradeoff import tradeoff

# An anywidget host in small: the module is imported as ESM and given a model with listeners.
LIVE_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>live</title>
<style>{css}</style><body data-theme="light">{places}<script type="module">
for (const [name, held] of Object.entries({held})) {{
  const {{ default: widget }} = await import(`./${{name}}.mjs`);
  const listeners = new Set();
  const model = {{ get: (key) => held[key], on: (_, listener) => listeners.add(listener),
    off: (_, listener) => listeners.delete(listener), save_changes: () => (window.saved = held),
    set: (key, value) => {{ held[key] = value; listeners.forEach((listener) => listener()); }} }};
  (window.models ??= {{}})[name] = model;
  const el = document.getElementById(name);
  el.dataset.widget = name;
  await widget.render({{ model, el }});
  el.dataset.ready = "";
}}</script></body></html>"""


def widgets() -> list[Stage]:
    """One of each, at its defaults."""
    return [
        lifecycle(),
        decode_loop(),
        kv_planner(),
        phases(),
        memory_levels(),
        roofline_explorer(),
        tradeoff(),
        latency(),
        ladder(),
        batching(),
        schedule_puzzle(),
        fusion(),
        tile_walk(),
        tiling(),
        tile_puzzle(),
        block_table(),
        page_puzzle(),
        speculation("exit", temperature=1),
        quantizer(),
        strategies(),
        pareto(),
        topology_picker(),
        choices(),
        prefix_timeline(),
        serving_pools(),
        calculator("frontier"),
        cockpit(),
        request_walk(),
        streaming(),
        quiz("QUIZ-01"),
        guess("test-fit", "How many of them fit?", low=1, high=1000, unit="conversations"),
        reveal("test-fit", 30),
    ]


def hostile_quiz() -> Quiz:
    """A quiz whose words would be markup, or a script, where they are not kept apart from it."""
    options = [{"text": f"{HOSTILE} {i}", "why": HOSTILE, "right": i == 0} for i in range(4)]
    data = {"name": HOSTILE, "question": HOSTILE, "options": options}
    return Quiz(data=data, state={"choice": None})


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    """Build a page with every widget through Sphinx, and a live page beside it."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("built")
    (source / "conf.py").write_text(
        "extensions = ['book._ext.widgets']\nhtml_theme = 'furo'\nproject = 'widgets'\n"
    )
    gap = '<div style="height: 1200px"></div>'  # so that not all of them are in view at once
    blocks = (f".. raw:: html\n\n   {widget.static_html()}{gap}\n" for widget in widgets())
    (source / "index.rst").write_text("Widgets\n=======\n\n" + "\n".join(blocks))
    hostile = f".. raw:: html\n\n   {hostile_quiz().static_html()}\n"
    (source / "hostile.rst").write_text(f":orphan:\n\nHostile\n=======\n\n{hostile}")
    python = '<script src="_static/runner/runner.js"></script>'  # of a page that runs Python
    driven = f".. raw:: html\n\n   {python}{cockpit().static_html()}\n"
    (source / "cockpit.rst").write_text(f":orphan:\n\nCockpit\n=======\n\n{driven}")
    (source / "plain.rst").write_text(":orphan:\n\nPlain\n=====\n\nNo widget here.\n")
    assert build_site(["-q", "-W", "-b", "html", str(source), str(built)]) == 0
    held = {w._name: {"data": w.data, "state": w.state} for w in widgets()}
    places = "".join(f'<div id="{name}"></div>' for name in held)
    css = f"{widget_text('theme.css')}\n{style_text(*held)}"
    page = LIVE_PAGE.format(css=css, held=json.dumps(held), places=places)
    (built / "live.html").write_text(page, encoding="utf-8")
    (built / "favicon.ico").touch()  # browsers ask for one
    for name in held:
        (built / f"{name}.mjs").write_text(module_text(name), encoding="utf-8")
    return built


@pytest.fixture(scope="session")
def host(folder):
    """Serve the folder on the loopback interface."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def guess_type(self, path):
            return "text/javascript" if str(path).endswith("js") else super().guess_type(path)

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Quiet, directory=str(folder))
    ) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class Tabs:
    """Tabs of one browser, one for each set of options: loading anew is cheaper than a new tab."""

    def __init__(self, chromium):
        self._chromium, self._open = chromium, {}

    def tab(self, width, options):
        """Return a tab, and the lists of what it logs as an error and of what it asks for."""
        key = json.dumps(options, sort_keys=True)
        if key not in self._open:
            page, errors, requests = self._chromium.new_page(**options), [], []
            page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on("request", lambda request: requests.append(request.url))
            self._open[key] = page, errors, requests
        page, *logs = self._open[key]
        page.set_viewport_size({"width": width, "height": 900})
        page.mouse.move(0, 0)
        for log in logs:
            log.clear()
        return page, *logs

    def close(self):
        for page, *_ in self._open.values():
            page.close()


@pytest.fixture(scope="session")
def tabs(chromium):
    held = Tabs(chromium)
    yield held
    held.close()


@pytest.fixture
def visit(tabs, folder, host):
    """Open a page, once in a test; afterwards no error was logged and no other host was asked."""
    addresses = {
        "http": f"{host}/index.html",
        "file": (folder / "index.html").as_uri(),
        "live": f"{host}/live.html",
        "hostile": f"{host}/hostile.html",
        "python": f"{host}/cockpit.html",
    }
    visited = []

    def open_page(way, *, width=1280, **options):
        assert not visited, "the tab is the test's: a second visit would load over the first"
        page, errors, requests = tabs.tab(width, options)
        visited.append((errors, requests))
        page.goto(addresses[way])
        return page

    yield open_page
    own = (host, folder.as_uri(), "data:", "blob:")
    for errors, requests in visited:
        assert [url for url in requests if not url.startswith(own)] == []
        assert errors == []
