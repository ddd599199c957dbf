"""The first use of a glossary term on a page is a button that opens its definition.

A term is found in prose alone: not in headings, links, code, tables, captions, pictures, widgets
or other buttons, and not inside a quantity such as "4,096 tokens" or "3 GB".
"""

from __future__ import annotations

import re
from functools import cache
from html import escape
from typing import Any, NamedTuple

from sphinx.application import Sphinx

from book._ext.html_text import Open, texts
from tools.repository import ROOT

PAGE = "book/glossary"
# Spellings that the plural rule does not find, and entries whose words are plain English alone.
SPELLED = {
    "query, key, value": ("queries", "keys and values", "key and value"),
    "GB, GiB": ("GiB",),
    "FLOP, FLOP/s": ("FLOP/s", "FLOPs", "FLOP"),
    "logits": ("logits", "logit"),
    "weights": ("weights", "weight"),
    "tied embeddings": ("tied embeddings", "tied embedding"),
    "group": ("group of weights", "groups of weights"),
    "scale": ("scales",),
    "Little's law": ("Little's law", "Little’s law"),
}
ENTRY = re.compile(r"(?m)^(\S.*)\n((?:  .+\n)+)")
PROSE = Open(
    classes=(r"tw-[\w-]+", "cell", "kicker", "door-notes", "no-terms"),
    closed=("table", "figure", "nav", "strong", "details"),
    within=("p", "li"),
)


class Term(NamedTuple):
    """An entry of the glossary: its head, its definition, and how text may spell it."""

    head: str
    definition: str
    spellings: tuple[str, ...]


@cache
def terms(text: str) -> tuple[Term, ...]:
    """Read the entries of a glossary page."""
    held = text[text.index("{glossary}\n") + 11 : text.rindex("```")]
    return tuple(
        Term(head, " ".join(definition.split()), SPELLED.get(head) or spellings(head))
        for head, definition in ENTRY.findall(held)
    )


def spellings(head: str) -> tuple[str, ...]:
    """Return the forms of each word or phrase of a head: as it stands, plural, capitalised."""
    found: list[str] = []
    for word in head.split(", "):
        found += [word, word[:-1] + "ies" if re.search(r"[^aeiou]y$", word) else _plural(word)]
    return tuple(dict.fromkeys(found))


def _plural(word: str) -> str:
    return word + ("es" if word.endswith(("ch", "sh", "x", "s")) else "s")


@cache
def pattern(known: tuple[Term, ...]) -> re.Pattern[str]:
    """Return what finds any spelling, the longest first; words may begin with a capital."""
    forms = sorted((form for one in known for form in one.spellings), key=len, reverse=True)
    written = "|".join(_form(form) for form in forms)
    return re.compile(rf"(?<![\w/.-])(?<!\d[ \u00a0\u202f])(?:{written})(?![\w/]|-\w)")


def _form(form: str) -> str:
    spaced = re.escape(form).replace(r"\ ", r"\s+")
    first = form[0]
    return f"[{first}{first.upper()}]{spaced[1:]}" if form[1:].islower() else spaced


def with_terms(body: str, known: tuple[Term, ...]) -> tuple[str, list[Term]]:
    """Return a page whose first use of each term is a button, and the terms that it uses."""
    by_form = {form.lower(): one for one in known for form in one.spellings}
    used: dict[str, Term] = {}
    find = pattern(known)

    def button(match: re.Match[str]) -> str:
        one = by_form[" ".join(match[0].lower().split())]
        if one.head in used:
            return match[0]
        used[one.head] = one
        target = f'popovertarget="{_id(one)}"'
        return f'<button type="button" class="term" {target}>{match[0]}</button>'

    pieces = [find.sub(button, text) if open_ else text for _, text, open_ in texts(body, PROSE)]
    return "".join(pieces), list(used.values())


def _id(term: Term) -> str:
    return "about-" + re.sub(r"\W+", "-", term.head.lower()).strip("-")


def note(term: Term, address: str) -> str:
    """Return what a term's button opens: the definition, and the way to the glossary."""
    powers = re.sub(r"\$(\d+)\^\{?(\d+)\}?\$", r"\1<sup>\2</sup>", escape(term.definition))
    return popover(_id(term), term.head, told=powers, link=f'<a href="{address}">Glossary</a>')


def popover(ident: str, head: str, *, told: str, link: str) -> str:
    """Return a note that a button opens: `told` and `link` are HTML."""
    shown = f"<p><b>{escape(head)}</b> {told} {link}</p>"
    return f'<div popover class="term-note" id="{ident}">{shown}</div>'


def explain(app: Sphinx, pagename: str, *rest: Any) -> None:
    """Mark the terms of a page, and add what they open."""
    _, context, doctree = rest
    if doctree is None or pagename == PAGE or PAGE not in app.env.found_docs:
        return
    known = terms((ROOT / f"{PAGE}.md").read_text(encoding="utf-8"))
    entries = app.env.get_domain("std").objects  # type: ignore[attr-defined]  # a StandardDomain
    body, used = with_terms(context["body"], known)
    page = context["pathto"](PAGE)
    notes = (note(one, f"{page}#{entries['term', one.head][1]}") for one in used)
    context["body"] = f'{body}<div class="term-notes">{"".join(notes)}</div>' if used else body


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the build: after the doors, which stand before terms."""
    app.connect("html-page-context", explain, priority=650)
    app.add_css_file("terms.css")
    app.add_js_file("terms.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
