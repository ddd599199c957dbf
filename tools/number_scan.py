"""Find the numbers with a unit that a chapter states, and those that its cells computed."""

from __future__ import annotations

import ast
import html
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import nbformat

from tokenworks.units import QUANTITY, Quantity, quantities

NOT_PROSE = re.compile(r"(?s:```.*?```)|`[^`\n]*`|\]\([^)\n]*\)|https?://\S+")
NUMBER = r"(?<![\w.])\d[\d,]*(?:\.\d+)?"
# Spellings that QUANTITY does not read. They fail, so that nobody can hide a number behind them.
ODD = re.compile(
    rf"{NUMBER}(?:e\d+)? ?(?:"
    r"(?:kilo|mega|giga|tera)?(?:bytes?|watts?)|seconds?|hours?|percent|kB|us|cents?"
    r"|[KMGT]?FLOPS|[KMGT]?FLOPs|FLOP/byte|k?Wh?|[KMG]Hz|[MG]T/s|[KMGT]bit(?:/s)?"
    r"|(?:output |input )?(?:tokens?|tok|words|requests) ?(?:/ ?s|per \w+|an? \w+)"
    r"|x|[sh]|-fold|[KMGTP]i?B(?:/s)?(?:/\w+| per \w+)|ms/\w+|[KMGTP]?B/\w+)(?![\w/])"
)
RANGE = re.compile(rf"({NUMBER})(?: to | and |[-–])({NUMBER})")

BARE = re.compile(r"(?<![\w.,/-])\d[\d,]*\d(?:\.\d+)?(?![\w/-])")
BUILT = re.compile(r"\b\d\d · |\d+ min read, \d+ min with the notebook|</?span\b[^>]*>")


@dataclass
class Section:
    """What lies between two headings of the second level."""

    title: str
    stated: list[Quantity] = field(default_factory=list)
    computed: list[Quantity] = field(default_factory=list)


def sections(book: nbformat.NotebookNode) -> list[Section]:
    """Split a notebook at its second-level headings and collect the numbers of each part."""
    found = [Section("(top)")]
    for cell in book.cells:
        if cell.cell_type == "markdown":
            for part in re.split(r"(?m)^(?=## )", cell.source):
                if part.startswith("## "):
                    found.append(Section(part.splitlines()[0][3:]))
                found[-1].stated += prose_numbers(part)
        else:
            typed = list(typed_numbers(cell.source))
            found[-1].stated += typed
            found[-1].computed += without(computed_numbers(cell), typed)
    return found


def plain_prose(markdown: str) -> str:
    """Drop code, links and markup, and make all spaces plain, so that numbers stand bare."""
    text = html.unescape(NOT_PROSE.sub(" ", BUILT.sub("", markdown)))
    text = re.sub(r"\\text\{([^}]*)\}", r" \1", text)
    text = re.sub(r"[*$]|\\[,;]", "", text).replace("μ", "µ")
    return re.sub(r"[\u00a0\u2000-\u200a\u202f]", " ", text)


def prose_numbers(markdown: str) -> list[Quantity]:
    """List the numbers with a unit in prose, both ends of a range included."""
    return [number for _, _, number in located(plain_prose(markdown))]


def located(text: str) -> list[tuple[int, int, Quantity]]:
    """List where numbers with a unit stand in plain text, first and last sign, in its order.

    The lower end of a range has the unit of the upper: of "50 to 100 ms" the 50 is found too.
    """
    found = [
        (match.start(), match.end(), quantities(match[0])[0]) for match in QUANTITY.finditer(text)
    ]
    for match in RANGE.finditer(text):
        upper = next(iter(quantities(text[match.start(2) : match.end() + 30])), None)
        if upper is not None and upper.literal.startswith(match[2]):
            lower = quantities(f"{match[1]} {upper.unit}")
            found += [(match.start(1), match.end(1), number) for number in lower]
    return sorted(found, key=lambda place: place[:2])


