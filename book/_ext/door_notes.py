"""What a door opens: formula, substitution, result, the facts behind it, the way to its code."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from typing import Any
from urllib.parse import urlsplit

from book._ext.door_inputs import changeable
from book._ext.formula import mathml
from tokenworks.formula_tex import spoken
from tools.repository import repository

# Where a formula may be broken between two lines: before an operator outside all brackets.
BREAKS = (r" \cdot ", " + ", " - ")


def door(text: str, place: int) -> str:
    """Return the button for a number; it and its unit are never parted at a line's end."""
    whole = re.sub(r"\s", "\u00a0", text)
    return f'<button type="button" class="door" popovertarget="door-{place}">{whole}</button>'


def note(data: dict[str, Any], place: int, address: str, *, runs: bool = False) -> str:
    """Return the popover of one worked number; `address` is that of the code that computes it.

    Where the page runs Python it also has what the formula needs to run again.
    """
    literal = escape(data["literal"])
    shown = _fact(data) if data["fact"] else _computation(data)
    code = f'<a class="door-code" href="{escape(address)}">See the code</a>'
    again = changeable(data) if runs else ""
    return (
        f'<div popover class="door-note" id="door-{place}" role="dialog" '
        f'aria-label="{literal}, worked out"{again}>'
        f'<p class="door-head"><strong>{_unbroken(literal)}</strong> '
        f'<span class="door-name">{escape(_name(data["formula"]))}</span>'
        f'<button type="button" class="door-close" popovertarget="door-{place}" '
        f'popovertargetaction="hide" aria-label="Close">✕</button></p>'
        f"{shown}{_sources(data['sources'])}"
        f'<p class="door-more">{code}</p></div>\n'
    )


def _computation(data: dict[str, Any]) -> str:
    """Return formula, substitution and result, and the parts that have arithmetic of their own."""
    result, literal = data["steps"][-1], data["literal"]
    shown = " ".join(_unbroken(escape(each)) for each in dict.fromkeys((result, f"≈ {literal}")))
    shown = _unbroken(escape(result)) if result == literal else shown
    lines = [_line("", data["tex"]) if not _name(data["formula"]) else _line("=", data["tex"])]
    lines += [_line("=", tex) for tex in data["steps_tex"][:-1]]
    lines.append(_row("=", f'<b class="door-result">{shown}</b>'))
    parts = "".join(
        f'<p class="door-name">with {escape(_name(part["formula"]))}</p>'
        f"{_line('=', part['tex'])}{_line('=', part['step_tex'])}"
        for part in data.get("parts", ())
    )
    steps = f'<div class="door-steps">{"".join(lines)}</div>'
    return steps + (f'<div class="door-steps door-parts">{parts}</div>' if parts else "")


def _fact(data: dict[str, Any]) -> str:
    """Return what a number is that is read and not computed."""
    (exact,) = data["steps"]
    about = "" if exact == data["literal"] else f" In full: {_unbroken(escape(exact))}."
    return f'<p class="door-fact">{escape(data["fact"])}.{about} Read, not computed.</p>'


def _name(formula: str) -> str:
    """Return what stands left of a formula's first sign of equality, in words; "" for none."""
    name, equals, _ = formula.partition(" = ")
    return spoken(name) if equals else ""


def _line(sign: str, tex: str) -> str:
    return _row(sign, " ".join(formula(piece) for piece in broken(tex)))


def _row(sign: str, shown: str) -> str:
    return f"<p><span>{sign}</span><span>{shown}</span></p>"


@cache
def formula(tex: str) -> str:
    """Return a piece of a formula as MathML, without the source that KaTeX adds to it."""
    drawn = re.sub(r"<annotation .*?</annotation>", "", mathml(tex), flags=re.DOTALL)
    return re.sub(r"</?semantics>", "", drawn)


def broken(tex: str) -> list[str]:
    r"""Split TeX where a line may break: a \cdot b + c becomes a, \cdot b and + c.

    An operator that begins a piece has its space written out: MathML gives it none there.
    """
    pieces: list[str] = []
    depth, last = 0, 0
    for i, sign in enumerate(tex):
        depth += (sign == "{") - (sign == "}")
        bracket = tex.startswith(r"\left", i) - tex.startswith(r"\right", i)
        depth += 0 if tex.startswith(r"\leftarrow", i) else bracket
        if depth == 0 and i > last and tex.startswith(BREAKS, i):
            pieces.append(tex[last:i])
            last = i
    first, *others = [*pieces, tex[last:]]
    parted = (piece.split(" ", 2)[1:] for piece in others)
    return [first, *(rf"{operator}\; {rest}" for operator, rest in parted)]


def _sources(sources: list[dict[str, str]]) -> str:
    """Return the facts behind a number: what each is about, its source, when it was read."""
    if not sources:
        return ""
    items = "".join(
        f'<li>{escape(each["what"])}: <a href="{escape(_address(each["source"]))}">'
        f"{escape(_host(each['source']))}</a>, read {escape(each['accessed'])}</li>"
        for each in sources
    )
    return f'<p class="door-from">From</p><ul class="door-sources">{items}</ul>'


def _address(source: str) -> str:
    return source if urlsplit(source).scheme else repository().source(source)


def _host(source: str) -> str:
    """Return where a source stands, short: its host, of a repository its name too."""
    parts = urlsplit(source)
    host = parts.netloc.removeprefix("www.")
    owned = "/".join(parts.path.split("/")[:3]) if host == "github.com" else ""
    return host + owned if host else source


def _unbroken(text: str) -> str:
    return text.replace(" ", "\u00a0")
