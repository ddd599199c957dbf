"""The kernels in a browser: bytes of every pipe are Python's, and their widths are to scale."""

from __future__ import annotations

import pytest
from widget_page import RAW, WAYS, close, press, widget_on

from tokenworks.widgets import kit
from tokenworks.widgets.fusion import fusion

pytestmark = pytest.mark.browser
PIPES = """(root) => [...root.querySelectorAll("[data-pipe]")].map((pipe) => {
  const y = pipe.getAttribute("points").split(" ").map((point) => Number(point.split(",")[1]));
  const x = pipe.getAttribute("points").split(" ").map((point) => Number(point.split(",")[0]));
  return [pipe.dataset.pipe, Number(pipe.dataset.raw), y[6] - y[0], x[3] - x[0]];
})"""


@pytest.mark.parametrize("way", WAYS)
def test_pipes_are_as_wide_as_bytes_and_point_the_right_way(visit, way):
    element = widget_on(visit(way), "fusion")
    for found in fusion().data["ways"]:
        pipes = element.evaluate(PIPES)
        wanted = [
            (f"{does}-{array}", size)
            for kernel in found["kernels"]
            for does in ("reads", "writes")
            for array, size in kernel[does]
        ]
        assert [(name, raw) for name, raw, *_ in pipes] == wanted
        widest = max(size for _, size in wanted) if len(wanted) > 4 else 64 * 4096**2 * 2
        for name, raw, thick, along in pipes:
            assert thick == pytest.approx(max(1.5, 30 * raw / widest))
            assert (along > 0) == name.startswith("reads")
        shown = dict(element.evaluate("(root) => (" + RAW + ")(root).filter(([n]) => n)"))
        for name, text in (("bytes", kit.bytes_text), ("moving", kit.seconds_text)):
            raw, printed = shown[name]
            assert close(raw, found[name])
            assert printed == text(raw)
        if len(wanted) > 4:
            press(element, "Fuse")
    assert "a 58th of the bytes passes" in element.inner_text()
    press(element, "Take apart")
    assert "The square passes four times" in element.inner_text()


def test_the_keyboard_fuses(visit):
    page = visit("http", width=360)
    element = widget_on(page, "fusion")
    element.get_by_role("button", name="Fuse").focus()
    page.keyboard.press("Space")
    assert element.get_by_role("button", name="Take apart").evaluate(
        "e => e === document.activeElement"
    )
    assert element.locator("[data-pipe]").count() == 4
