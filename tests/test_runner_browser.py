"""Python in a page: it starts, computes what CPython does, ends in time and reaches nothing."""

from __future__ import annotations

import gzip
import runpy
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

CASES = Path(__file__).parent / "runner_cases.py"
RUNNER = "_static/runner/runner.js"
MOST_BYTES = 7_500_000  # compressed
ASK = "([question, options]) => tokenworks.ask(question, options)"
# What had to be compiled from its source: nothing, before a learner's text asks for more.
COMPILED_HERE = """
import os, sys

def compiled(module):
    path, kept = getattr(module, "__file__", None), getattr(module, "__cached__", None)
    built_in = getattr(module.__spec__, "origin", "") == "frozen"
    return str(path).endswith(".py") and not built_in and not os.path.exists(kept or "")

print([name for name, module in list(sys.modules.items()) if compiled(module)])
"""
STUB = "def price_of_a_batch(weight_bytes, cache_bytes, batch, bytes_per_s, usd_per_hour):\n    "
RIGHT = STUB + (
    "return (weight_bytes + cache_bytes * batch) / bytes_per_s / batch * usd_per_hour / 3600 * 1e6"
)


@pytest.fixture(scope="module")
def page(chromium: Any, address: str) -> Iterator[Any]:
    context = chromium.new_context()
    tab = context.new_page()
    tab.goto(f"{address}/chapters/14-economics.html")
    tab.add_script_tag(url=f"{address}/{RUNNER}")
    yield tab
    context.close()


def ask(tab: Any, question: dict[str, Any], seconds: float = 60) -> dict[str, Any]:
    return tab.evaluate(ASK, [question, {"seconds": seconds}])


def run(tab: Any, source: str, seconds: float = 60) -> dict[str, Any]:
    return ask(tab, {"ask": "run", "source": source}, seconds)


def check(tab: Any, source: str, seconds: float = 60) -> dict[str, Any]:
    return ask(tab, {"ask": "check", "exercise": "14.1", "source": source}, seconds)


def test_what_a_page_computes_is_what_cpython_does_to_the_last_bit(page: Any):
    with redirect_stdout(StringIO()) as printed:
        runpy.run_path(str(CASES))
    here = printed.getvalue().splitlines()
    found = run(page, CASES.read_text(encoding="utf-8"), seconds=300)
    assert found["problem"] == ""
    assert len(here) >= 250
    assert found["printed"].splitlines() == here


def test_the_bytes_are_told_as_they_come_and_are_few(chromium: Any, address: str, site: Path):
    tab = chromium.new_page()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(f"{address}/chapters/14-economics.html")
    tab.add_script_tag(url=f"{address}/{RUNNER}")
    assert not [url for url in asked if "/runner/" in url and not url.endswith("runner.js")]
    told = tab.evaluate(
        """async (source) => {
          const told = [];
          const onBytes = ({ loaded, of }) => told.push([loaded, of]);
          const found = await tokenworks.ask({ ask: "run", source }, { onBytes });
          return { told, found };
        }""",
        COMPILED_HERE,
    )
    assert told["found"] == {"printed": "[]\n", "problem": ""}
    loaded = [each[0] for each in told["told"]]
    assert loaded == sorted(loaded)
    assert told["told"][-1][0] == told["told"][-1][1]
    names = {url.rpartition("/")[2] for url in asked if "/runner/" in url}
    there = {path.name: path for path in (site / "_static" / "runner").iterdir()}
    assert names == set(there) - {"editor.js", "LICENSES.txt"}
    assert sum(len(gzip.compress(path.read_bytes())) for path in there.values()) <= MOST_BYTES
    assert all(url.startswith((address, "blob:", "data:")) for url in asked)
    tab.close()


def test_an_answer_is_graded_and_a_second_is_too(page: Any):
    found = check(page, RIGHT)
    assert (found["passed"], found["cases_passed"]) == (True, 4)
    wrong = check(page, RIGHT.replace("cache_bytes * batch", "cache_bytes"))
    assert not wrong["passed"]
    assert wrong["mistake"]
    assert check(page, STUB + "...")["mistake"] == "not yet written"


