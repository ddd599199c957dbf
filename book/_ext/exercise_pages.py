"""A page of exercises for each chapter: solved, checked and kept in the page, without a notebook.

The tasks are those of the student notebooks (`tools.exercises`), which a page also gives and takes.
Python comes from `_static/runner`, the editor from `_static/runner/editor.js`, both on demand.
"""

from __future__ import annotations

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
from tools.page_python import PYODIDE

IN_COLAB = re.compile(
    r'(<a [^>]*href="[^"]*/exercises/(\d\d-[\w-]+)\.ipynb"[^>]*>)Open the exercises'
)
MARKDOWN = MarkdownIt().enable("table")
HEAD = """<h1>Exercises {number}: {title}</h1>
<p>{count} functions. {intro} About {minutes} minutes. They belong to
<a href="../chapters/{stem}.html">{title}</a>.</p>
<p>Replace the dots in a function and press <em>Check</em>. It tries your function on a few cases,
says how far off it is, and which mistake it looks like. Plain Python is enough. Do not change
arguments, and return the answer instead of printing it. What takes longer than ten seconds is
stopped. Your answers stay in this browser.</p>
<div class="exercise-tools" hidden>
<p class="exercise-count" role="status"></p>
<p><button type="button" data-do="export">Download them as a notebook</button>
<label class="button">Take answers from a notebook<input type="file" accept=".ipynb"></label></p>
<p class="exercise-told" role="status"></p>
</div>
{without}
"""
WITHOUT = """<p>{why} <a href="../_static/exercises/{stem}.ipynb" download>Download the
notebook</a>; it has the same checks.</p>"""
NO_SCRIPT = "Without JavaScript nothing is checked here."
NO_PYTHON = "This copy of the site was built without npm, so that no page of it runs Python."
ONE = """<section class="exercise" id="exercise-{anchor}" data-exercise="{id}" data-name="{name}">
<h2>{id} {title}</h2>
{task}
<label class="exercise-label" for="code-{anchor}">Your function</label>
<textarea id="code-{anchor}" rows="{rows}" spellcheck="false" autocapitalize="off"
 autocomplete="off" autocorrect="off" wrap="off" data-stub="{stub}">{stub}</textarea>
<p class="exercise-buttons" hidden><button type="button" data-do="check">Check</button>
<button type="button" data-do="reset">Start over</button></p>
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


def body(number: str, *, python: bool) -> str:
    """Return the exercises of a chapter as a page's body; without Python it says so."""
    told = introduced(number)
    words = {name: MARKDOWN.renderInline(str(value)) for name, value in told.items()}
    without = WITHOUT.format(why=NO_SCRIPT if python else NO_PYTHON, stem=stem(number))
    if python:
        without = f"<noscript>{without}</noscript>"
    head = HEAD.format(number=number, stem=stem(number), without=without, **words)
    return head + "".join(map(section, exercises(number).values()))


def pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield the pages: name, context, template."""
    del app
    python = PYODIDE.is_dir()
    for number in chapters():
        title = f"Exercises {number}: {introduced(number)['title']}"
        context = {"title": title, "body": body(number, python=python)}
        yield f"exercises/{stem(number)}", context, "page.html"


def equip(app: Sphinx, pagename: str, *rest: Any) -> None:
    """Give a page of exercises its script and style, and a chapter the link to its exercises."""
    _, context, _ = rest
    if pagename.startswith("exercises/") and PYODIDE.is_dir():
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
