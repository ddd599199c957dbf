"""Values of a format on a line: as many strokes as values, the largest at the end."""

import re

import pytest

from tokenworks.figures import format_values

E2M1 = [sign * v for sign in (-1, 1) for v in (0, 0.5, 1, 1.5, 2, 3, 4, 6)]


def test_every_value_is_a_stroke_at_its_place():
    figure = format_values({"FP4 E2M1": E2M1})
    for svg, width in ((figure.wide, 700), (figure.narrow, 328)):
        strokes = re.findall(r"M([\d.]+) [\d.]+v20", svg)
        assert len(strokes) == 15  # minus zero is zero
        places = [round((float(x) - 4) / (width - 8) * 12 - 6, 1) for x in strokes]
        assert places == pytest.approx(sorted(set(E2M1)), abs=0.1)


def test_it_says_what_is_left_for_small_values():
    alt = format_values({"INT4": range(-7, 8), "FP4 E2M1": E2M1}).alt
    assert "INT4: 15 values, first above 0 at 14 %" in alt
    assert "FP4 E2M1: 15 values, first above 0 at 8.3 %" in alt


def test_a_format_without_values_is_refused():
    for formats in ({}, {"none": [0]}):
        with pytest.raises(ValueError, match="each with a value beside 0"):
            format_values(formats)