def odd_spellings(markdown: str) -> list[str]:
    """List what looks like a number with a unit and is not spelled as the scan reads it."""
    text = plain_prose(markdown)
    known = [match.span() for match in QUANTITY.finditer(text)]
    return [
        match[0]
        for match in ODD.finditer(text)
        if not any(start <= match.start() and match.end() <= end for start, end in known)
    ]


def worked_calls(cell: ast.Module) -> list[ast.Call]:
    """List the calls of worked() in a cell."""
    calls = (node for node in ast.walk(cell) if isinstance(node, ast.Call))
    return [call for call in calls if ast.unparse(call.func) == "worked" and call.args]


def restated(source: str) -> list[str]:
    """List the worked numbers that only repeat a number typed beside them."""
    found = []
    for call in worked_calls(ast.parse(without_magics(source))):
        typed = {k.arg for k in call.keywords if isinstance(k.value, ast.Constant)}
        formula = call.args[1] if len(call.args) > 1 else None
        if isinstance(formula, ast.Constant) and formula.value in typed:
            found.append(ast.unparse(call))
    return found


def without_magics(source: str) -> str:
    """Replace the lines that are no Python."""
    return re.sub(r"(?m)^(\s*)%.*$", r"\1pass", source)


def typed_numbers(source: str) -> Iterator[Quantity]:
    """Yield the numbers in comments and strings of a code cell.

    The literal of a worked number is checked by its call, so it is not listed: the first argument,
    or a string that is one quantity and nothing else where that argument is a loop's variable.
    """
    python = without_magics(source)
    for token in tokenize.generate_tokens(io.StringIO(python).readline):
        if token.type == tokenize.COMMENT:
            yield from quantities(token.string)
    parsed = ast.parse(python)
    firsts = [call.args[0] for call in worked_calls(parsed)]
    looped = any(isinstance(first, ast.Name) for first in firsts)
    for node in ast.walk(parsed):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in firsts:
            inside = quantities(node.value)
            if not (looped and len(inside) == 1 and inside[0].literal == node.value):
                yield from inside


def computed_numbers(cell: nbformat.NotebookNode) -> list[Quantity]:
    """List the numbers in a cell's text output."""
    texts = (o.get("text") or o.get("data", {}).get("text/plain", "") for o in cell.outputs)
    return quantities("\n".join(texts))


def without(numbers: Iterable[Quantity], typed: Iterable[Quantity]) -> list[Quantity]:
    """Drop the numbers that an output only repeats from the cell's own text."""
    echoes = {same(q) for q in typed}
    return [q for q in numbers if same(q) not in echoes]


def same(number: Quantity) -> tuple[str, str]:
    """Return what makes two printed numbers equal: the digits and the unit."""
    digits = re.sub(r"[^\d.−-]", "", number.literal.split(number.unit)[0] or number.literal)
    return digits or number.literal, number.unit


def unchecked(book: nbformat.NotebookNode) -> list[tuple[str, str]]:
    """List section and literal of every stated number that its section never computed."""
    return [
        (part.title, number.literal)
        for part in sections(book)
        for number in part.stated
        if same(number) not in {same(q) for q in part.computed}
    ]


def uncounted(book: nbformat.NotebookNode) -> list[str]:
    """List the counts of two digits and more in prose that stand in no code or output at all.

    A count has no unit, so it is looked for anywhere in the chapter's cells, by its digits alone.
    """
    shown, stated = "", []
    for cell in book.cells:
        if cell.cell_type == "code":
            parts = [value for o in cell.outputs for value in o.get("data", {}).values()]
            texts = [o.get("text") or "" for o in cell.outputs]
            shown += "\n".join([cell.source, *texts, *map(str, parts), ""])
        elif cell.cell_type == "markdown":
            prose = QUANTITY.sub(" ", plain_prose(re.sub(r"\[[^\]]*\]\([^)]*\)", " ", cell.source)))
            stated += [match[0] for match in BARE.finditer(prose)]
    known = {match.replace(",", "") for match in re.findall(NUMBER, shown.replace("_", ""))}
    return [number for number in stated if number.replace(",", "") not in known]
