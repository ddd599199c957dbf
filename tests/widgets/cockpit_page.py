"""How the tests drive the cockpit on its page, with Python in the page or with the tests' own."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

from widget_page import RAW

from tokenworks.runner import answer

MOST_SECONDS = 120  # until Python has started and answered, however busy the machine is
AT = "Number(document.querySelector('[data-counter=at]').dataset.raw)"
LIVE = "/live|paused/.test(document.querySelector('.tw-tag').textContent)"
SCRIPT = "() => JSON.parse(atob(location.hash.slice(9).replaceAll('-', '+').replaceAll('_', '/')))"
# An engine in the place of the page's: the library of the tests answers.
ENGINE = """window.tokenworks = { why: () => "",
  ask: async (question) => JSON.parse(await window.answered(JSON.stringify(question))) }"""


class Asked:
    """A page's engine: it answers by the library, and keeps what it was asked."""

    def __init__(self) -> None:
        self.questions: list[dict[str, Any]] = []
        self.late = False  # the next question is ended for time
        self.before: Callable[[dict[str, Any]], object] = lambda _: None

    def __call__(self, question: str) -> str:
        asked = json.loads(question)
        self.questions.append(asked)
        self.before(asked)
        if self.late:
            self.late = False
            return json.dumps({"late": True, "told": []})
        return answer(question)


def engine_on(page: Any) -> Asked:
    """Let the tests' own Python answer what a page asks, from its next address on."""
    asked = Asked()
    page.expose_function("answered", asked)
    page.add_init_script(ENGINE)
    return asked


def board_of(element: Any) -> dict[str, float]:
    return {name: raw for name, (raw, _) in element.evaluate(RAW)}


def button(page: Any, name: str) -> Any:
    return page.get_by_role("button", name=name, exact=True)


def told(page: Any) -> str:
    return page.locator(".tw-story").text_content()


def tag(page: Any) -> str:
    return page.locator(".tw-tag").text_content()


def wait(page: Any, script: str, argument: Any = None) -> None:
    """Wait until something holds; the page's policy lets nothing there wait for it."""
    until = time.monotonic() + MOST_SECONDS
    while not page.evaluate(script, argument):
        assert time.monotonic() < until, script
        page.wait_for_timeout(100)


def said(page: Any, words: str, place: str = ".tw-story") -> None:
    """Wait until a place says some words; the last of several."""
    wait(
        page,
        "([p, w]) => [...document.querySelectorAll(p)].at(-1).textContent.includes(w)",
        [place, words],
    )


def unfold(element: Any) -> None:
    element.evaluate("e => e.querySelectorAll('details').forEach((one) => (one.open = true))")


def link(held: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(held).encode()).decode().rstrip("=")
