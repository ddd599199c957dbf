"""How the tests drive a widget on a page, and read its numbers back."""

from __future__ import annotations

import math

from tools.repository import ROOT

# The site as it is served, a live kernel's model, and a page opened from disk. All three run one
# module, so the numbers are compared in full on the first; fewer states show that the others hand
# the module its data and its state.
WAYS = ["http", "live", "file"]
SHARE = {"http": 1, "live": 3, "file": 12}
LEAST = 5
FOLDER = ROOT / "lib" / "tokenworks" / "widgets"
STEMS = sorted(path.stem for path in FOLDER.glob("[!_]*.js"))  # every widget
HOSTILE = "</script><script>window.hit = 1</script> <b title='\"'> &amp; &lt; <!--"


def count_of(way, states):
    """Return how many of so many states are tried on a way."""
    return max(LEAST, states // SHARE[way])


class Drawn:
    """A widget on a page: a locator, but what runs on its element finds it without a search."""

    def __init__(self, page, name):
        self._locator = page.locator(f"[data-widget={name}]")
        self._locator.scroll_into_view_if_needed()
        self._element = page.wait_for_selector(
            f"[data-widget={name}][data-ready]", timeout=10_000, state="attached"
        )

    def evaluate(self, script, argument=None):
        return self._element.evaluate(script, argument)

    def __getattr__(self, name):
        return getattr(self._locator, name)


def widget_on(page, name):
    """Scroll a widget into view and wait until it is drawn."""
    return Drawn(page, name)


SET_CONTROLS = """(root, settings) => {
  for (const [name, index] of settings) {
    const input = root.querySelector(`[data-control=${name}]`);
    input.value = index;
    input.dispatchEvent(new Event(input.tagName === "SELECT" ? "change" : "input"));
  }
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
# Lists that cut an option: each beside a copy that is as wide as its longest one.
CUT_LISTS = """(root) => [...root.querySelectorAll("select")].filter((list) => {
  const copy = list.cloneNode(true);
  copy.style.cssText = "position: absolute; width: auto; padding: 0 0.5rem";
  list.after(copy);
  const cut = copy.offsetWidth > list.offsetWidth;
  copy.remove();
  return cut;
}).map((list) => list.dataset.control)"""
CLICKS = """(root, [name, times]) => {
  const wanted = [...root.querySelectorAll("button")].find((b) => b.textContent === name);
  for (let i = 0; i < times; i += 1) wanted.click();
}"""


RENDER = """async ([name, data, state]) => {
  const { default: widget } = await import(`./${name}.mjs`);
  const el = document.body.appendChild(document.createElement("div"));
  const held = { data, state }, calls = [];
  const model = { get: (key) => held[key], on: (_, f) => calls.push(f), off() {},
    save_changes() {}, set: (key, value) => { held[key] = value; calls.map((f) => f()); } };
  await widget.render({ model, el });
  return el;
}"""


def rendered(page, widget):
    """Add a widget to the live page, with other data than the page's own; return its element."""
    held = [widget._name, widget.data, widget.state]
    return page.evaluate_handle(RENDER, held).as_element()


def set_control(element, name, values, *, value):
    put(element, {name: values}, {name: value})


def put(element, grid, state):
    """Set several controls, each to a value of its grid."""
    settings = [[name, list(grid[name]).index(value)] for name, value in state.items()]
    element.evaluate(SET_CONTROLS, settings)


def press(element, name, times=1):
    for _ in range(times):
        element.get_by_role("button", name=name, exact=True).click()


def hurry(element, name, times=1):
    """Press a button many times at once, without a mouse: one call for a thousand clicks."""
    element.evaluate(CLICKS, [name, times])


def close(got, want):
    return math.isclose(got, want, rel_tol=1e-9, abs_tol=1e-12)
