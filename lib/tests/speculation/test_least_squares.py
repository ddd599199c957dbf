import numpy as np
import pytest

from tokenworks.speculation.least_squares import LeastSquares


def pairs(count=400, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, 3))
    matrix, intercept = rng.normal(size=(2, 3)), rng.normal(size=2)
    return x, x @ matrix.T + intercept, matrix, intercept


def test_a_linear_map_is_found_again_in_pieces_or_at_once():
    x, y, matrix, intercept = pairs()
    fit = LeastSquares(3, 2)
    fit.add(x[:100], y[:100])
    fit.add(x[100:], y[100:])
    found, shift = fit.solve(1e-9)
    assert fit.count == 400
    np.testing.assert_allclose(found, matrix, atol=1e-4)
    np.testing.assert_allclose(shift, intercept, atol=1e-4)


def test_nothing_linear_comes_closer():
    x, y, *_ = pairs()
    y = y + np.random.default_rng(1).normal(size=y.shape)
    fit = LeastSquares(3, 2)
    fit.add(x, y)
    matrix, intercept = fit.solve(1e-9)

    def error(moved):
        return ((x @ (matrix + moved).T + intercept - y) ** 2).sum()

    for i in range(6):
        moved = 0.01 * np.eye(1, 6, i).reshape(2, 3)
        assert error(moved) > error(0)
        assert error(-moved) > error(0)


def test_the_penalty_shrinks_the_matrix_and_leaves_the_intercept():
    x, y, _, intercept = pairs(4000)
    fit = LeastSquares(3, 2)
    fit.add(x - x.mean(0), y - y.mean(0) + intercept)
    sizes = [np.abs(fit.solve(ridge)[0]).sum() for ridge in (1e-6, 100.0, 1e6)]
    assert sizes[0] > sizes[1] > sizes[2]
    np.testing.assert_allclose(fit.solve(1e6)[1], intercept, atol=1e-3)


def test_what_cannot_be_fitted_is_refused():
    fit = LeastSquares(3, 2)
    with pytest.raises(ValueError, match="no pairs"):
        fit.solve()
    with pytest.raises(ValueError, match="3 columns and y 2"):
        fit.add(np.zeros((4, 2)), np.zeros((4, 2)))
    fit.add(np.ones((4, 3)), np.zeros((4, 2)))
    with pytest.raises(ValueError, match="ridge"):
        fit.solve(0)
