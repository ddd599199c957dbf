"""The roofline figure: operations on the roof, ridges named, labels apart, the same every time."""

import re

import pytest

from tokenworks.cost.roofline import Operation, attainable_flops_per_s, matmul_operation
from tokenworks.figures import Roof, chip_roof, roofline
from tokenworks.figures.roofline_chart import Layout
from tokenworks.specs import chip

H100 = chip_roof(chip("h100-sxm"))
LAYER = [matmul_operation(rows, 8192, 8192) for rows in (1, 32, 256, 512)]


def draw(roofs=(H100,), operations=(), **options):
    return roofline(roofs, operations, title="T", alt="a roofline", **options)


def test_a_roof_is_the_chips():
    on = chip("h100-sxm")
    assert H100.name == "H100 SXM, bf16"
    assert H100.ridge == on.bf16_flops_per_s / on.hbm_bytes_per_s
    for intensity in (1, H100.ridge, 1e4):
        rates = {"flops_per_s": on.bf16_flops_per_s, "bytes_per_s": on.hbm_bytes_per_s}
        assert H100.at(intensity) == attainable_flops_per_s(intensity, **rates)


def test_ridge_units_and_operations_are_named():
    svg = draw([H100, chip_roof(chip("h100-sxm"), "fp8")], LAYER).svg
    for text in ("H100 SXM, bf16: ridge 295.3 FLOP/B", "H100 SXM, fp8: ridge 590.7 FLOP/B"):
        assert text in svg
    for text in ("intensity (FLOP/B)", "attainable (TFLOP/s)", *(op.name for op in LAYER)):
        assert text in svg
    assert "attainable (GFLOP/s)" in draw([Roof("mine", 1e11, 2e10)]).svg


def test_every_marker_is_defined_once_and_two_figures_share_no_id():
    first, second = draw(operations=LAYER).svg, draw(operations=LAYER[:2]).svg
    for svg in (first, second):
        ids = re.findall(r' id="([^"]+)"', svg)
        assert len(ids) == len(set(ids))
        assert set(re.findall(r'href="#([^"]+)"', svg)) <= set(ids)
    assert not set(re.findall(r' id="([^"]+)"', first)) & set(re.findall(r' id="([^"]+)"', second))


def test_it_is_the_same_every_time():
    assert draw(operations=LAYER).svg == draw(operations=LAYER).svg


def test_labels_do_not_overlap(monkeypatch):
    seen = []
    place = Layout.place

    def spy(self, text, point):
        place(self, text, point)
        seen.append(self.words[-1])

    monkeypatch.setattr(Layout, "place", spy)
    many = [Operation(f"operation {i}", 2.0**i, 1.0) for i in range(11)]
    draw(operations=many)
    assert len(seen) == 11
    pairs = [(a, b) for i, a in enumerate(seen) for b in seen[:i]]
    assert not any(a.overlaps(b) for a, b in pairs)


def test_measured_points_are_drawn_hollow():
    hollow = draw(operations=LAYER[:1], achieved={LAYER[0].name: 1e12}).svg
    assert hollow.count("<use") == draw(operations=LAYER[:1]).svg.count("<use") + 1


def test_refusals():
    with pytest.raises(ValueError, match="at least one roof"):
        draw(())
    with pytest.raises(ValueError, match="no room"):
        draw(operations=[Operation(f"the same operation {i}", 1.0, 1.0) for i in range(60)])
