import numpy as np
import pytest

from tokenworks.quantization import prune_magnitude, prune_two_of_four, two_of_four_bytes


def drawn(rows=6, inputs=32, seed=0):
    return np.random.default_rng(seed).normal(size=(rows, inputs)).astype(np.float32)


@pytest.mark.parametrize("share", [0, 0.25, 0.5, 0.99])
def test_the_smallest_share_goes_and_nothing_else_changes(share):
    weights = drawn()
    found = prune_magnitude(weights, share)
    gone = found == 0
    assert gone.sum() == int(share * weights.size)
    np.testing.assert_array_equal(found[~gone], weights[~gone])
    assert np.abs(weights[gone]).max(initial=0) <= np.abs(weights[~gone]).min()
    assert weights.all()  # what was given is as it was


def test_of_every_four_the_two_largest_stay():
    weights = drawn()
    found = prune_two_of_four(weights).reshape(-1, 4)
    fours = weights.reshape(-1, 4)
    for kept, four in zip(found, fours, strict=True):
        wanted = sorted(four, key=abs)[2:]
        assert sorted(kept[kept != 0]) == sorted(wanted)


def test_of_equal_weights_the_first_stay():
    assert prune_two_of_four(np.ones((1, 4))).tolist() == [[1, 1, 0, 0]]
    assert prune_magnitude(np.ones((1, 4)), 0.5).tolist() == [[1, 1, 0, 0]]


def test_two_of_four_costs_more_error_than_half_wherever_it_is():
    weights = drawn(64, 64)
    anywhere, pattern = (
        np.square(found - weights).sum()
        for found in (prune_magnitude(weights, 0.5), prune_two_of_four(weights))
    )
    assert anywhere < pattern


def test_bytes_with_the_places():
    assert two_of_four_bytes(8, 64) == 8 * 64 * 2 * 9 / 16
    assert two_of_four_bytes(8, 64, bits=8) == 8 * 64 * 5 / 8


def test_shares_and_rows_that_cannot_be_are_refused():
    for share in (1, -0.1, 1.5):
        with pytest.raises(ValueError, match="share must be a finite number from 0 to below 1"):
            prune_magnitude(drawn(), share)
    for refused in (lambda: prune_two_of_four(drawn(2, 6)), lambda: two_of_four_bytes(2, 6)):
        with pytest.raises(ValueError, match="rows of whole fours, got 6"):
            refused()
