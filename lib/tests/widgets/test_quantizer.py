"""The microscope's recorded rows: those of the model, rounded as the library rounds them."""

import math

import numpy as np
import pytest

from tokenworks.quantization import Grid, round_to_nearest
from tokenworks.widgets.quantizer import (
    BITS,
    GROUPS,
    METHOD_LABELS,
    ROW_LABELS,
    code_range,
    codes_at,
    quantizer,
    recorded,
    shown_at,
    tabulated,
    values_at,
)

GRIDS = [(r, m, b, g) for r in ROW_LABELS for m in METHOD_LABELS for b in BITS for g in GROUPS]


def grid_of(method, bits, group):
    return Grid(bits, group, symmetric=method != "asymmetric")


def test_every_grid_of_the_controls_is_recorded():
    assert set(recorded()["found"]) == {f"{r} {m} {b} {g}" for r, m, b, g in GRIDS}
    assert len(quantizer().static_html()) < 100_000


@pytest.mark.parametrize("method", METHOD_LABELS)
@pytest.mark.parametrize("bits", BITS)
def test_codes_lie_on_the_grid_of_the_library(method, bits):
    grid = grid_of(method, bits, 32)
    assert code_range(method, bits) == [grid.least, grid.most]
    codes = codes_at("usual", method, bits=bits, group=32)
    assert grid.least <= min(codes) < max(codes) <= grid.most


@pytest.mark.parametrize("setting", GRIDS)
def test_a_recorded_row_is_what_the_library_makes_of_its_weights(setting):
    row, method, bits, group = setting
    codes = codes_at(row, method, bits=bits, group=group)
    weights = np.float32(recorded()["rows"][row]["weights"])
    found = round_to_nearest(weights[None], grid_of(method, bits, group))
    values = np.array(values_at(row, method, bits=bits, group=group))
    if method != "gptq":
        assert codes == found.codes[0].tolist()
        np.testing.assert_allclose(values, found.values()[0], atol=2e-5)
    shown = shown_at(row, method, bits=bits, group=group)
    off = math.dist(values, weights.tolist()) / math.hypot(*weights.tolist())
    assert shown["error"] == pytest.approx(off, abs=2e-5)
    assert shown["largest"] == pytest.approx(np.abs(values - weights).max(), abs=2e-5)
    assert shown["bits"] == found.bits_per_weight
    assert shown["used"] == len(set(codes)) <= shown["levels"]


def test_one_far_weight_wastes_the_levels_of_all_that_share_its_scale():
    row = {g: shown_at("outlier", "symmetric", bits=4, group=g) for g in (32, 576)}
    assert row[576]["used"] < 10 < row[32]["used"]
    assert row[576]["error"] > 2.5 * row[32]["error"]


@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize("row", ROW_LABELS)
def test_gptq_errs_more_in_the_weights_and_less_in_what_they_give(row, bits):
    for group in GROUPS:
        nearest, gptq = (shown_at(row, m, bits=bits, group=group) for m in ("symmetric", "gptq"))
        assert gptq["error"] >= nearest["error"]
        assert gptq["output"] < nearest["output"]


def test_the_file_that_ships_lies_on_the_grid_of_its_format():
    for row in ROW_LABELS:
        shown = shown_at(row, "asymmetric", bits=4, group=32)
        assert (shown["error"], shown["largest"], shown["bits"]) == (0, 0, 5)


@pytest.mark.model
def test_the_rows_are_those_of_the_model(lm):
    found = recorded()
    matrix = np.asarray(lm.weights["layers"][found["layer"]][found["matrix"]])
    for one in found["rows"].values():
        np.testing.assert_array_equal(matrix[one["row"]], np.float32(one["weights"]))
    assert np.abs(matrix).max() == max(map(abs, found["rows"]["outlier"]["weights"]))


def test_what_is_not_recorded_is_refused():
    with pytest.raises(ValueError, match="bits = 5 is not recorded; choose from 2, 3, 4, 8"):
        quantizer(bits=5)
    with pytest.raises(TypeError, match="unknown controls"):
        quantizer(groups=32)
    assert tabulated()["window"] * len(tabulated()["grid"]["window"]) == GROUPS[-1]
    assert repr(quantizer()).startswith("Quantizer(row='outlier', method='symmetric', bits=4")
