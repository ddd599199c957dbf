"""A page of exercises for each chapter: solved, checked and kept in the page, without a notebook.

The tasks are those of the student notebooks (`tools.exercises`), which a page also gives and takes.
Python comes from `_static/runner`, the editor from `_static/runner/editor.js`, both on demand.
"""

from __future__ import annotations

import json
import math
import re
import shutil
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from sphinx.application import Sphinx

from tokenworks.checks.catalogue import chapters, exercises
from tokenworks.checks.exercise import Exercise
from tools.exercises import FOLDER, introduced, stem

IN_COLAB = re.compile(
    r'(<a [^>]*href="[^"]*/exercises/(\d\d-[\w-]+)\.ipynb"[^>]*>)Open the exercises'
)
MARKDOWN = MarkdownIt().enable("table")
HEAD = """<h1>Exercises {number}: {title}</h1>
<p>{count} functions. {intro} About {minutes} minutes. They belong to
<a href="../chapters/{stem}.html">{title}</a>.</p>
<p>Replace the dots in a function and press <em>Check</em>. It tries your function on a few cases,
says how far off it is, and which mistake it looks like. {fetched}Plain Python is enough. Do not
change arguments, and return the answer instead of printing it. What takes longer than ten seconds
is stopped. Your answers stay in this browser. In the editor Tab indents; Escape and then Tab
leaves it.</p>
<div class="exercise-tools" hidden>
<p class="exercise-count" role="status"></p>
<p><button type="button" data-do="export">Download my answers as a notebook</button>
<label class="button">Take answers from a notebook<input type="file" accept=".ipynb"></label></p>
<p class="exercise-told" role="status"></p>
</div>
{without}
"""
WITHOUT = """<p>{why} <a href="../_static/exercises/{stem}.ipynb" download>Download the
notebook</a>; it has the same checks.</p>"""
NO_SCRIPT = "Without JavaScript nothing is checked here."
NO_PYTHON = "This copy of the site was built without npm, so that no page of it runs Python."
FETCHED = "The first <em>Check</em> fetches Python, up to {megabytes} MB. "
ONE = """<section class="exercise" id="exercise-{anchor}" data-exercise="{id}" data-name="{name}">
<h2>{id} {title}<a class="headerlink" href="#exercise-{anchor}"
 title="Link to this exercise">¶</a></h2>
{task}
<label class="exercise-label" for="code-{anchor}">Your function <code>{name}</code></label>
<textarea id="code-{anchor}" rows="{rows}" spellcheck="false" autocapitalize="off"
 autocomplete="off" autocorrect="off" wrap="off" data-stub="{stub}">{stub}</textarea>
<p class="exercise-buttons" hidden><button type="button" data-do="check"
 aria-label="Check {id}">Check</button>
<button type="button" data-do="reset" aria-label="Start over {id}">Start over</button></p>
<p class="exercise-state" role="status"></p>
<div class="exercise-report"></div>
</section>
"""


def section(exercise: Exercise) -> str:
    """Return one exercise: its task, and a text area with its stub."""
    return ONE.format(
        id=exercise.id,
        anchor=exercise.id.replace(".", "-"),
        name=exercise.name,
        title=escape(exercise.title),
        task=MARKDOWN.render(exercise.task),
        stub=escape(exercise.stub),
        rows=exercise.stub.count("\n") + 4,
    )


def runner_megabytes(site: Path) -> int | None:
    """Return how many MB a site's Python has at most, uncompressed; None where there is none."""
    told = site / "_static" / "runner" / "files.json"
    if not told.is_file():
        return None
    return math.ceil(sum(json.loads(told.read_text(encoding="utf-8"))["bytes"].values()) / 1e6)


def named(number: str) -> str:
    """Return the title of a chapter's exercises."""
    return f"Exercises {number}: {introduced(number)['title']}"


def summed_up(number: str) -> str:
    """Return what the exercises of a chapter are about, in plain words."""
    told = introduced(number)
    return " ".join(f"{told['count']} functions to write. {told['intro']}".replace("`", "").split())


def onward(number: str) -> str:
    """Return the link to the exercises of the next chapter that has any."""
    later = [each for each in chapters() if each > number]
    if not later:
        return ""
    return f'<p>Next: <a href="{stem(later[0])}.html">{escape(named(later[0]))}</a></p>'


def body(number: str, *, fetches: int | None) -> str:
    """Return the exercises of a chapter as a page's body.

    `fetches` is what the first check fetches at most, in MB; without it the page says that it
    runs no Python.
    """
    told = introduced(number)
    words = {name: MARKDOWN.renderInline(str(value)) for name, value in told.items()}
    without = WITHOUT.format(why=NO_PYTHON if fetches is None else NO_SCRIPT, stem=stem(number))
    fetched = ""
    if fetches is not None:
        without = f"<noscript>{without}</noscript>"
        fetched = FETCHED.format(megabytes=fetches)
    head = HEAD.format(number=number, stem=stem(number), without=without, fetched=fetched, **words)
    return head + "".join(map(section, exercises(number).values())) + onward(number)


def pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield the pages: name, context, template."""
    fetches = runner_megabytes(Path(app.outdir))
    for number in chapters():
        context = {
            "title": named(number),
            "body": body(number, fetches=fetches),
            "summary": summed_up(number),
        }
        yield f"exercises/{stem(number)}", context, "page.html"


def searched() -> Iterator[dict[str, Any]]:
    """Yield what the index of search holds of each page: its title, its tasks by place."""
    for number in chapters():
        title = named(number)
        tasks = [
            [
                f"exercise-{one.id.replace('.', '-')}",
                f"{one.id} {one.title}",
                " ".join(one.task.split()),
            ]
            for one in exercises(number).values()
        ]
        entries = [["", title, ""], *tasks]
        page = f"exercises/{stem(number)}"
        yield {"page": page, "title": title, "kind": "exercises", "entries": entries}


def equip(app: Sphinx, pagename: str, *rest: Any) -> None:
    """Give a page of exercises its script and style, and a chapter the link to its exercises."""
    _, context, _ = rest
    if pagename.startswith("exercises/") and runner_megabytes(Path(app.outdir)) is not None:
        app.add_js_file("runner/runner.js", loading_method="defer")
        app.add_js_file("exercises.js", loading_method="defer")
    if pagename.startswith("exercises/"):
        app.add_css_file("exercises.css")
    elif "body" in context and pagename.startswith("chapters/"):
        here = (
            r'<a href="../exercises/\2.html">Solve the exercises on this site</a>, or \1open them'
        )
        context["body"] = IN_COLAB.sub(here, context["body"])


def copy_notebooks(app: Sphinx, error: Exception | None) -> None:
    """Lay the student notebooks beside the pages, which fill them with answers."""
    if error is None:
        target = Path(app.outdir) / "_static" / "exercises"
        target.mkdir(parents=True, exist_ok=True)
        for number in chapters():
            name = f"{stem(number)}.ipynb"
            shutil.copyfile(FOLDER / name, target / name)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the steps above to the build."""
    app.connect("html-collect-pages", pages)
    app.connect("html-page-context", equip, priority=310)
    app.connect("build-finished", copy_notebooks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
