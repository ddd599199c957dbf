"""A printed formula run again with a reader's values in the place of its inputs.

Only that formula and its shown parts run: what the other inputs came from stays as it was.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tokenworks.dimensions import label
from tokenworks.formula_inputs import Input, NotArithmetic, expression
from tokenworks.formula_tex import SYMBOLS, spoken
from tokenworks.number import Number, finite
from tokenworks.opened_function import evaluated
from tokenworks.substitution import Expression
from tokenworks.units import UNITS, Quantity, quantities, quantity, show, show_as

COUNTS = {"batch", "blocks", "chips", "layers", "replicas", "requests", "tokens", "users"}
LONGEST = 40  # characters of a value that a reader types
SMALLEST = 1e-30  # above zero: what is smaller only fills the page with zeros
COMMA = re.compile(r"(USD )?\d+,\d{1,2}(?!\d)")
TYPED = re.compile(
    r"(?P<number>[-−+]?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+))"
    r"(?P<power>[eE][-+]?\d{1,3})?(?: ?(?P<unit>[^\d\s].*))?"
)


class Refused(ValueError):
    """Values with which a formula gives nothing; says what to do, and which input it is about."""

    def __init__(self, message: str, name: str = "") -> None:
        super().__init__(message)
        self.name = name


@dataclass(frozen=True)
class Again:
    """What a formula gives: its substitution, its result, and its parts with their values."""

    substituted: str
    result: str
    parts: tuple[str, ...]


def run_printed(
    formulas: Sequence[str],
    inputs: Sequence[Input],
    *,
    literal: str,
    changed: Mapping[str, str] | None = None,
) -> Again:
    """Run a printed formula, which stands before its parts, and show it in the literal's unit.

    `changed` is what a reader typed for inputs, by their names. Refused says what is wrong with it.
    """
    typed = changed or {}
    own = [replace(one, value=typed_value(typed.get(one.name, ""), one)) for one in inputs]
    found = None
    try:
        found = expression(formulas, own)
        value = finite(evaluated(found.tree, found.names))
    except NotArithmetic:
        raise
    except ZeroDivisionError:
        raise Refused("That divides by zero; write values above 0.") from None
    except (ArithmeticError, TypeError, ValueError):  # complex numbers have no order
        value = None
    if found is None or value is None:
        raise Refused("That gives no number; write values nearer to those of the text.")
    return again(found, value, quantity(literal))


def again(found: Expression, value: Number, stated: Quantity) -> Again:
    """Show an expression with its values, and its own value in the unit of a literal."""
    return Again(
        substituted=found.substituted(stated.dimension)[0],
        result=show(value, stated.unit),
        parts=tuple(part.substituted()[0] for part in found.parts()),
    )


def shown_value(one: Input) -> str:
    """Return the value of an input as the substitution shows it."""
    return show_as(one.value, one.dimension)


def input_labels(inputs: Sequence[Input]) -> list[str]:
    """Return the names of inputs in words, longer ones where two would be the same."""
    short = [_label(one.name) for one in inputs]
    whole = [spoken(re.sub(r"\W+", " ", one.name)) for one in inputs]
    return [
        name if short.count(name) == 1 else long for name, long in zip(short, whole, strict=True)
    ]


def _is_count(one: Input) -> bool:
    """Tell whether an input counts things: by its last word, and by its own value."""
    word = _word(one.name)
    named = word.startswith(("n_", "d_")) or word.rpartition("_")[2] in COUNTS
    letter = len(word) == 1 and word.isupper()  # L, B, N: no size of the book is a share
    return one.dimension is None and float(one.value).is_integer() and (named or letter)


def _word(name: str) -> str:
    return label(ast.parse(name, mode="eval").body)


def _label(name: str) -> str:
    """Return the last word of a name, and its letter where the book has one: "batch (B)"."""
    word = _word(name)
    letter = SYMBOLS.get(word)
    return f"{spoken(word)} ({letter})" if letter else spoken(word)


def typed_value(text: str, one: Input) -> Number:
    """Return what a reader typed as a value in the base unit; Refused where it is none.

    Nothing, or the value as it is shown, is the value itself; a bare number is in its shown unit.
    """
    plain = " ".join(text.split())
    if plain in ("", shown_value(one)):
        return one.value
    if one.fixed:
        raise Refused(f"{_label(one.name)} stays: another value was computed from it.", one.name)
    value = _read(plain, one)
    if finite(value) is None:
        raise Refused(f"{plain} is too large; write a smaller number.", one.name)
    if 0 < abs(value) < SMALLEST:
        raise Refused(f"{plain} is too small; write a larger number.", one.name)
    if value < 0 <= one.value:
        raise Refused(f"{_label(one.name)} cannot be below 0.", one.name)
    if _is_count(one) and not float(value).is_integer():
        raise Refused(f"{_label(one.name)} is a count; write a whole number.", one.name)
    return value or 0  # of -0


def _read(plain: str, one: Input) -> float:
    """Read "80 GB", "1e9 bytes" or "USD 3/h", or "80" in the unit that is shown."""
    said = f"write it like {shown_value(one)}."
    typed = TYPED.fullmatch(plain)
    if len(plain) > LONGEST:
        raise Refused(f"That is longer than {LONGEST} characters; {said}", one.name)
    if COMMA.match(plain):
        raise Refused(f"“{plain}” has a comma: write a point before decimals.", one.name)
    if typed is None and not plain.startswith("USD "):
        raise Refused(f"“{plain}” is no number; {said}", one.name)
    if typed and typed["unit"] is None:
        found = quantities(shown_value(one)) if one.dimension else []
        if found and typed["power"]:
            raise Refused(f"{plain} has no unit; {said}", one.name)
        return _number(typed) * (UNITS[found[0].unit][1] if found else 1.0)
    try:
        unit, value = (typed["unit"], _number(typed)) if typed else _money(plain)
        dimension, scale = UNITS[unit]
    except (KeyError, ValueError):
        raise Refused(f"“{plain}” has a unit that is not known here; {said}", one.name) from None
    if dimension not in _dimensions(one):
        raise Refused(f"“{plain}” is no value for {_label(one.name)}; {said}", one.name)
    return value * scale


def _number(typed: re.Match[str]) -> float:
    digits = typed["number"].replace(",", "").replace("−", "-")
    return float(digits + (typed["power"] or ""))


def _money(plain: str) -> tuple[str, float]:
    found = quantity(plain)
    return found.unit, found.value / UNITS[found.unit][1]


def _dimensions(one: Input) -> set[str]:
    """Return the dimensions that a value may have; of a bare number also that of its name."""
    if one.dimension:
        return {one.dimension}
    word = f"_{_word(one.name)}"
    return {"ratio", *(of for of, _ in UNITS.values() if word.endswith(f"_{of}"))}
