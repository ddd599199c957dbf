"""Find quantities that are spelled in words, such as "four bits": they state a number, too."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import nbformat

from tokenworks.units import quantity
from tools.number_scan import computed_numbers, plain_prose, same, without_magics

SMALL = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
VALUES = {word: float(i) for i, word in enumerate(SMALL)}
VALUES |= {
    w: 10.0 * i for i, w in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy"], 2)
}
VALUES |= {"eighty": 80.0, "ninety": 90.0, "dozen": 12.0, "half": 0.5, "quarter": 0.25}
SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9}
UNITS = {
    "bit": "bits", "byte": "bytes", "kilobyte": "KB", "megabyte": "MB", "gigabyte": "GB",
    "terabyte": "TB", "second": "s", "millisecond": "ms", "microsecond": "µs",
    "nanosecond": "ns", "minute": "min", "hour": "h", "day": "days", "percent": "%",
    "per cent": "%", "watt": "W", "joule": "J", "dollar": "USD", "cent": "USD",
    "token a second": "tokens/s", "token per second": "tokens/s",
    "request a second": "requests/s", "request per second": "requests/s",
    "word a second": "words/s", "KB": "KB", "MB": "MB", "GB": "GB", "TB": "TB", "GiB": "GiB",
    "KiB": "KiB", "MiB": "MiB", "ms": "ms", "µs": "µs", "%": "%", "-fold": "×",
}  # fmt: skip

_WORD = "|".join([*VALUES, *SCALES])
_UNIT = "|".join(
    re.sub(r"^(\w+?)( |$)", r"\1s?\2", re.escape(unit).replace(r"\ ", " ")) for unit in UNITS
)
# Of "2.3 billion a day" the scan of digits knows; "eight a second" has no unit of its own.
SPELLED = re.compile(
    rf"(?<![\w.,])(?<!\d )(?P<words>(?:{_WORD})(?:[ -](?:and )?(?:{_WORD}))*)"
    rf"(?:(?<=half) an?|(?<=quarter) of an?)?(?:[ -]?(?P<unit>{_UNIT}))(?![\w])",
    re.IGNORECASE,
)


def value_of(words: str) -> float:
    """Read a number in words: "two hundred and five" is 205."""
    total, part = 0.0, 0.0
    for word in re.findall(r"[a-z]+", words.lower()):
        if word in VALUES:
            part += VALUES[word]
        elif word in SCALES:
            part = max(part, 1.0) * SCALES[word]
            if SCALES[word] > 100:
                total, part = total + part, 0.0
    return total + part


def spelled(text: str) -> list[tuple[str, str]]:
    """List the quantities in words of a text, and each in digits: ("four bits", "4 bits")."""
    found = []
    for match in SPELLED.finditer(text):
        unit = match["unit"].lower() if match["unit"].lower() in UNITS else match["unit"]
        plural = re.sub(r"^(\w+)s( |$)", r"\1\2", unit)
        unit = UNITS[unit if unit in UNITS else plural]
        digits = f"{value_of(match['words']) / (100 if 'cent' in plural.split() else 1):.12g}"
        literal = f"USD {digits}" if unit == "USD" else f"{digits} {unit}"
        found.append((" ".join(match[0].lower().split()), literal))
    return found


def texts_of(cell: nbformat.NotebookNode) -> Iterator[str]:
    """Yield what a cell says to its reader: its prose, or the strings of its code."""
    if cell.cell_type == "markdown":
        yield plain_prose(cell.source)
        return
    for node in ast.walk(ast.parse(without_magics(cell.source))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def unchecked_words(book: nbformat.NotebookNode) -> list[str]:
    """List the quantities in words whose digits the same section of a notebook never computed."""
    sections: list[tuple[list[tuple[str, str]], set[tuple[str, str]]]] = [([], set())]
    for cell in book.cells:
        for text in texts_of(cell):
            for i, part in enumerate(re.split(r"(?m)^(?=## )", text)):
                if i or part.startswith("## "):
                    sections.append(([], set()))
                sections[-1][0].extend(spelled(part))
        if cell.cell_type == "code":
            sections[-1][1].update(same(number) for number in computed_numbers(cell))
    return [
        words
        for stated, computed in sections
        for words, digits in stated
        if same(quantity(digits)) not in computed
    ]
