"""Measured steps stand at their batch and time; lines and floors are the cost model's."""

import math
import re

import pytest

from tokenworks.figures import timed_slice_lines
from tokenworks.validate import timed_slices

DOT = re.compile(r'd="M([\d.]+) ([\d.]+)a4\.5[^"]*"[^>]*class="f-(\d)')


@pytest.mark.parametrize("layout", ["wide", "narrow"])
@pytest.mark.parametrize("context", [2048, 4096, 8192])
def test_dots_stand_at_batch_and_time(layout, context):
    svg = getattr(timed_slice_lines(context), layout)
    rows = [row for row in timed_slices() if row.setting.context_tokens == context]
    first = rows[0].way
    rows.sort(key=lambda row: row.way != first)  # as drawn: way after way
    dots = [(float(x), float(y)) for x, y, _ in DOT.findall(svg)]
    assert len(dots) == len(rows)
    slow = max(range(len(rows)), key=lambda i: rows[i].seconds)
    quick = min(range(len(rows)), key=lambda i: rows[i].seconds)
    up = (dots[quick][1] - dots[slow][1]) / math.log(rows[slow].seconds / rows[quick].seconds)
    for (_, y), row in zip(dots, rows, strict=True):
        above = math.log(row.seconds / rows[quick].seconds)
        assert dots[quick][1] - y == pytest.approx(up * above, abs=0.3)
    assert svg.count("dash") >= 2


def test_the_picture_says_who_wins():
    figure = timed_slice_lines(4096)
    assert "with 8 sequences TP16 is faster; with 128 sequences DP2 × TP8 is faster" in figure.alt
    assert "median error 3.8 % over 16 measured steps" in figure.caption


def test_no_line_goes_where_the_cache_does_not_fit():
    """At 8,192 tokens two replicas have room for 64 sequences, one slice for 128."""
    assert "with 64 sequences" in timed_slice_lines(8192).alt


def test_a_context_that_nobody_measured_lists_those_that_were():
    with pytest.raises(
        ValueError, match=r"nobody measured 1000 tokens; measured: \[2048, 4096, 8192\]"
    ):
        timed_slice_lines(1000)
