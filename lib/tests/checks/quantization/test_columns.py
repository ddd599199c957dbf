from itertools import islice

import numpy as np
import pytest

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.quantization.columns import round_column

CASES = (*round_column.cases, *islice(drawn_cases(round_column, "same"), 100))


def loss(off, hessian):
    return off @ hessian @ off


def test_no_other_move_of_the_columns_to_come_errs_less():
    """The step of GPTQ is the optimum of the columns to come, with the Hessian of those left."""
    rng = np.random.default_rng(11)
    for weights, inverse, column, value in CASES:
        hessian = np.linalg.inv(np.array(inverse)[column:, column:])
        off = np.array(round_column(weights, inverse, column, value))[column:] - weights[column:]
        least = loss(off, hessian)
        assert least == pytest.approx(off[0] ** 2 / inverse[column][column])
        for _ in range(5):
            other = off + np.array([0, *rng.normal(0, 0.05, len(off) - 1)])
            assert loss(other, hessian) >= least - 1e-12


def test_columns_that_are_done_stay():
    for weights, inverse, column, value in CASES:
        row = round_column(weights, inverse, column, value)
        assert row[:column] == weights[:column]
        assert row[column] == value
        assert len(row) == len(weights)


def test_every_inverse_is_one_of_a_hessian():
    for _, inverse, *_ in CASES:
        assert np.allclose(inverse, np.transpose(inverse))
        assert np.linalg.eigvalsh(inverse).min() > 0
