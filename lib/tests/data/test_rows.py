"""Reading tables: types, absent cells, and rows that are refused."""

from dataclasses import dataclass

import pytest

from tokenworks.accelerator import Chip
from tokenworks.data.rows import load_rows, lookup, parse_rows, rows_where


@dataclass(frozen=True)
class Lamp:
    name: str
    watts: float
    count: int = 1
    lit: bool = False
    year: int | None = None
    slots: tuple[int, ...] = ()


def test_cells_become_the_types_of_the_fields():
    text = 'name,watts,count,lit,year\n"a,b",4e1,1e3,true,\nc,7,,,2020\n'
    rows = parse_rows(Lamp, text, table="t")
    assert rows == {"a,b": Lamp("a,b", 40.0, 1000, True, None), "c": Lamp("c", 7.0, 1, False, 2020)}
    assert list(rows) == ["a,b", "c"]


@pytest.mark.parametrize("text", ["", "watts\n1\n", "watts\n"])
def test_a_table_has_the_columns_without_which_no_row_can_be(text):
    with pytest.raises(ValueError, match=r"^lamps.csv: its first line lacks name"):
        parse_rows(Lamp, text, table="lamps.csv")


def test_columns_that_are_asked_for_have_to_be_there_and_each_once():
    text = "name,watts,year\na,1,\n"
    assert parse_rows(Lamp, text, table="t", heads=("year",))["a"].year is None
    with pytest.raises(ValueError, match=r"^lamps.csv: its first line lacks count, lit$"):
        parse_rows(Lamp, text, table="lamps.csv", heads=("watts", "count", "lit"))
    with pytest.raises(ValueError, match=r"^lamps.csv: its first line has more than one watts$"):
        parse_rows(Lamp, "name,watts,watts\na,1,2\n", table="lamps.csv")


def test_a_row_has_a_name():
    with pytest.raises(ValueError, match=r"^lamps.csv: row 1 has no name$"):
        parse_rows(Lamp, "name,watts\n,1\n", table="lamps.csv")


@pytest.mark.parametrize(
    "text",
    [
        "name,watts\na,1\na,2\n",  # a name twice
        "name,watts\na,1,2\n",  # a cell without a column
        "name,watts,count\na,1\n",  # a row that is cut off
        "name,watts,colour\na,1,red\n",  # a column that no field takes
        "name,watts\na,bright\n",  # no number
        "name,watts\na,\n",  # a field without a value
    ],
)
def test_a_bad_row_is_refused(text):
    with pytest.raises(ValueError, match=r"^lamps.csv(: |, )row 'a'"):
        parse_rows(Lamp, text, table="lamps.csv")


@pytest.mark.parametrize(
    ("column", "cell", "problem"),
    [
        ("count", "1.5", "'1.5' is no whole number"),
        ("count", "0.9999999999999999999", "'0.9999999999999999999' is no whole number"),
        ("count", "1e-3", "'1e-3' is no whole number"),
        ("count", "inf", "'inf' is no finite number"),
        ("count", "two", "'two' is no number"),
        ("year", "2020.5", "'2020.5' is no whole number"),
        ("slots", "1 2 4.5", "'4.5' is no whole number"),
        ("watts", "nan", "'nan' is no finite number"),
        ("lit", "yes", "'yes' is none of true, false"),
    ],
)
def test_a_cell_of_another_kind_is_refused_by_table_row_and_column(column, cell, problem):
    columns = ["name", "watts", *([column] if column != "watts" else [])]
    cells = {"name": "a", "watts": "7"} | {column: cell}
    text = f"{','.join(columns)}\n{','.join(cells[c] for c in columns)}\n"
    with pytest.raises(ValueError, match=f"^lamps.csv, row 'a', column '{column}': {problem}$"):
        parse_rows(Lamp, text, table="lamps.csv")


@pytest.mark.parametrize("cell", ["80e9", "80000000000", "8.0E+10", "80000000000.0"])
def test_an_integer_may_be_written_with_an_exponent(cell):
    (lamp,) = parse_rows(Lamp, f"name,watts,count\na,1,{cell}\n", table="t").values()
    assert lamp.count == 80 * 10**9
    assert type(lamp.count) is int


def test_an_integer_keeps_digits_that_a_float_has_no_room_for():
    (lamp,) = parse_rows(Lamp, "name,watts,count\na,1,9007199254740993\n", table="t").values()
    assert lamp.count == 2**53 + 1


def test_an_unknown_name_lists_all_known_ones_closest_first():
    with pytest.raises(KeyError) as caught:
        lookup(Chip, "chips.csv", "H100")
    message = caught.value.args[0]
    assert message.startswith("unknown chip 'H100'; known, closest first: h100-sxm, h200-sxm")
    assert all(name in message for name in load_rows(Chip, "chips.csv"))


def test_lookup_returns_the_row():
    assert lookup(Chip, "chips.csv", "a100-80gb").physical_bytes == 80 * 2**30


def test_rows_are_found_by_what_they_hold():
    found = rows_where(Chip, "chips.csv", vendor="Google")
    assert found == [row for row in load_rows(Chip, "chips.csv").values() if row.vendor == "Google"]
    assert len(found) > 1
    with pytest.raises(KeyError, match=r"chips.csv has no vendor .Acme.; known: .*Google"):
        rows_where(Chip, "chips.csv", vendor="Acme")
