"""No chapter is longer than a reader was promised, or goes on for long without a picture."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks import page_length
from tools.repository import ROOT

pytestmark = pytest.mark.browser

CHAPTERS = sorted(path.stem for path in (ROOT / "chapters").glob("[0-9][0-9]-*.md"))


@pytest.fixture(scope="module")
def desk(chromium: Any) -> Any:
    size = {"width": page_length.WIDTH, "height": page_length.HEIGHT}
    context = chromium.new_context(viewport=size, reduced_motion="reduce")
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("stem", CHAPTERS)
def test_a_chapter_is_as_short_as_promised(stem: str, desk: Any, address: str):
    found = page_length.length(desk, f"{address}/chapters/{stem}.html")
    most = page_length.limits(stem)
    assert {name: found[name] for name, limit in most.items() if found[name] > limit} == {}


def test_words_pictures_and_screens_are_counted(desk: Any, tmp_path: Any):
    page = tmp_path / "page.html"
    page.write_text(
        "<!doctype html><style>* {margin: 0} p {height: 450px}</style><article>"
        "<p>Four words, and 12.</p><pre>no words here</pre><details><summary>two words</summary>"
        "three hidden words</details><table><tr><td>one</td></tr></table>"
        '<figure class="tw-figure" style="height: 900px"><svg><text>not read</text></svg></figure>'
        "<p></p><p>x</p></article>",
        encoding="utf-8",
    )
    found = page_length.length(desk, page.as_uri())
    assert (found["words"], found["table_words"], found["pictures"]) == (8, 1, 1)
    assert found["screens"] == pytest.approx(2.5, abs=0.2)
    assert found["screens_without_picture"] == pytest.approx(1, abs=0.1)
