import numpy as np
import pytest

from tokenworks.quantization import Grid, fit_scales, nearest_codes, round_to_nearest
from tokenworks.specs import number_format

GROUPS = (16, "channel", "tensor")
KINDS = ({"symmetric": True}, {}, {"zero_point": True})


def drawn(rows=6, inputs=64, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(0.01, 0.1, (rows, inputs)).astype(np.float32)


def grouped(weights, group):
    if group == "tensor":
        return weights.reshape(1, -1)
    return weights.reshape(-1, weights.shape[1] if group == "channel" else group)


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("bits", [2, 3, 4, 8])
def test_every_weight_is_within_half_a_step(bits, group, kind):
    weights, grid = drawn(), Grid(bits, group, scale_bits=32, **kind)
    found = round_to_nearest(weights, grid)
    errors = grouped(np.abs(found.values() - weights), group)
    step = found.scales.reshape(-1, 1)
    most = 1.0 if kind.get("zero_point") else 0.5  # a whole zero point moves an end past the last
    assert (errors <= most * step * (1 + 1e-5)).all()
    assert found.codes.min() >= grid.least
    assert found.codes.max() <= grid.most
    assert found.values().dtype == np.float32


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("group", GROUPS)
def test_no_other_level_is_nearer(group, kind):
    weights, grid = drawn(), Grid(3, group, **kind)
    scales, minimums = fit_scales(weights, grid)
    found = round_to_nearest(weights, grid)
    levels = np.arange(grid.least, grid.most + 1)
    low = np.zeros_like(scales) if minimums is None else minimums
    ladder = (scales[..., None] * levels + low[..., None]).reshape(-1, 1, levels.size)
    nearest = np.abs(grouped(weights, group)[..., None] - ladder).min(axis=-1)
    np.testing.assert_allclose(
        grouped(np.abs(found.values() - weights), group), nearest, atol=1e-7, rtol=1e-4
    )


def test_a_worked_group():
    found = round_to_nearest(np.array([[-1.0, 0.0, 0.5, 2.0]]), Grid(2, 4))
    assert found.scales.tolist() == [[1.0]]
    assert found.minimums is not None
    assert found.minimums.tolist() == [[-1.0]]
    assert found.codes.tolist() == [[0, 1, 2, 3]]  # 0.5 lies midway: to the even code
    assert found.values().tolist() == [[-1.0, 0.0, 1.0, 2.0]]
    symmetric = round_to_nearest(np.array([[-7.0, 3.4, 0.0, 6.6]]), Grid(4, symmetric=True))
    assert symmetric.codes.tolist() == [[-7, 3, 0, 7]]
    assert symmetric.minimums is None


def test_with_a_zero_point_zero_is_on_the_grid():
    weights = drawn() + 0.05
    weights[0, 0] = 0
    found = round_to_nearest(weights, Grid(4, 16, zero_point=True))
    assert found.values()[0, 0] == 0
    assert found.minimums is not None
    points = -found.minimums / found.scales
    np.testing.assert_allclose(points, np.rint(points), atol=1e-5)
    assert points.min() >= 0
    assert points.max() <= 15


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("value", [0.0, 0.25, -3.0])
def test_a_group_of_equal_weights_is_exact(value, kind):
    weights = np.full((2, 32), value, np.float32)
    found = round_to_nearest(weights, Grid(4, 16, **kind)).values()
    np.testing.assert_allclose(found, weights, rtol=2**-11)
    exact = round_to_nearest(weights + 0.1, Grid(4, 16, scale_bits=32)).values()
    np.testing.assert_array_equal(exact, weights + np.float32(0.1))


def test_scales_are_numbers_of_the_width_that_is_counted():
    found = round_to_nearest(drawn(), Grid(4, 16))
    assert found.minimums is not None
    for numbers in (found.scales, found.minimums):
        np.testing.assert_array_equal(numbers, numbers.astype(np.float16))


@pytest.mark.parametrize(
    ("grid", "name"),
    [
        (Grid(4, 32), "q4_1"),
        (Grid(8, 32, symmetric=True), "q8_0"),
        (Grid(4, 32, symmetric=True), "q4_0"),
        (Grid(4, 128, zero_point=True), "int4-g128"),
        (Grid(8, 128, zero_point=True), "int8-g128"),
    ],
)
def test_the_bytes_are_those_of_the_format_of_that_grid(grid, name):
    found = round_to_nearest(drawn(inputs=256), grid)
    assert found.bits_per_weight == 8 * number_format(name).bytes_per_value
    assert found.bytes == number_format(name).bytes_per_value * found.codes.size


def test_bytes_of_rows_and_of_a_whole_matrix():
    weights = drawn(6, 64)
    assert round_to_nearest(weights, Grid(8, symmetric=True)).bytes == 6 * 64 + 6 * 2
    assert round_to_nearest(weights, Grid(2, "tensor")).bytes == 6 * 64 // 4 + 4
    assert (
        round_to_nearest(weights[:1, :3], Grid(3, "tensor", symmetric=True)).bytes == 4
    )  # 25 bits


def test_codes_of_one_column_take_the_scales_of_its_group():
    weights, grid = drawn(), Grid(4, 16)
    whole = round_to_nearest(weights, grid)
    assert whole.minimums is not None
    column = nearest_codes(
        weights[:, 20:21], whole.scales[:, 1:2], whole.minimums[:, 1:2], grid=grid
    )
    np.testing.assert_array_equal(column, whole.codes[:, 20:21])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"bits": 1}, "bits must be a whole number from 2 to 8, got 1"),
        ({"bits": 9}, "from 2 to 8, got 9"),
        ({"bits": 4, "group": 0}, "group must be a whole number from 1, got 0"),
        ({"bits": 4, "group": "row"}, 'a group is a number, "channel" or "tensor"'),
        ({"bits": 4, "scale_bits": 8}, "scales take 16 or 32 bits, got 8"),
        ({"bits": 4, "symmetric": True, "zero_point": True}, "no zero point"),
    ],
)
def test_a_grid_that_cannot_be_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Grid(**arguments)


@pytest.mark.parametrize(
    ("weights", "grid", "message"),
    [
        (drawn(2, 576), Grid(4, 128), "a group of 128 does not divide rows of 576: take 96 or 144"),
        (drawn(2, 64), Grid(4, 128), 'take 64, or "channel"'),
        (np.array([[1.0, np.nan, np.inf]]), Grid(4), r"weight \[0, 1\] is nan.*\(2 of 3 are not\)"),
        (np.array([[1.0, -np.inf]]), Grid(4), r"weight \[0, 1\] is -inf"),
        (np.ones((0, 4)), Grid(4), r"a matrix \[out, in\], got one of shape \(0, 4\)"),
        (np.full((1, 4), 1e6), Grid(4), "above float16's 65,504: take scale_bits=32"),
    ],
)
def test_weights_that_have_no_grid_are_refused(weights, grid, message):
    with pytest.raises(ValueError, match=message):
        round_to_nearest(weights, grid)


@pytest.mark.model
def test_the_shipped_weights_lie_on_an_asymmetric_grid_of_four_bits_and_groups_of_32(lm):
    grid = Grid(4, 32)
    matrices = [
        matrix for layer in lm.weights["layers"] for matrix in layer.values() if matrix.ndim == 2
    ]
    assert len(matrices) == 210
    for matrix in matrices:
        np.testing.assert_array_equal(round_to_nearest(matrix, grid).values(), matrix)
