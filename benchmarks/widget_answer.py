"""Measure how long a widget takes from a moved control to a laid-out page, in headless Chromium.

    python benchmarks/widget_answer.py

prints one line per widget and control: median and longest of 40 moves, and the share of the
50 ms that design allows a widget. Nothing is asserted: a loaded machine is slower.
"""

from __future__ import annotations

import json
import shutil
import statistics

from playwright.sync_api import sync_playwright

from tokenworks.widgets.decode_loop import decode_loop
from tokenworks.widgets.lifecycle import lifecycle
from tokenworks.widgets.stage import Stage, module_text

MOVES = 40
BUDGET_MS = 50
MEASURE = """([moves]) => [...document.querySelectorAll("[data-control]")].map((input) => {
  const size = input.options?.length ?? Number(input.max) + 1;
  const times = Array.from({ length: moves }, (_, i) => {
    input.value = i % size;
    const start = performance.now();
    input.dispatchEvent(new Event(input.options ? "change" : "input"));
    document.body.getBoundingClientRect();
    return performance.now() - start;
  });
  return [input.dataset.control, times];
})"""
DRAW = """const held = %s, heard = [];
widget.render({ el: document.body, model: { get: (key) => held[key], save_changes: () => {},
  on: (_, listener) => heard.push(listener), off: () => {},
  set: (key, value) => { held[key] = value; heard.forEach((listener) => listener()); } } });"""


def page_of(widget: Stage) -> str:
    """Return a page with one widget drawn from its module."""
    held = json.dumps({"data": widget.data, "state": widget.state}).replace("<", "\\u003c")
    module = module_text(widget._name).replace("export default", "const widget =")
    script = f"{module}\n{DRAW % held}"
    style = widget._css
    return f"<!doctype html><style>{style}</style><body><script>(() => {{{script}}})()</script>"


def main() -> None:
    """Print the table."""
    with sync_playwright() as player:
        chromium = shutil.which("chromium")
        browser = player.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        for widget in (lifecycle(), decode_loop()):
            page.set_content(page_of(widget))
            for control, times in page.evaluate(MEASURE, [MOVES]):
                middle, longest = statistics.median(times), max(times)
                print(
                    f"{widget._name:12} {control:14} median {middle:5.1f} ms, longest "
                    f"{longest:5.1f} ms, median / budget = {middle / BUDGET_MS:.2f}"
                )
        browser.close()


if __name__ == "__main__":
    main()
