"""Math as MathML, rendered while the book is built: no script, no font, no request.

KaTeX comes with `sphinxcontrib-katex` and runs in `dukpy`, an interpreter with no dependencies.
A formula that KaTeX does not understand is a warning, hence an error of the build.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import dukpy
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

RENDER = """
var out;
try {
  out = {html: katex.renderToString(dukpy.tex, {
    output: "mathml", displayMode: dukpy.display, throwOnError: true, strict: "ignore"})};
} catch (error) { out = {error: error.message}; }
out
"""


@cache
def interpreter() -> dukpy.JSInterpreter:
    """Return one JavaScript interpreter with KaTeX loaded."""
    script = Path(find_spec("sphinxcontrib.katex").origin).with_name("katex.min.js")
    engine = dukpy.JSInterpreter()
    engine.evaljs("var self = this;" + script.read_text(encoding="utf-8") + ";0")
    return engine


def mathml(tex: str, *, display: bool = False) -> str:
    """Return a TeX formula as a MathML element; ValueError says what KaTeX cannot read."""
    answer = interpreter().evaljs(RENDER, tex=tex, display=display)
    if "error" in answer:
        raise ValueError(answer["error"])
    return re.sub(r'^<span class="katex">(.*)</span>$', r"\1", answer["html"], flags=re.S)


def render(translator: HTML5Translator, node: nodes.Element, *, display: bool) -> str:
    """Return the formula of a node, or its source marked as an error after a warning."""
    tex = node.astext()
    if display and ("&" in tex or r"\\" in tex) and r"\begin{" not in tex:
        tex = rf"\begin{{aligned}}{tex}\end{{aligned}}"
    try:
        return mathml(tex, display=display)
    except ValueError as problem:
        logger.warning("formula %r: %s", tex, problem, location=node, type="formula")
        return f"<code>{translator.encode(tex)}</code>"


def visit_inline(translator: HTML5Translator, node: nodes.math) -> None:
    """Write a formula in a line of text."""
    translator.body.append(render(translator, node, display=False))
    raise nodes.SkipNode


def visit_block(translator: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula on its own line; a wide one scrolls inside its box."""
    anchor = f' id="{node["ids"][0]}"' if node["ids"] else ""
    formula = render(translator, node, display=True)
    translator.body.append(f'<div class="formula"{anchor}>{formula}</div>\n')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the renderer that `html_math_renderer: mathml` selects."""
    app.add_html_math_renderer(
        "mathml", inline_renderers=(visit_inline, None), block_renderers=(visit_block, None)
    )
    return {"parallel_read_safe": True, "parallel_write_safe": True}
