from itertools import islice

import numpy as np
import pytest

from tokenworks.checks.generation.probabilities import mass_misplaced, softmax
from tokenworks.checks.hidden import drawn_cases
from tokenworks.model.sampling import Sampling, probabilities


def test_softmax_agrees_with_the_models_own():
    for logits, temperature in (*softmax.cases, *islice(drawn_cases(softmax, "same"), 100)):
        sampling = Sampling(temperature=float(temperature))
        wanted = probabilities(np.array(logits), sampling)
        np.testing.assert_allclose(softmax(logits, temperature), wanted, rtol=1e-9)


def test_softmax_is_stable_and_greedy_at_zero():
    np.testing.assert_allclose(
        softmax([1000.0, 999.0], 1.0), [1 / (1 + np.exp(-1)), 1 / (1 + np.exp(1))]
    )
    assert softmax([0.3, 2.5, 2.5], 0) == [0, 1, 0]


def test_drawn_logits_lose_nothing_in_32_bits():
    for logits, temperature in islice(drawn_cases(softmax, "exact"), 100):
        assert np.float32(logits).tolist() == logits
        shares = np.array(softmax(logits, temperature))
        assert ((shares == 0) | (shares > 1e-20)).all()  # none that 32 bits round to 0


def test_numpy_variants_give_nan_where_python_raises():
    told = {wrong.__name__: wrong for wrong in softmax.wrong}
    assert np.isnan(told["_unshifted"]([1000.0, 999.0], 1.0)).any()
    assert np.isnan(told["_divided"]([1.0, 0.0], 0)).any()
    assert np.isnan(told["_unshifted"]([-1000.0, -999.0], 1.0)).all()


@pytest.mark.filterwarnings("ignore:.*(overflow|divide|invalid):RuntimeWarning")
def test_numpy_variants_do_what_numpy_does():
    told = {wrong.__name__: wrong for wrong in softmax.wrong}
    for logits, temperature in (*softmax.cases, *islice(drawn_cases(softmax, "NumPy"), 100)):
        given, by_numpy = np.array(logits), np.float64(temperature)
        unshifted = np.exp(given / (by_numpy or 1))
        if temperature:
            wanted = unshifted / unshifted.sum()
            np.testing.assert_allclose(told["_unshifted"](logits, temperature), wanted)
        divided = np.exp((given - given.max()) / by_numpy)
        np.testing.assert_allclose(
            told["_divided"](logits, temperature), divided / divided.sum(), atol=1e-300
        )


def test_a_variant_without_a_shift_raises_in_plain_python():
    with pytest.raises(OverflowError):
        softmax.wrong[2]([1000.0, 999.0], 1.0)


def test_misplaced_mass_is_counted_once():
    assert mass_misplaced([0.5, 0.5, 0.0], [0.25, 0.5, 0.25]) == 0.25
