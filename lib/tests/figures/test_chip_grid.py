"""A dot for each chip, a line for each link, a stub at each joined end."""

import re
from itertools import pairwise

import pytest

from tokenworks.cost.chip_links import slice_torus
from tokenworks.cost.collectives import all_reduce_seconds
from tokenworks.figures import slice_grids
from tokenworks.specs import chip

V5E, V5P = chip("tpu-v5e"), chip("tpu-v5p")


def counts(figure, layout):
    svg = getattr(figure, layout)
    dots = re.findall(r'<path d="([^"]*)"[^>]*class="f-1"', svg)
    links = re.findall(r'<path d="([^"]*)"[^>]*class="f-none s-muted"', svg)
    stubs = re.findall(r'<path d="([^"]*)"[^>]*class="f-none s-2"', svg)
    return [sum(d.count("M") for d in found) for found in (dots, links, stubs)]


@pytest.mark.parametrize("layout", ["wide", "narrow"])
@pytest.mark.parametrize(
    ("on", "shape", "expected"),
    [
        (V5E, "2x4", [8, 10, 0]),
        (V5E, "4x4", [16, 24, 0]),
        (V5E, "8x16", [128, 8 * 15 + 7 * 16, 16]),  # only the longer axis goes round
        (V5E, "16x16", [256, 480, 64]),
        (V5P, "2x2x2", [8, 12, 0]),
        (V5P, "2x4x4", [32, 16 + 2 * 24, 0]),
        (V5P, "4x4x4", [64, 144, 96]),
    ],
)
def test_chips_links_and_stubs_are_counted(*, layout, on, shape, expected):
    assert counts(slice_grids(on, [shape], message_bytes=1e6), layout) == expected


def test_stubs_are_explained_where_there_are_some():
    said = [slice_grids(V5E, [shape], message_bytes=1e6).caption for shape in ("4x8", "8x16")]
    assert ["stub" in caption for caption in said] == [False, True]


def test_one_distance_for_all_slices():
    figure = slice_grids(V5E, ["2x4", "16x16"], message_bytes=1e6)
    for svg in (figure.wide, figure.narrow):
        small, large = re.findall(r'<path d="(M[^"]*a[^"]*)"[^>]*class="f-1"', svg)
        rows = [
            sorted({float(y) for y in re.findall(r"M[\d.]+ ([\d.]+)a", d)}) for d in (small, large)
        ]
        (near,), gaps = ([b - a for a, b in pairwise(row)] for row in rows)
        assert all(gap == pytest.approx(near, abs=0.2) for gap in gaps)


def test_its_numbers_are_those_of_the_formulas():
    figure = slice_grids(V5E, ["4x4", "16x16"], message_bytes=1e6)
    taken = all_reduce_seconds(1e6, slice_torus(V5E, "16x16"))
    assert figure.numbers["16x16: all-reduce"] == taken
    assert "16x16: corner 4 links, 16 hops, 42 µs" in figure.alt


def test_slices_that_cannot_be_rented_are_refused():
    with pytest.raises(ValueError, match="nearest: 4x4"):
        slice_grids(V5E, ["4x3"], message_bytes=1e6)
    with pytest.raises(ValueError, match="at least one shape"):
        slice_grids(V5E, [], message_bytes=1e6)
    with pytest.raises(ValueError, match="size_bytes must be a finite number"):
        slice_grids(V5E, ["4x4"], message_bytes=-1)
