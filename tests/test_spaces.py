"""Numbers on the built pages stay with their units, and nothing else of the page changes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from book._ext.spaces import NO_BREAK, joined
from tokenworks.units import QUANTITY

DOOR = '<button type="button" class="door" popovertarget="door-1">'


def given(text: str) -> str:
    """Return a text in backticks as Sphinx writes it."""
    parts = " ".join(f'<span class="pre">{part}</span>' for part in text.split())
    return f'<code class="docutils literal notranslate">{parts}</code>'


@pytest.mark.parametrize(
    ("plain", "tied"),
    [
        ("<p>about 328 KB a token</p>", "<p>about 328~KB a token</p>"),
        (
            "<p>USD 1.20 and 70.6 billion parameters</p>",
            "<p>USD~1.20 and 70.6~billion parameters</p>",
        ),
        ("<p>3.35 TB/s, 70 %, 5 s</p>", "<p>3.35~TB/s, 70~%, 5~s</p>"),
        ("<p><strong>16</strong> GB</p>", "<p><strong>16</strong>~GB</p>"),
        ("<p><math><mn>30</mn></math> bytes</p>", "<p><math><mn>30</mn></math>~bytes</p>"),
        ("<dd>16 <small>GB</small></dd>", "<dd>16~<small>GB</small></dd>"),
        ("<td>16</td><td> GB</td>", "<td>16</td><td> GB</td>"),
        ("<pre>328 KB</pre><code>1 s</code>", "<pre>328 KB</pre><code>1 s</code>"),
        (
            f"({DOOR}8 GB</button>), {DOOR}9 GB</button> more",
            f'<span class="held">({DOOR}8~GB</button>),</span> {DOOR}9~GB</button> more',
        ),
        ("<p><button>Send</button>.</p>", "<p><button>Send</button>.</p>"),
        (given("500 ms"), "500~ms"),
        (given("5 to 10 %"), "5 to 10~%"),
        (given("bench serve"), given("bench serve")),
        ("<script>'328 KB'</script>", "<script>'328 KB'</script>"),
        ("<p>the 8 sections, 5 KBytes</p>", "<p>the 8 sections, 5 KBytes</p>"),
        ("<a>09 · Paged attention</a>", "<a>09~·~Paged attention</a>"),
        ("<p>2 h · 109 · x, 10 · </p>", "<p>2~h · 109 · x, 10 · </p>"),
        ("<p>1 < 2 s &amp; 3 ms</p>", "<p>1 < 2~s &amp; 3~ms</p>"),
    ],
)
def test_the_space_before_a_unit_does_not_break(plain: str, tied: str):
    assert joined(plain) == tied.replace("~", NO_BREAK)


def test_no_number_of_a_page_may_part_from_its_unit(site: Path):
    tied = 0
    for path in sorted(site.glob("*/*.html")):
        html = path.read_text(encoding="utf-8")
        article = BeautifulSoup(html, "html.parser").article
        for code in article.select("code"):
            assert not QUANTITY.fullmatch(code.get_text()), (path.name, code)
        for skipped in article.select("pre, code, script, svg, math"):
            skipped.replace_with("\\n")
        for text in article.find_all(string=True):
            loose = [match[0] for match in QUANTITY.finditer(text) if " " in match[0][:-1]]
            parted = [one for one in loose if not re.search(r"(?:million|billion) ", one)]
            assert parted == [], (path.name, text)
            assert not re.search(r"\b\d\d · \w|\b\d\d\xa0· ", text), (path.name, text)
            tied += text.count(NO_BREAK)
    assert tied > 1500
