"""How the tests drive a widget on a page, and read its numbers back."""

from __future__ import annotations

import math

WAYS = ["http", "file", "live"]


def widget_on(page, name):
    """Scroll a widget into view and wait until it is drawn."""
    element = page.locator(f"[data-widget={name}]")
    element.scroll_into_view_if_needed()
    page.wait_for_selector(f"[data-widget={name}][data-ready]", timeout=10_000)
    return element


SET_CONTROL = """(root, [name, index]) => {
  const input = root.querySelector(`[data-control=${name}]`);
  input.value = index;
  input.dispatchEvent(new Event(input.tagName === "SELECT" ? "change" : "input"));
}"""
RAW = (
    "(root) => [...root.querySelectorAll('[data-raw]')].map((cell) => ["
    "cell.dataset.cell ?? cell.dataset.counter, [Number(cell.dataset.raw), cell.textContent]])"
)
TEXTS = """(root) => {
  const cells = [...root.querySelectorAll("[data-cell], .tw-note, .tw-story, .tw-text")];
  const texts = cells.map((cell) => [cell.dataset.cell ?? cell.className, cell.textContent]);
  const active = root.querySelector("[aria-current=step]")?.dataset.stage;
  return Object.fromEntries([...texts, ["active", active]]);
}"""
CLICKS = """(root, [name, times]) => {
  const wanted = [...root.querySelectorAll("button")].find((b) => b.textContent === name);
  for (let i = 0; i < times; i += 1) wanted.click();
}"""


def set_control(element, name, values, *, value):
    element.evaluate(SET_CONTROL, [name, list(values).index(value)])


def put(element, grid, state):
    """Set several controls, each to a value of its grid."""
    for name, value in state.items():
        set_control(element, name, grid[name], value=value)


def press(element, name, times=1):
    for _ in range(times):
        element.get_by_role("button", name=name, exact=True).click()


def hurry(element, name, times):
    """Press a button many times at once: one call for a thousand clicks."""
    element.evaluate(CLICKS, [name, times])


def close(got, want):
    return math.isclose(got, want, rel_tol=1e-9, abs_tol=1e-12)
