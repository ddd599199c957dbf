"""Give pictures the site's own rules: in a notebook each brings them along, in the book once.

A picture without alt text stops the build.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from tokenworks.figures.picture import figure_rules

OWN_STYLE = re.compile(r'<style class="tw-own">.*?</style>', re.DOTALL)
PICTURE = re.compile(r'<div class="tw-drawing"(?P<attributes>[^>]*)>')
NAMED = re.compile(r'role="img" aria-label="[^"]*[^"\s][^"]*"')


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    app.connect("builder-inited", add_rules)
    app.connect("html-page-context", strip, priority=390)  # before the scripts of widgets
    return {"parallel_read_safe": True, "parallel_write_safe": True}


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
    context["body"] = OWN_STYLE.sub("", body)
