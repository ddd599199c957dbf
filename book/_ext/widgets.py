"""Turn `div.tw-widget` on built pages into live widgets, with classic scripts of this site only.

A page opened from disk may neither fetch nor import modules, so each widget's module becomes a
script that registers itself, and data above 100 KB becomes a script loaded when it is needed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from tokenworks.widgets.stage import NAMED, kit_text, own_text, style_text, widget_text
from tools.page_python import PYODIDE

LAZY_CHARACTERS = 100_000
PYTHON = "runner/runner.js"  # among the static files of a site whose pages run Python
ASKS_PYTHON = {"cockpit"}
FOLDER = "widgets"
WIDGET = re.compile(
    r'<div class="tw-widget" data-widget="(?P<name>\w+)">(?P<table>.*?)'
    r'<script type="application/json" class="tw-data">(?P<held>.*?)</script></div>',
    re.DOTALL,
)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx: the palette on every page; rules and scripts where a page has widgets."""
    app.add_config_value("widgets_digest", digest(sources()), "html")  # a change rewrites pages
    app.connect("builder-inited", add_theme)
    app.connect("html-page-context", make_live, priority=400)  # before themes rewrite the body
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def sources() -> str:
    """Return all that the site takes from the widgets' folder, as one text."""
    folder = files("tokenworks.widgets")
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith((".js", ".css")))
    return "".join(widget_text(name) for name in names)


def add_theme(app: Sphinx) -> None:
    """Write theme.css into the site and link it from every page."""
    if app.builder.format == "html":
        app.add_css_file(f"{FOLDER}/{written(app, 'theme.css', widget_text('theme.css'))}")


def make_live(app: Sphinx, *page: Any) -> None:
    """Move large data out of the page; link the rules and scripts that its widgets need."""
    _name, _template, context, _doctree = page
    body = context.get("body", "")
    names = sorted({match["name"] for match in WIDGET.finditer(body)})
    if not names:
        return

    def address(file_name: str) -> str:
        return context["pathto"](f"_static/{FOLDER}/{file_name}", 1)

    def lazily(match: re.Match[str]) -> str:
        held = whole(match["held"])
        if len(held) <= LAZY_CHARACTERS:
            return match[0].replace(match["held"], held)
        key = digest(held)
        script = f'window.tokenworks.data["{key}"] = {held};\n'
        source = address(written(app, f"data-{match['name']}.js", script))
        attributes = f'data-widget="{match["name"]}" data-key="{key}" data-src="{source}"'
        return f'<div class="tw-widget" {attributes}>{match["table"]}</div>'

    if ASKS_PYTHON & set(names) and runs_python(app):
        app.add_js_file(PYTHON, loading_method="defer")
    style = f"{FOLDER}/{written(app, 'widgets.css', style_text(*names))}"
    app.builder.add_css_file(style)  # type: ignore[attr-defined]  # of this page alone
    script = address(written(app, "widgets.js", classic(names)))
    context["body"] = WIDGET.sub(lazily, body) + f'<script defer src="{script}"></script>'


def whole(held: str) -> str:
    """Return what a widget stands on; what a notebook only names is written out."""
    if not held.startswith(NAMED):
        return held
    told = json.loads(held)
    return import_module(f"tokenworks.widgets.{told['named']}").held_text(told["state"])


def runs_python(app: Sphinx) -> bool:
    """Tell whether the pages of this site run Python."""
    folders = (Path(app.confdir) / folder for folder in app.config.html_static_path)
    return PYODIDE.is_dir() and any((folder / PYTHON).is_file() for folder in folders)


def classic(names: Sequence[str]) -> str:
    """Return the kit once, widgets that register themselves on it, and what draws them."""
    own = "".join(registered(name, own_text(name)) for name in names)
    return (
        "(function () {\nconst here = (window.tokenworks ??= {});\n"
        "here.widgets ??= {};\nhere.data ??= {};\n"
        f"{kit_text()}\n{own}}})();\n{widget_text('_loader.js')}"
    )


def registered(name: str, module: str) -> str:
    """Return a widget's module, without the kit, as a function that registers what it exports."""
    text, exports = re.subn(r"export default", "const widget =", module)
    if exports != 1:
        raise ValueError(f"{name}.js needs exactly one `export default`, found {exports}")
    return f'(function () {{\n{text}\nwindow.tokenworks.widgets["{name}"] = widget;\n}})();\n'


def written(app: Sphinx, file_name: str, text: str) -> str:
    """Write a file whose name holds the hash of its content; return that name."""
    stem, dot, suffix = file_name.rpartition(".")
    hashed = f"{stem}.{digest(text)}{dot}{suffix}"
    folder = Path(app.outdir) / "_static" / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashed).write_text(text, encoding="utf-8")
    return hashed


def digest(text: str) -> str:
    """Return a short name for a content."""
    return hashlib.sha256(text.encode()).hexdigest()[:10]
