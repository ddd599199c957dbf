"""Timed all-reduces stand at their time and size, and rings where a line gives way."""

import math
import re

import pytest

from tokenworks.cost.all_reduce_fits import fit_all_reduce, timed
from tokenworks.data.silicon import LICENCE
from tokenworks.figures import timed_all_reduces

DOT = re.compile(r'd="M([\d.]+) ([\d.]+)a2\.75[^"]*"[^>]*class="f-(\w+)"')
RING = re.compile(r'd="M[\d.]+ [\d.]+a4\.5[^"]*"[^>]*class="f-paper s-(\w+)"')


@pytest.mark.parametrize("layout", ["wide", "narrow"])
def test_dots_stand_at_their_time_and_size(layout):
    figure = timed_all_reduces("h100-sxm", 8, libraries=("nccl", "vllm_graph"))
    svg = getattr(figure, layout)
    rows = timed("h100-sxm", "nccl", 8) + timed("h100-sxm", "vllm_graph", 8)
    dots = DOT.findall(svg)
    assert len(dots) == len(rows)
    first, last = (dots[0], rows[0]), (dots[20], rows[20])
    across = (float(last[0][0]) - float(first[0][0])) / math.log(last[1].bytes / first[1].bytes)
    up = (float(first[0][1]) - float(last[0][1])) / math.log(last[1].seconds / first[1].seconds)
    for (x, y, _), row in zip(dots, rows, strict=True):
        wide, tall = math.log(row.bytes / rows[0].bytes), math.log(row.seconds / rows[0].seconds)
        assert float(x) - float(dots[0][0]) == pytest.approx(across * wide, abs=0.3)
        assert float(dots[0][1]) - float(y) == pytest.approx(up * tall, abs=0.3)
    assert svg.count("s-floor") == 1


def test_a_ring_for_each_switch_and_its_name_in_the_caption():
    figure = timed_all_reduces("h100-sxm", 4, libraries=("vllm_graph",))
    fit = fit_all_reduce("h100-sxm", "vllm_graph", 4)
    assert len(RING.findall(figure.wide)) == len(fit.switches) == 2
    assert "vLLM switches between 256 KiB and 512 KiB and between 32 MiB and 64 MiB" in figure.alt
    assert figure.caption.endswith(LICENCE)
    assert figure.numbers["vLLM, median error"] == fit.median_error


def test_a_library_without_a_switch_says_so():
    figure = timed_all_reduces("l40s", 4)
    assert "NCCL switches nowhere" in figure.alt
    assert not RING.findall(figure.wide)


def test_what_nobody_timed_is_refused():
    with pytest.raises(ValueError, match="nobody timed trtllm on 2 × l40s"):
        timed_all_reduces("l40s", 2, libraries=("trtllm",))
