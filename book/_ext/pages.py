"""What every page gets besides its text: only the scripts it uses, and its notebook to download."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from tools.repository import repository

NOTEBOOK_ONLY = ("copybutton", "clipboard")
CELL_STYLES = ("mystnb", re.compile(r"<details class=\"hide|-Color-"))  # only for what it styles
DARK_CODE = "a11y-high-contrast-dark"
VIEWPORT = re.compile(r'<meta name="viewport"[^>]*>\s*')
SHORTEST_SUMMARY, LONGEST_SUMMARY = 60, 155  # characters


def wanted(asset: Any, *, notebook: bool, body: str) -> bool:
    """Return whether a page uses a style sheet or script."""
    name, (styles, styled) = str(getattr(asset, "filename", asset)), CELL_STYLES
    if styles in name:
        return styled.search(body) is not None
    return notebook or not any(word in name for word in NOTEBOOK_ONLY)


def deferred(asset: Any) -> Any:
    """Return a script that runs after the page is shown, in the same order as before."""
    if not getattr(asset, "filename", None):
        return asset
    attributes = {**asset.attributes, "defer": "defer"}
    return type(asset)(asset.filename, priority=asset.priority, **attributes)


def summary(doctree: nodes.document | None) -> str:
    """Return a page's first real paragraph, cut at a word, for search engines and previews."""
    paragraphs = doctree.findall(nodes.paragraph) if doctree else ()
    texts = (" ".join(paragraph.astext().split()) for paragraph in paragraphs)
    return cut(next((text for text in texts if len(text) >= SHORTEST_SUMMARY), ""))


def cut(text: str) -> str:
    """Return a summary no longer than is shown of it, cut at a word."""
    return text if len(text) <= LONGEST_SUMMARY else text[:LONGEST_SUMMARY].rsplit(" ", 1)[0] + " …"


def finish(app: Sphinx, pagename: str, *rest: Any) -> None:
    """Drop what a page does not use; name its notebook, its summary and its repository."""
    _, context, doctree = rest
    notebook = app.env.metadata.get(pagename, {}).get("kernelspec") is not None
    body = context.get("body", "")
    for kind in ("css_files", "script_files"):
        used = [each for each in context[kind] if wanted(each, notebook=notebook, body=body)]
        context[kind] = used if kind == "css_files" else [deferred(each) for each in used]
    context["notebook"] = f"_sources/{pagename}.ipynb" if notebook else None
    context["repository"] = repository()
    tags = VIEWPORT.sub("", context.get("metatags", ""))  # furo's template has its own
    if text := summary(doctree) or cut(context.get("summary", "")):
        tags += f'<meta name="description" content="{escape(text)}">'
    context["metatags"] = tags
    for part in ("furo_navigation_tree", "body"):
        context[part] = repair(context.get(part, ""))


def repair(html: str) -> str:
    """Give the captions of the menu the level without which a heading is none."""
    return re.sub(r'(class="caption" role="heading")(?!\s*aria-level)', r'\1 aria-level="2"', html)


def link_repository(app: Sphinx, config: Any) -> None:
    """Let pages name files of the repository without knowing its address."""
    del app
    place = repository().source("exercises/README.md")
    config.myst_substitutions |= {"exercise_notes": f"[The notes beside the exercises]({place})"}


def darken_code(app: Sphinx) -> None:
    """Choose the dark style of code; furo registers the setting too late for `_config.yml`."""
    app.config.pygments_dark_style = DARK_CODE


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the steps above to the build."""
    app.add_config_value("comments_config", {}, "html")  # Jupyter Book sets it for sphinx-comments
    app.connect("config-inited", link_repository)
    app.connect("builder-inited", darken_code, priority=100)
    app.connect("html-page-context", finish, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
