"""Join the style sheets that every page links: a phone waits for five files, not for twenty.

Sheets that all pages link one after the other become one file, in the same order, named by what
is in it. What only some pages link (the rules of their widgets, the landing page's) stays by
itself and keeps its place among them, so that no rule wins which lost before.
"""

from __future__ import annotations

import hashlib
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

LINK = re.compile(
    r'<link rel="stylesheet" type="text/css"'
    r' href="(?P<up>(?:\.\./)*)_static/(?P<name>[^"?]+)(?:\?[^"]*)?" />\n?'
)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    app.connect("build-finished", join, priority=900)  # the theme adds its dark colours there
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def join(app: Sphinx, exception: Exception | None) -> None:
    """Write the joined sheets and link them in place of their parts, on every page."""
    if exception or app.builder.format != "html":
        return
    site = Path(app.outdir)
    pages = {path: path.read_text(encoding="utf-8") for path in sorted(site.rglob("*.html"))}
    linked = {path: LINK.findall(page) for path, page in pages.items()}
    linked = {path: [name for _, name in links] for path, links in linked.items() if links}
    runs = common_runs(list(linked.values()))
    first = {run[0]: _written(site, run) for run in runs}
    rest = {name for run in runs for name in run[1:]}
    for path in linked:

        def joined(link: re.Match[str]) -> str:
            name = link["name"]
            if name in rest:
                return ""
            if name not in first:
                return link[0]
            address = f"{link['up']}_static/{first[name]}"
            return f'<link rel="stylesheet" type="text/css" href="{address}" />\n'

        path.write_text(LINK.sub(joined, pages[path]), encoding="utf-8")
    for name in rest | first.keys():
        (site / "_static" / name).unlink()


def common_runs(pages: list[list[str]]) -> list[list[str]]:
    """Return the runs of two sheets or more that stand on all `pages` with nothing between."""
    if not pages:
        return []
    everywhere = set.intersection(*map(set, pages))
    begins = {
        after
        for page in pages
        for before, after in pairwise(page)
        if before not in everywhere  # there a page links what others do not
    }
    runs: list[list[str]] = [[]]
    for name in filter(everywhere.__contains__, pages[0]):
        if name in begins:
            runs.append([])
        runs[-1].append(name)
    return [run for run in runs if len(run) > 1]


def _written(site: Path, names: list[str]) -> str:
    """Write the sheets `names` as one file; return its name below `_static`, which has its hash."""
    rules = "\n".join((site / "_static" / name).read_text(encoding="utf-8") for name in names)
    name = f"joined.{hashlib.sha256(rules.encode()).hexdigest()[:10]}.css"
    (site / "_static" / name).write_text(rules, encoding="utf-8")
    return name
