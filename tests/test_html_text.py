"""The walk over a page's text: all of it, in order, and where buttons may stand."""

from __future__ import annotations

import pytest

from book._ext.html_text import NEVER, Open, texts

PAGE = Open(classes=("fold", r"tw-[\w-]+"))
HTML = '<p class="a>b">1 <b>2</b><br/>3</p><!-- x --><pre><b>4</b></pre>5<script>"<p>6"</script>'


def opened(html: str, where: Open = PAGE) -> list[str]:
    return [text for _, text, is_open in texts(html, where) if is_open and text]


def test_pieces_are_the_whole_page_each_at_its_place():
    assert "".join(text for _, text, _ in texts(HTML, PAGE)) == HTML
    assert all(HTML.startswith(text, start) for start, text, _ in texts(HTML, PAGE))
    assert opened(HTML) == ["1 ", "2", "3", "5"]


@pytest.mark.parametrize("name", sorted(NEVER))
def test_no_text_of_a_control_a_heading_or_code_is_open(name: str):
    assert opened(f"a<{name} x='>'><i>b</i></{name}>c") == ["a", "c"]


def test_a_class_closes_whatever_stands_around_it_and_only_as_a_whole():
    for name in ("fold", "x fold", "fold x", "tw-bar"):
        assert opened(f'<div class="{name}"><div>a</div>b</div>c') == ["c"], name
    assert opened('<div class="folded unfold">a</div>') == ["a"]


def test_more_may_be_closed_and_text_may_have_to_stand_within():
    prose = Open(classes=(), closed=("strong",), within=("p", "li"))
    assert opened("a<p>b<strong>c</strong><b>d</b></p>e<li>f<p>g</p>h</li>i", prose) == [
        *("b", "d", "f", "g", "h")
    ]
