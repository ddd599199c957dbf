"""Reading tables: types, absent cells, and rows that are refused."""

from dataclasses import dataclass

import pytest

from tokenworks.data.rows import load_rows, lookup, parse_rows, rows_where
from tokenworks.specs import Chip


@dataclass(frozen=True)
class Lamp:
    name: str
    watts: float
    count: int = 1
    lit: bool = False
    year: int | None = None


def test_cells_become_the_types_of_the_fields():
    rows = parse_rows(Lamp, 'name,watts,count,lit,year\n"a,b",4e1,1e3,true,\nc,7,,,2020\n')
    assert rows == {"a,b": Lamp("a,b", 40.0, 1000, True, None), "c": Lamp("c", 7.0, 1, False, 2020)}
    assert list(rows) == ["a,b", "c"]


@pytest.mark.parametrize(
    "text",
    [
        "name,watts\na,1\na,2\n",  # a name twice
        "name,watts\na,1,2\n",  # a cell without a column
        "name,watts,colour\na,1,red\n",  # a column that no field takes
        "name,watts\na,bright\n",  # no number
    ],
)
def test_a_bad_row_is_refused(text):
    with pytest.raises(ValueError, match=r"row|could not convert"):
        parse_rows(Lamp, text)


def test_an_unknown_name_lists_all_known_ones_closest_first():
    with pytest.raises(KeyError) as caught:
        lookup(Chip, "chips.csv", "H100")
    message = caught.value.args[0]
    assert message.startswith("unknown chip 'H100'; known, closest first: h100-sxm, h200-sxm")
    assert all(name in message for name in load_rows(Chip, "chips.csv"))


def test_lookup_returns_the_row():
    assert lookup(Chip, "chips.csv", "a100-80gb").hbm_bytes == 80 * 10**9


def test_rows_are_found_by_what_they_hold():
    found = rows_where(Chip, "chips.csv", vendor="Google")
    assert found == [row for row in load_rows(Chip, "chips.csv").values() if row.vendor == "Google"]
    assert len(found) > 1
    with pytest.raises(KeyError, match=r"chips.csv has no vendor .Acme.; known: .*Google"):
        rows_where(Chip, "chips.csv", vendor="Acme")
