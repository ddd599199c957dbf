"""A compiled program's text taken apart: computations, instructions, and the arrays they hold.

Source: https://openxla.org/xla/operation_semantics and https://openxla.org/xla/tiled_layout.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple, TypeAlias

HBM, VMEM = "", "S(1)"  # how a program marks where a value is
LINE = re.compile(r"(?m)^  (ROOT )?%(\S+) = (.*?) ([a-z][a-z0-9-]*)\((.*)$")
HEADER = re.compile(r"(?m)^(ENTRY )?%(\S+) \(.*\{\n((?:  .*\n)*?)\}")
NAME = re.compile(r"%([\w.-]+)")


class HeldArray(NamedTuple):
    """An array as the program lays it out."""

    name: str  # such as "bf16[8,1024,1024]"
    bytes: int
    place: str  # HBM, VMEM, or another memory's mark

    @property
    def is_scalar(self) -> bool:
        """Whether it is one value, without axes; a token between operations looks so too."""
        return self.name.endswith("[]")


class Instruction(NamedTuple):
    """One line: what it makes, by which operation, of which others' results."""

    result: list[HeldArray]
    operation: str
    operands: list[str]
    literal: str  # what stands in the parentheses: of a constant its value
    attributes: str  # what follows them
    is_root: bool


Computation: TypeAlias = dict[str, Instruction]  # by the name of the result


class Program(NamedTuple):
    """A module: its computations by name, and the one that it starts with."""

    entry: str
    computations: dict[str, Computation]


def read_program(text: str) -> Program:
    """Take a compiled program's text apart; text without an entry raises ValueError."""
    found, entry = {}, None
    for start, name, body in HEADER.findall(text):
        found[name] = {each[1]: _instruction(*each) for each in LINE.findall(body)}
        entry = name if start else entry
    if entry is None:
        raise ValueError("no ENTRY in this text: pass what `compiled.as_text()` returns")
    return Program(entry, found)


def _instruction(*parts: str) -> Instruction:
    root, _, kind, operation, rest = parts
    end = _closing(rest)
    operands = NAME.findall(rest[:end])
    return Instruction(held(kind), operation, operands, rest[:end], rest[end + 1 :], bool(root))


def _closing(rest: str) -> int:
    """Return where the parenthesis that stands open before `rest` closes."""
    depth = 1
    for place, sign in enumerate(rest):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if not depth:
            return place
    return len(rest)  # a constant of many lines


def held(kind: str) -> list[HeldArray]:
    """Return the arrays of a type: one, or those of a tuple."""
    found = re.findall(r"([a-z]+)(\d*)([a-z\d]*)\[([\d,]*)\](?:\{([^}]*)\})?", kind)
    return [
        HeldArray(
            f"{letters}{bits}{more}[{axes}]",
            math.prod(map(int, axes.split(",") if axes else ())) * _bits(bits, place) // 8,
            place[place.find("S(") :] if "S(" in place else HBM,
        )
        for letters, bits, more, axes, place in found
    ]


def _bits(bits: str, layout: str) -> int:
    """Return the bits that a value takes: a byte at least, unless the layout packs them: E(4)."""
    packed = re.search(r"E\((\d+)\)", layout)
    return int(packed[1]) if packed else max(int(bits or 8), 8)
