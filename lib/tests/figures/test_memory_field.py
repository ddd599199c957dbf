"""A drawn memory says what the library counts, and its green is as wide as its tokens are many."""

import re
from itertools import islice

import pytest

from figures.memories import CELLS, ROWS, maps, memories
from tokenworks.figures.memory_field import counted, memory_fields
from tokenworks.serving.kv_occupancy import moments


def test_the_numbers_are_those_of_the_library():
    figure = memory_fields(maps(), line_cells=90, marked=0)
    for name, memory in memories().items():
        moment = next(islice(moments(memory, ROWS, step_seconds=1), 3, None))
        assert figure.numbers[f"{name}: used"] == moment.waste.shares["used"]
        assert figure.numbers[f"{name}: sequences"] == moment.running
        assert f"{moment.running} sequences" in figure.alt


def test_the_colours_are_to_scale():
    """Every pixel of a line but its margin stands for as many cells as any other."""
    spans = maps()
    for name in spans:
        figure = memory_fields({name: spans[name]}, line_cells=80, marked=0)
        for svg, width in ((figure.wide, 700), (figure.narrow, 328)):
            cells = {
                fill: sum(map(float, re.findall(r"h(\d[\d.]*)", d))) * 80 / (width - 2)
                for d, fill in re.findall(r'<path d="([^"]+)" class="f-(\w+)"', svg)
                if fill in ("kv", "ink")
            }
            used = counted(spans[name])["used"] * CELLS
            assert cells["kv"] + cells["ink"] == pytest.approx(used, rel=0.01)
            own = [s for s in spans[name] if s.sequence == 0 and s.use == "used"]
            assert cells["ink"] == pytest.approx(sum(s.stop - s.start for s in own), rel=0.01)


def test_memories_of_two_sizes_are_not_compared():
    spans = maps()["blocks"]
    with pytest.raises(ValueError, match="memories of one size"):
        memory_fields({"all": spans, "less": spans[:-1]}, line_cells=80, marked=0)
