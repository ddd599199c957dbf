"""The roofline figure: operations on the roof, ridges named, labels apart, the same every time."""

import re

import pytest

from tokenworks.cost.roofline import Operation, attainable_flops_per_s, matmul_operation
from tokenworks.figures import Roof, chip_roof, roofline
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
    figure = draw([H100, chip_roof(chip("h100-sxm"), "fp8")], LAYER)
    for text in ("H100 SXM, bf16", "H100 SXM, fp8", "295.3 FLOP/B", "590.7 FLOP/B"):
        assert f">{text}<" in figure.wide
    for text in ("intensity (FLOP/B)", "attainable (TFLOP/s)", *(op.name for op in LAYER)):
        assert f">{text}<" in figure.wide
        assert f">{text}<" in figure.narrow
    assert "attainable (GFLOP/s)" in draw([Roof("mine", 1e11, 2e10)]).wide
    assert figure.numbers["ridge of H100 SXM, bf16"] == H100.ridge
    assert figure.numbers[LAYER[0].name] == LAYER[0].intensity


def test_operations_stand_on_the_roof_and_measured_points_below_it_hollow():
    solid, hollow = 'class="f-2 s-paper"', 'class="f-paper s-2"'
    figure = draw(operations=LAYER[:1], achieved={LAYER[0].name: 1e12})
    dots = {kind: re.search(rf'd="M([\d.]+) ([\d.]+)a[^>]*{kind}', figure.wide)
            for kind in (solid, hollow)}  # fmt: skip
    assert dots[solid][1] == dots[hollow][1]
    assert float(dots[solid][2]) < float(dots[hollow][2])
    assert hollow not in draw(operations=LAYER[:1]).wide


def test_regions_are_named_on_the_side_of_the_ridge_that_they_mean():
    svg = draw(operations=LAYER, regions=True).wide
    at = {name: float(re.search(rf'x="([\d.]+)"[^>]*>{name}', svg)[1])
          for name in ("memory-bound", "compute-bound")}  # fmt: skip
    down = re.search(r'd="M([\d.]+) [^"]*" stroke-width="1" class="f-none s-1 dash"', svg)
    ridge = float(down[1])
    assert at["memory-bound"] < ridge < at["compute-bound"]
    assert "memory-bound" not in draw(operations=LAYER).wide


def test_it_is_the_same_every_time():
    assert draw(operations=LAYER) == draw(operations=LAYER)


def test_labels_do_not_overlap():
    many = [Operation(f"operation {i}", 2.0**i, 1.0) for i in range(8)]
    figure = draw(operations=many)  # words that touch would be refused
    assert all(figure.narrow.count(f">{operation.name}<") == 1 for operation in many)


def test_refusals():
    with pytest.raises(ValueError, match="at least one roof"):
        draw(())
    with pytest.raises(ValueError, match="no room"):
        draw(operations=[Operation(f"the same operation {i}", 1.0, 1.0) for i in range(60)])
