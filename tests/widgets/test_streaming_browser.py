"""SIM-00 in a browser: the page's clock and Python's times, both crowds, on every chip."""

from __future__ import annotations

import pytest
from widget_page import RAW, TEXTS, WAYS, close, press, set_control, widget_on

from tokenworks.units import plain
from tokenworks.widgets import kit
from tokenworks.widgets.streaming import (
    GRID,
    KINDS,
    cents_text,
    counters_at,
    tabulated,
    tokens_per_s,
)

pytestmark = pytest.mark.browser
FORMATS = {
    "tokens": kit.count_text,
    "bytes": kit.bytes_text,
    "cents": cents_text,
    "least_cents": cents_text,
    "seconds": lambda seconds: f"{seconds:.2f}",
    "least_seconds": lambda seconds: f"{seconds:.2f}",
}
LAST = len(tabulated()["output"])


def check(element, cursor, **state):
    shown, want = dict(element.evaluate(RAW)), counters_at(cursor, **state)
    for name, text in FORMATS.items():
        assert close(shown[name][0], want[name]), (name, cursor, state)
        assert shown[name][1] == text(want[name])


@pytest.mark.parametrize("way", WAYS)
def test_streaming_counts_as_python_does(visit, way):
    element = widget_on(visit(way, reduced_motion="reduce"), "streaming")
    check(element, 0, chip="a100-80gb", users=1)
    for chip in GRID["chip"][: None if way == "http" else 1]:
        set_control(element, "chip", GRID["chip"], value=chip)
        check(element, 0, chip=chip, users=1)
        pace, most = (
            plain(kit.significant(tokens_per_s(kind, chip=chip, users=1), 3)) for kind in KINDS
        )
        says = element.inner_text()
        assert f"Expect {pace} tokens a second" in says
        assert f"at most {most}." in says
        assert tabulated()["setups"][chip]["error"] in says
        press(element, "Send")  # no motion is wanted: the end, at once
        check(element, LAST, chip=chip, users=1)
        assert element.evaluate(TEXTS)["tw-text tw-poem"] == "".join(tabulated()["output"])
        press(element, "Add 31 users")
        check(element, LAST, chip=chip, users=32)
        says = element.evaluate(TEXTS)["tw-story tw-short"]
        for users in GRID["users"]:
            assert cents_text(counters_at(LAST, chip=chip, users=users)["cents"]) in says
        press(element, "Alone again")
        check(element, LAST, chip=chip, users=1)
        for usd in (GRID["usd_per_hour"][0], GRID["usd_per_hour"][-1]):
            set_control(element, "usd_per_hour", GRID["usd_per_hour"], value=usd)
            check(element, LAST, chip=chip, users=1, usd_per_hour=usd)


WATCH = """(root) => new Promise((resolve) => {
  const began = performance.now(), seen = [];
  const look = () => {
    const now = Number(root.querySelector("[data-counter=seconds]").dataset.raw);
    seen.push([(performance.now() - began) / 1000, now]);
    if (seen.at(-1)[0] < 1.5) requestAnimationFrame(look); else resolve(seen);
  };
  [...root.querySelectorAll("button")].find((b) => b.textContent === "Send").click();
  requestAnimationFrame(look);
})"""


def test_no_token_is_shown_before_it_is_expected(visit):
    element = widget_on(visit("file"), "streaming")
    seen = element.evaluate(WATCH)
    step = 1 / tokens_per_s(chip="a100-80gb", users=1)
    assert all(due <= clock + 0.002 for clock, due in seen)  # the click takes a moment
    clock, due = seen[-1]
    assert clock - due < step + 0.25, "it keeps the expected pace"
    assert len({due for _, due in seen}) > 10
    press(element, "Send")  # again: from the beginning
    assert dict(element.evaluate(RAW))["seconds"][0] < 0.6
    set_control(element, "chip", GRID["chip"], value="b300")  # another chip stops and rewinds
    check(element, 0, chip="b300", users=1)
