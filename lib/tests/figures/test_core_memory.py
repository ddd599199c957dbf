import re

import pytest

from tokenworks.data import level
from tokenworks.figures import cores_at_work, two_memories
from tokenworks.figures.core_memory import MAGNIFIED

FAR, NEAR = level("a100-80gb-hbm"), level("a100-80gb-l1")


@pytest.mark.parametrize("layout", ["wide", "narrow"])
def test_specks_have_the_area_of_their_bytes(layout):
    svg = getattr(two_memories(), layout)
    field = re.search(r'width="([\d.]+)" height="([\d.]+)" stroke-width="1" class="f-panel', svg)
    assert field is not None
    specks, magnified = re.findall(r'<path d="(M[^"]*)" class="f-weights', svg)
    assert specks.count("M") == magnified.count("M") == NEAR.count == 108
    side, large = (float(re.findall(r"h([\d.]+)v", path)[0]) for path in (specks, magnified))
    area = float(field[1]) * float(field[2])
    assert side**2 / area == pytest.approx(NEAR.bytes_each / FAR.capacity_bytes, rel=0.01)
    assert large / side == pytest.approx(MAGNIFIED, rel=0.01)


def test_its_numbers_are_the_table_s():
    found = two_memories("h100-sxm").numbers
    far, near = level("h100-sxm-hbm"), level("h100-sxm-l1")
    assert found["times as small"] == far.capacity_bytes / near.bytes_each
    assert found["times as fast"] == near.bytes_per_s / far.bytes_per_s
    assert (found["cores"], found["a core"]) == (near.count, near.bytes_each)


def test_each_way_fills_as_many_cores_as_it_has_pieces():
    figure = cores_at_work(8, [1, 13])
    busy = re.findall(r'<path d="(M[^"]*)" class="f-kv', figure.wide)
    idle = re.findall(r'<path d="(M[^"]*)" class="f-line', figure.wide)
    assert [path.count("M") for path in busy] == [8, 104]
    assert [path.count("M") for path in idle] == [100, 4]
    with pytest.raises(ValueError, match="8 heads of 14 parts are more than 108 cores"):
        cores_at_work(8, [1, 14])