def test_what_never_ends_is_ended_and_the_next_question_is_answered(page: Any):
    first = 'print("here")\n    if batch == 64:\n        while True:\n            pass\n    '
    source = RIGHT.replace("return", first + "return")
    found = check(page, source, seconds=3)
    assert found["late"]
    told = found["told"]
    judged = ask(page, {"ask": "judge", "exercise": "14.1", "source": source, "outcomes": told})
    assert judged["mistake"] == "it does not end in time"
    assert judged["cases_passed"] == len(told) == 1
    assert check(page, RIGHT)["passed"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return [0] * 10**9", "MemoryError"),
        ("held = []\n    while True: held.append('x' * 10**6)", "MemoryError"),
        ("return price_of_a_batch(1, 1, 1, 1, 1)", "RecursionError"),
        ("import numpy", "No module named 'numpy'"),
        ("raise SystemExit", "SystemExit"),
        ("input()", "EOFError"),
        ("print('x' * 10**6); return 1", "x" * 2000),
        ("import js", "No module named 'js'"),
        ("import pyodide_js", "No module named 'pyodide_js'"),
        ("from pyodide.code import run_js; run_js('1')", "No module named 'js'"),
        ("import urllib.request as r; r.urlopen('http://127.0.0.1:1/')", "raise"),
        ("import subprocess; subprocess.run(['ls'])", "raise"),
        ("import threading; threading.Thread(target=print).start()", "RuntimeError"),
    ],
)
def test_an_answer_that_goes_too_far_is_told_so(page: Any, body: str, said: str):
    found = check(page, STUB + body)
    assert not found["passed"]
    assert said in found["text"]


def test_python_that_ends_itself_is_started_again(page: Any):
    assert (
        check(page, STUB + "import os; os._exit(3)")["refused"] == "Python broke down; ask again."
    )
    assert check(page, RIGHT)["passed"]


# What Python is handed is a function of JavaScript; another is made of text by its constructor.
REACH = """
import sys
frame = sys._getframe()
while "tell" not in frame.f_locals:
    frame = frame.f_back
tell = frame.f_locals["tell"]
make = tell.constructor
print(make("return 1")())
"""


def test_python_comes_to_no_javascript_by_what_it_was_handed(page: Any):
    found = run(page, REACH)
    assert found["printed"] == ""
    assert "EvalError" in found["problem"] or "Content Security Policy" in found["problem"]


WAYS_OUT = ("fetch", "XMLHttpRequest", "WebSocket", "indexedDB", "caches", "Worker", "navigator")


def test_the_worker_has_no_way_out(page: Any):
    assert run(page, "print(1)")["printed"] == "1\n"
    (worker,) = page.workers
    for name in WAYS_OUT:
        assert worker.evaluate(f"typeof self.{name}") == "undefined"
    assert worker.evaluate("typeof self.postMessage") == "function"


ELSEWHERE = """async () => {
  const refused = new Promise((resolve) => {
    addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
  });
  await fetch("http://127.0.0.2:1/").catch(() => {});
  return Promise.race([refused, new Promise((resolve) => setTimeout(resolve, 5000, "reached"))]);
}"""


def test_a_page_with_python_reaches_no_other_host(page: Any):
    assert run(page, "print(1)")["printed"] == "1\n"
    assert page.evaluate(ELSEWHERE) == "connect-src"


def test_a_page_from_a_file_says_why_it_has_no_python(chromium: Any, site: Path):
    tab = chromium.new_page()
    tab.goto((site / "chapters" / "14-economics.html").as_uri())
    tab.add_script_tag(url=(site / RUNNER).as_uri())
    found = run(tab, "print(1)")
    assert found == {"refused": "A page from a file starts no Python; the site does."}
    tab.close()


@pytest.mark.parametrize(
    ("without", "said"), [("WebAssembly", "has no WebAssembly"), ("Worker", "starts no workers")]
)
def test_a_browser_that_cannot_says_so(chromium: Any, address: str, *, without: str, said: str):
    tab = chromium.new_page()
    tab.add_init_script(f"delete globalThis.{without}")
    tab.goto(f"{address}/chapters/14-economics.html")
    tab.add_script_tag(url=f"{address}/{RUNNER}")
    assert said in run(tab, "print(1)")["refused"]
    tab.close()


def test_bytes_that_do_not_come_are_said_and_the_next_try_may_do(chromium: Any, address: str):
    context = chromium.new_context()
    tab = context.new_page()
    tab.goto(f"{address}/chapters/14-economics.html")
    tab.add_script_tag(url=f"{address}/{RUNNER}")
    context.route("**/tokenworks.tar.xz", lambda route: route.abort())
    assert run(tab, "print(1)")["refused"].startswith("Python did not start:")
    context.unroute("**/tokenworks.tar.xz")
    assert run(tab, "print(1)")["printed"] == "1\n"
    context.close()
