import numpy as np
import pytest

from tokenworks.quantization import (
    Grid,
    fold_norms,
    gptq_layer,
    gptq_matrix,
    gptq_oracle,
    layer_inputs,
    moments,
    output_error,
    round_to_nearest,
)
from tokenworks.quantization.calibration import quantize_layers
from tokenworks.quantization.folding import READERS
from tokenworks.quantization.gptq import inverse_rows

GRIDS = [
    Grid(4, 16, symmetric=True),
    Grid(3, 32),
    Grid(4, 16, zero_point=True),
    Grid(3, "channel"),
    Grid(3, "tensor"),
]


def drawn(rows=12, inputs=160, seed=0):
    """Return weights and the second moments of inputs that depend on each other."""
    rng = np.random.default_rng(seed)
    mixed = rng.normal(size=(400, inputs)) @ rng.normal(size=(inputs, inputs))
    return rng.normal(size=(rows, inputs)), mixed.T @ mixed


@pytest.mark.parametrize("act_order", [True, False])
@pytest.mark.parametrize("grid", GRIDS, ids=str)
def test_blocks_and_cholesky_give_what_the_inverse_at_every_column_gives(grid, act_order):
    weights, second = drawn()  # 160 columns: more than a block
    ours = gptq_matrix(weights, second, grid, act_order=act_order)
    theirs = gptq_oracle(weights, second, grid, act_order=act_order)
    np.testing.assert_array_equal(ours.codes, theirs.codes)
    np.testing.assert_allclose(ours.values(), theirs.values(), rtol=1e-12)
    assert ours.bytes == round_to_nearest(weights, grid).bytes
    rounded = round_to_nearest(weights, grid).values()
    error = output_error(ours.values() - weights, weights, second)
    assert error < 0.7 * output_error(rounded - weights, weights, second)


def test_rows_of_the_inverse_are_those_of_what_is_left():
    _, second = drawn(inputs=12)
    rows = inverse_rows(second)
    np.testing.assert_allclose(np.triu(rows), rows)
    np.testing.assert_allclose(rows.T @ rows, np.linalg.inv(second), rtol=1e-6)
    for at in range(12):
        left = np.linalg.inv(second[at:, at:])
        np.testing.assert_allclose(rows[at, at:], left[0] / np.sqrt(left[0, 0]), rtol=1e-6)


def test_inputs_without_correlation_have_nothing_to_make_up_for():
    weights, _ = drawn()
    second = np.diag(np.arange(1.0, 161))
    ours = gptq_matrix(weights, second, Grid(3, 32))
    np.testing.assert_array_equal(ours.codes, round_to_nearest(weights, Grid(3, 32)).codes)


def test_two_columns_by_hand():
    """The first is 0.4 too high; their inputs rise together, so the second goes down by a half."""
    grid = Grid(2, "channel", symmetric=True, scale_bits=32)  # levels -1, 0, 1
    weights = np.array([[0.6, 0.65, 1.0]])
    second = np.array([[2.0, 1, 0], [1, 2, 0], [0, 0, 2]])
    found = gptq_matrix(weights, second, grid, damping=1e-9, act_order=False)
    np.testing.assert_array_equal(round_to_nearest(weights, grid).codes, [[1, 1, 1]])
    np.testing.assert_array_equal(found.codes, [[1, 0, 1]])  # 0.65 - 0.4 / 2 = 0.45


def test_a_channel_that_never_fires_keeps_its_nearest_code():
    weights, second = drawn()
    second[5] = second[:, 5] = 0
    found = gptq_matrix(weights, second, Grid(4, 32))
    np.testing.assert_array_equal(
        found.codes[:, 5], round_to_nearest(weights, Grid(4, 32)).codes[:, 5]
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"second": np.eye(3)}, "160 × 160, finite"),
        ({"second": np.full((160, 160), np.nan)}, "finite and not all 0"),
        ({"second": np.zeros((160, 160))}, "not all 0"),
        ({"damping": 0}, "damping must be a finite number above 0"),
        ({"grid": Grid(4, 128)}, "128 does not divide rows of 160"),
        ({"weights": np.full((2, 160), np.inf)}, "only finite weights"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bad_input_is_refused(change, message):
    weights, second = drawn()
    given = {"weights": weights, "second": second, "grid": Grid(4, 32)} | change
    with pytest.raises(ValueError, match=message):
        gptq_matrix(**given)


def test_first_tokens_count_as_often_as_asked(tiny):
    """The error of a window's first token falls with its weight, and that of the rest rises."""
    layer, grid = fold_norms(tiny.weights)["layers"][0], Grid(3, 16)
    ids = np.arange(96).reshape(6, 16)
    inputs = layer_inputs(tiny.weights["embed"][ids], layer, tiny.spec)
    errors = []
    for weight in (0, 1, 1000):
        found = gptq_layer(layer, inputs, grid=grid, first_weight=weight)
        change, exact = np.asarray(found["w_up"] - layer["w_up"]), np.asarray(layer["w_up"])
        for x in (inputs["w_gate"][:, :1], inputs["w_gate"][:, 1:]):
            errors.append(output_error(change, exact, moments(x).second))
    first, rest = errors[::2], errors[1::2]
    assert first[2] < first[1] < first[0]
    assert rest[0] <= rest[2]
    with pytest.raises(ValueError, match="first_weight must be a finite number from 0"):
        gptq_layer(layer, inputs, grid=grid, first_weight=-1)


@pytest.mark.model
def test_the_error_of_a_real_layer_falls_in_every_matrix(lm):
    weights, grid = fold_norms(lm.weights), Grid(4, 64, symmetric=True)
    ids = np.asarray([lm.tokenizer.encode("The quick brown fox jumps over the lazy dog. " * 24)])
    checked = []

    def one(layer, inputs):
        found = gptq_layer(layer, inputs, grid=grid)
        for reader, names in READERS.items():
            second = moments(inputs[reader]).second
            for name in names:
                exact = np.asarray(layer[name])
                rounded = round_to_nearest(exact, grid).values()
                ours = output_error(found[name] - exact, exact, second)
                checked.append(ours / output_error(rounded - exact, exact, second))
        return found

    first = {**weights, "layers": weights["layers"][:1]}
    quantize_layers(first, lm.spec, ids, quantize_layer=one)
    assert len(checked) == 7
    assert max(checked) < 0.5
