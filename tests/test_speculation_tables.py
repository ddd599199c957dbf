"""What the package says of measured speculation is what the benchmarks recorded."""

from __future__ import annotations

import pytest

from benchmarks.speculation_tables import tables


@pytest.mark.parametrize("path", tables(), ids=lambda path: path.name)
def test_the_tables_of_the_package_are_those_of_the_results(path):
    again = "python -m benchmarks.speculation_tables"
    assert path.read_text(encoding="utf-8") == tables()[path], again
