"""Give pictures the site's own rules: in a notebook each brings them along, in the book once.

`{picture} name` draws a picture of the library on a page that is no chapter. A picture without alt
text stops the build.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from tokenworks import figures
from tokenworks.figures.picture import figure_rules

OWN_STYLE = re.compile(r'<style class="tw-own">.*?</style>', re.DOTALL)
PICTURE = re.compile(r'<div class="tw-drawing"(?P<attributes>[^>]*)>')
NAMED = re.compile(r'role="img" aria-label="[^"]*[^"\s][^"]*"')
IMAGE = re.compile(r"<img\b[^>]*>")
TOLD = re.compile(r'\balt="(?!(?:\.\./)*_images/)[^"]*[^"\s][^"]*"')  # Sphinx fills in the file


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    app.add_directive("picture", Picture)
    app.connect("builder-inited", add_rules)
    app.connect("html-page-context", strip, priority=390)  # before the scripts of widgets
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class Picture(SphinxDirective):
    """`{picture} colour_key`: a picture of `tokenworks.figures` that needs no arguments."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the picture as HTML."""
        (name,) = self.arguments
        if name not in figures.__all__:
            raise self.error(f"tokenworks.figures draws no {name!r}")
        return [nodes.raw("", getattr(figures, name)()._repr_html_(), format="html")]


def add_rules(app: Sphinx) -> None:
    """Write the rules of pictures into the site and link them from every page."""
    if app.builder.format != "html":
        return
    rules = figure_rules()
    name = f"figures/figure.{hashlib.sha256(rules.encode()).hexdigest()[:10]}.css"
    path = Path(app.outdir) / "_static" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(rules, encoding="utf-8")
    app.add_css_file(name)


def strip(app: Sphinx, pagename: str, *rest: Any) -> None:
    """Drop the rules that each picture of a page carries, and refuse one without alt text."""
    del app
    context = rest[1]
    body = context.get("body", "")
    for picture in PICTURE.finditer(body):
        if not NAMED.search(picture["attributes"]):
            raise ValueError(f"{pagename}: a picture has no alt text: {picture[0]}")
    for image in IMAGE.findall(body):
        if not TOLD.search(image):
            raise ValueError(f"{pagename}: a picture has no alt text: {image}")
    context["body"] = OWN_STYLE.sub("", body)
