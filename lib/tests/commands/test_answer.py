import pytest

from tokenworks.commands.answer import both_units, without_points
from tokenworks.units import quantities


@pytest.mark.parametrize(
    ("size", "printed"),
    [
        (0, "0 B"),
        (512, "512 B"),
        (1024, "1.024 KB = 1 KiB"),
        (163840, "163.8 KB = 160 KiB"),
        (80e9, "80 GB = 74.51 GiB"),
        (2**30, "1.074 GB = 1 GiB"),
        (141107412992, "141.1 GB = 131.4 GiB"),
        (2**40, "1.1 TB = 1 TiB"),
    ],
)
def test_decimal_and_binary_stand_side_by_side(size, printed):
    assert both_units(size) == printed


@pytest.mark.parametrize("size", [1500, 10**6 + 1, 3 * 2**29, 80e9, 7.7e14])
def test_both_are_the_same_bytes(size):
    assert all(found.agrees(size) for found in quantities(both_units(size)))
    assert len(quantities(both_units(size))) == 2


def test_whole_numbers_are_written_as_such():
    assert without_points({"a": 3.0, "b": {"c": 0.5}, "d": None, "e": [1.0]}) == {
        "a": 3, "b": {"c": 0.5}, "d": None, "e": [1.0],
    }  # fmt: skip
    assert isinstance(without_points(3.0), int)
