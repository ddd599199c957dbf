"""What a task prints as its example, held against the solution: no number in it goes unchecked."""

from __future__ import annotations

import ast
import contextlib
import math
import re
import textwrap
from collections.abc import Iterator
from typing import Any

from tokenworks.checks.attempt import attempt
from tokenworks.checks.exercise import Exercise
from tokenworks.checks.source import definition
from tokenworks.units import QUANTITY, quantities, quantity

EXAMPLE = re.compile(r"(?ms)^Example.*?(?=\n\n|\Z)")
EQUATION = re.compile(r"[\d.,+×*/÷() −-]+ = [\d.,]+\d|[\d.,+×*/÷() −-]+ = \d")
NUMBER = re.compile(r"(?<![\w.])[-−]?\d[\d,]*(?:\.\d+)?(?:e-?\d+)?")
COUNT = re.compile(r"(?<![\w.,^-])\d[\d,]*(?:\d(?:\.\d+)?|\.\d+)(?![\w-])")
CODE = re.compile(r"(?s)```.*?```|`[^`\n]*`")
SIGNS = str.maketrans({"×": "*", "÷": "/", "−": "-", ",": ""})


def misprints(exercise: Exercise) -> list[str]:
    """List what an exercise's examples print and the solution, or its arguments, do not give."""
    text = "\n".join(EXAMPLE.findall(exercise.task))
    if not exercise.examples or not text:
        return ["the task has no paragraph that begins with Example"]
    found, given = [], list[float]()
    for example in exercise.examples:
        given += [leaf for argument in example.arguments for leaf in leaves(argument)]
        got = attempt(exercise.solution, example.arguments).value
        shown = [(literal, show(*example.arguments)) for literal, show in example.shows]
        for literal, value in [(example.answer, got), *shown]:
            given += [_bare(number) for number in NUMBER.findall(literal)]
            if not re.search(rf"(?<![\w.]){re.escape(literal)}(?!\w|\.\d)", text):
                found.append(f"{literal!r} is not in the example")
            elif not agrees(literal, value):
                found.append(f"the text says {literal}, the solution gives {value!r}")
    return found + [f"nothing gives {number}" for number in _strays(text, given)]


def unfounded(exercise: Exercise) -> list[str]:
    """List the numbers in the rest of a task and in its hints that come from nowhere.

    They may stand in a case, in the solution, in the example, or in the edit that the hint is for.
    Of bare numbers only those of two and more digits count, as in a chapter.
    """
    cases = (*exercise.cases, *(example.arguments for example in exercise.examples))
    given = [leaf for case in cases for argument in case for leaf in leaves(argument)]
    given += _constants(definition(exercise.solution)[1])
    shown = "\n".join(EXAMPLE.findall(exercise.task))  # `misprints` holds it against the solution
    given += [_bare(number) for number in NUMBER.findall(shown)]
    text = EXAMPLE.sub(" ", exercise.task)
    text = re.sub(rf"\b{exercise.id[:2]}\.\d\b", " ", text)  # another exercise of the chapter
    found = _unknown(text, given)
    for mistake in exercise.mistakes:
        written = [leaf for _, new in mistake.edits for leaf in leaves(new)]
        found += _unknown(mistake.hint, given + written)
    return list(dict.fromkeys(found))


def _unknown(text: str, given: list[float]) -> list[str]:
    """List the numbers of a text that are none of those given."""
    text = CODE.sub(" ", text)
    stated = [(q.literal, (q.value, _bare(q.literal))) for q in quantities(text)]
    stated += [(n, (_bare(n),)) for n in COUNT.findall(QUANTITY.sub(" ", text))]
    return [literal for literal, values in stated if not any(_among(v, given) for v in values)]


def _constants(body: str) -> Iterator[float]:
    """Yield the numbers that a solution writes, 2**30 as one."""
    for node in ast.walk(ast.parse(textwrap.dedent(body))):
        if isinstance(node, ast.Constant | ast.BinOp):
            with contextlib.suppress(ValueError, TypeError, NameError):
                yield float(eval(compile(ast.Expression(node), "", "eval"), {"__builtins__": {}}))


def agrees(literal: str, value: Any) -> bool:
    """Tell whether a printed answer is a value, at the digits that are printed."""
    if isinstance(value, str):
        return literal.strip("`\"'“”") == value
    if QUANTITY.fullmatch(literal.strip()):
        return quantity(literal).agrees(value)
    number = NUMBER.match(literal)
    source = number[0].replace(",", "") if number else literal  # "5 sequences" is 5
    try:
        parsed = ast.parse(source, mode="eval").body
        return _same(parsed, source, value)
    except (SyntaxError, ValueError):  # words, which are no value
        return False


def leaves(value: Any) -> list[float]:
    """List the numbers in nested lists, and how many elements each list has."""
    if isinstance(value, list | tuple):
        return [float(len(value)), *(leaf for element in value for leaf in leaves(element))]
    if isinstance(value, str):
        return [float(number) for number in re.findall(r"\d+", value)]
    return [float(value)] if isinstance(value, int | float) else []


def _same(node: ast.expr, source: str, value: Any) -> bool:
    if isinstance(node, ast.List) and isinstance(value, list):
        same = [_same(n, source, v) for n, v in zip(node.elts, value, strict=False)]
        return len(node.elts) == len(value) and all(same)
    printed = ast.literal_eval(node)
    numbers = [v for v in (printed, value) if isinstance(v, int | float)]
    if len(numbers) < 2 or isinstance(value, bool):
        return printed == value
    digits = (ast.get_source_segment(source, node) or "").partition(".")[2]
    slack = 0.5 * 10.0 ** -len(digits) if digits else 0.0
    return abs(printed - value) <= slack + 1e-9 * abs(value)


def _strays(text: str, given: list[float]) -> Iterator[str]:
    """Yield the numbers of an example that are no argument, no answer and in no true equation."""
    for equation in EQUATION.findall(text):
        left, right = (eval(side.translate(SIGNS)) for side in equation.split("="))
        if math.isclose(left, right, rel_tol=1e-9):
            text = text.replace(equation, " ")
    for stated in quantities(text):
        if not _among(stated.value, given) and not _among(_bare(stated.literal), given):
            yield stated.literal
    for number in NUMBER.findall(QUANTITY.sub(" ", text)):
        if not _among(_bare(number), given):
            yield number


def _bare(literal: str) -> float:
    number = NUMBER.search(literal)
    return float(number[0].translate(SIGNS)) if number else math.nan


def _among(value: float, given: list[float]) -> bool:
    return any(math.isclose(value, number, rel_tol=1e-9) for number in given)
