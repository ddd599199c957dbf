"""Which inputs were computed from which: seen in the texts, and in what a call reads."""

from dataclasses import dataclass
from functools import cache

import pytest

from tokenworks.computed_from import made_from
from tokenworks.substitution import expression_of


@dataclass(frozen=True)
class Row:
    users: int = 3
    layers: int = 2
    width: int = 5

    @property
    def size(self):
        return self.layers * self.width

    def cells(self, tokens):
        return self.size * tokens


@cache
def kept(row, tokens):
    return row.width * tokens


def refuses(row):
    raise ValueError(row)


ROW = Row()


@pytest.mark.parametrize(
    ("other", "one", "made"),
    [
        ("cells(tokens)", "tokens", True),
        ("users", "users", False),
        ("row.users", "row.layers", False),
        ("row.cells(tokens)", "row.size", True),
        ("row.cells(tokens)", "row.layers", True),
        ("row.cells(tokens)", "row.users", False),
        ("kept(row, 2)", "row.width", True),
        ("kept(row, 2)", "row.layers", False),
        ("kept(row=row, tokens=2)", "row.layers", False),
        ("refuses(row)", "row.layers", True),
        ("kept(d['row'], 2)", "d['n']", True),
        ("kept(row, 2)", "other.width", False),
    ],
)
def test_what_a_call_reads_is_behind_it(other, one, made):
    names = {"row": ROW, "other": ROW, "kept": kept, "refuses": refuses, "tokens": 2, "users": 3}
    names |= {"cells": ROW.cells, "d": {"row": ROW, "n": 2}}
    assert made_from(other, one, expression_of("tokens * users", names)) is made


def hidden(row, tokens):
    length = len("x" * tokens)
    cells = kept(row, 2)
    return length * tokens + cells / row.width + row.layers


def test_behind_local_names_as_well():
    found = expression_of(hidden, {"row": ROW, "tokens": 3})
    assert made_from("length", "tokens", found)
    assert made_from("cells", "row.width", found)
    assert not made_from("cells", "row.layers", found)
    assert not made_from("cells", "tokens", found)
