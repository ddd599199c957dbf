"""Measure how long a widget takes from a moved control to a laid-out page, in headless Chromium.

    python -m benchmarks.widget_answer

prints one line per widget and control, median and longest of 40 moves, and records them beside the
50 ms that design allows a widget. Nothing is asserted: a loaded machine is slower.
"""

from __future__ import annotations

import json
import statistics

from playwright.sync_api import sync_playwright

from benchmarks.provenance import ROOT, provenance
from tokenworks import widgets
from tokenworks.widgets.stage import Stage, module_text
from tools.browser import chromium

RESULT = ROOT / "benchmarks" / "results" / "widget_answer.json"
QUESTIONS = {"guess", "quiz", "reveal"}  # they look nothing up
MOVES = 40
BUDGET_MS = 50
# Each control is looked up anew, since moving one may replace another, and put back where it was:
# a choice may take other controls away.
MEASURE = """(moves) => [...document.querySelectorAll("[data-control]")]
  .map((input) => input.dataset.control).map((name) => {
    const found = () => document.querySelector(`[data-control=${name}]`);
    const before = found().value;
    const move = (input, place) => {
      input.value = place;
      const start = performance.now();
      input.dispatchEvent(new Event(input.options ? "change" : "input"));
      document.body.getBoundingClientRect();
      return performance.now() - start;
    };
    const times = Array.from({ length: moves }, (_, i) => {
      const input = found();
      return move(input, i % (input.options?.length ?? Number(input.max) + 1));
    });
    move(found(), before);
    return [name, times];
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
    """Print and record the table."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        for name in sorted(set(widgets.__all__) - QUESTIONS):
            page.set_content(page_of(getattr(widgets, name)()))
            found[name] = {}
            for control, times in page.evaluate(MEASURE, MOVES):
                middle, longest = statistics.median(times), max(times)
                found[name][control] = {
                    "median_ms": round(middle, 1),
                    "longest_ms": round(longest, 1),
                }
                print(
                    f"{name:18} {control:16} median {middle:5.1f} ms, longest {longest:5.1f} ms, "
                    f"median / budget = {middle / BUDGET_MS:.2f}"
                )
        browser.close()
    command = "python -m benchmarks.widget_answer"
    record = provenance(command, ("tokenworks",)) | {"budget_ms": BUDGET_MS, "widgets": found}
    RESULT.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
