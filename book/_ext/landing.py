"""What the landing page has and no other page: a widget, the map of the chapters, the citation."""

from __future__ import annotations

from functools import cache
from html import escape
from itertools import groupby

import jupytext
import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from book._ext.page_numbers import keep_numbers
from book._ext.thumbnails import thumbnail
from tokenworks import chip, model_spec, widgets, worked
from tokenworks.cost import Deployment, decode_step_seconds, kv_bytes, step_weight_bytes
from tokenworks.worked_number import Worked
from tools.contents import Chapter, chapters
from tools.minutes import reading_minutes
from tools.repository import ROOT, repository


class Widget(SphinxDirective):
    """`{widget} streaming`: a widget of the package at its defaults."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the static form, which `book._ext.widgets` makes live."""
        name = self.arguments[0]
        if name not in widgets.__all__:
            raise self.error(f"no widget is called {name!r}; known: {', '.join(widgets.__all__)}")
        return [nodes.raw("", getattr(widgets, name)().static_html(), format="html")]


def minutes(chapter: Chapter) -> int:
    """Return how long a written chapter takes to read."""
    assert chapter.source is not None
    return reading_minutes(jupytext.read(chapter.source).cells)


def card(chapter: Chapter) -> str:
    """Return one chapter of the map: number, title, thesis, minutes; a link where it is written."""
    name = f'<span class="map-number">{chapter.number:02d}</span> {escape(chapter.title)}'
    time = "Not yet written."
    if chapter.source is not None:
        name = f'<a href="../chapters/{chapter.source.stem}.html">{name}</a>'
        time = f"{minutes(chapter)} min"
    css = "map-card" if chapter.source else "map-card map-unwritten"
    return (
        f'<li class="{css}">{thumbnail(chapter.name)}<div><p class="map-title">{name}</p>'
        f"<p>{escape(chapter.thesis)} "
        f'<span class="map-minutes">{time}</span></p></div></li>'
    )


class Map(SphinxDirective):
    """`{chapter-map}`: all chapters by part, the unwritten ones greyed."""

    def run(self) -> list[nodes.Node]:
        """Read the order, the sentences and the minutes."""
        self.env.note_dependency(str(ROOT / "_toc.yml"))
        parts = groupby(chapters().values(), key=lambda chapter: chapter.part)
        html = "".join(
            f'<h3 class="map-part">{escape(part)}</h3>'
            f'<ol class="map" start="{those[0].number}">{"".join(map(card, those))}</ol>'
            for part, those in ((part, list(own)) for part, own in parts)
        )
        return [nodes.raw("", html, format="html")]


TAPPED = (
    "One token of Llama-3 70B reads 139 GB of weights. Two A100s need at least 34 ms for that, so "
    "one user sees 29 tokens/s at most. A conversation of 4,096 tokens keeps 1.34 GB busy until it "
    "ends."
)


def tapped() -> list[Worked]:
    """Work out the numbers of the sentences that readers may tap."""
    on = Deployment(model_spec("llama-3-70b"), chip("a100-80gb"), 2)
    read = worked("139 GB", step_weight_bytes, spec=on.model, bytes_per_param=2)
    seconds = {"weight_bytes": read.value, "hbm_bytes_per_s": on.bytes_per_s}
    step = worked("34 ms", decode_step_seconds, **seconds)
    rate = worked("29 tokens/s", "1 / step_seconds", step_seconds=step.value)
    cache = worked("1.34 GB", kv_bytes, spec=on.model, tokens=4096, bytes_per_value=2)
    return [read, step, rate, cache]


class Tap(SphinxDirective):
    """`{tap}`: sentences whose numbers open their computation."""

    def run(self) -> list[nodes.Node]:
        """Compute the numbers, which fails where the sentences say otherwise."""
        words = nodes.paragraph("", TAPPED, classes=["tap"])
        return [words, nodes.raw("", keep_numbers(self.env, tapped(), __name__), format="html")]


@cache
def citation() -> dict[str, str]:
    """Return how the book wants to be cited, as `CITATION.cff` has it."""
    known = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    authors = " and ".join(author["name"] for author in known["authors"])
    return {
        "authors": authors,
        "title": known["title"],
        "version": str(known["version"]),
        "url": known["repository-code"],
        "license": known["license"],
    }


class Citation(SphinxDirective):
    """`{citation}`: a sentence to copy, and the entry for BibTeX."""

    def run(self) -> list[nodes.Node]:
        """Fill in what CITATION.cff knows."""
        known, year = citation(), self.config.copyright
        line = "{authors}. {title}, version {version}, {year}. {url}".format(**known, year=year)
        entry = (
            "@software{token_factory,\n"
            f"  author  = {{{{{known['authors']}}}}},\n"
            f"  title   = {{{known['title']}}},\n"
            f"  version = {{{known['version']}}},\n"
            f"  year    = {{{year}}},\n"
            f"  url     = {{{known['url']}}}\n}}"
        )
        html = (
            f'<p class="cite">{escape(line)}</p><details class="cite-entry">'
            f"<summary>BibTeX</summary><pre>{escape(entry)}</pre></details>"
        )
        return [nodes.raw("", html, format="html")]


def substitutions(app: Sphinx, config: object) -> None:
    """Give the page the facts of its last section."""
    del app
    known, place = citation(), repository()
    written = [chapter for chapter in chapters().values() if chapter.source]
    config.myst_substitutions |= {
        "written": f"{len(written)} of {len(chapters())} chapters",
        "version": known["version"],
        "licence": f"[{known['license']}]({place.source('LICENSE')})",
        "citation_file": f"[CITATION.cff]({place.source('CITATION.cff')})",
        "changes": f"[what changed]({place.source('CHANGELOG.md')})",
    }


def style(app: Sphinx, pagename: str, *_rest: object) -> None:
    """Link the page's own rules from it alone."""
    if pagename == app.config.root_doc:
        app.builder.add_css_file("landing.css")  # type: ignore[attr-defined]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives, the page's rules, and what its sentences print."""
    directives = {"widget": Widget, "tap": Tap, "chapter-map": Map, "citation": Citation}
    for name, directive in directives.items():
        app.add_directive(name, directive)
    app.connect("config-inited", substitutions)
    app.connect("html-page-context", style)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
