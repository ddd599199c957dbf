import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenworks.model import Sampling, draw, probabilities, survivors
from tokenworks.model.sampling import _until, log_probabilities

LOGITS = np.log(np.array([0.1, 0.4, 0.05, 0.3, 0.15]))


def shares(**settings):
    return probabilities(LOGITS, Sampling(**settings))


def test_temperature_one_is_softmax():
    np.testing.assert_allclose(shares(), [0.1, 0.4, 0.05, 0.3, 0.15])
    assert shares().dtype == np.float64


def test_log_probabilities_bear_large_logits():
    found = log_probabilities(np.array([1000.0, 1000.0 + np.log(3)], np.float32))
    np.testing.assert_allclose(np.exp(found), [0.25, 0.75], rtol=1e-4)  # 1000 in float32


def test_temperature_half_squares_the_odds():
    squares = np.array([0.01, 0.16, 0.0025, 0.09, 0.0225])
    np.testing.assert_allclose(shares(temperature=0.5), squares / squares.sum())


def test_temperature_zero_is_the_first_best_token():
    np.testing.assert_array_equal(shares(temperature=0), [0, 1, 0, 0, 0])
    tied = probabilities(np.array([1.0, 3.0, 3.0]), Sampling(temperature=0))
    np.testing.assert_array_equal(tied, [0, 1, 0])


def test_top_k_keeps_exactly_k_and_breaks_ties_by_lower_id():
    np.testing.assert_allclose(shares(top_k=2), [0, 4 / 7, 0, 3 / 7, 0])
    tied = probabilities(np.zeros(4), Sampling(top_k=3))
    np.testing.assert_allclose(tied, [1 / 3, 1 / 3, 1 / 3, 0])
    np.testing.assert_allclose(shares(top_k=99), shares())


def test_top_p_keeps_the_token_that_crosses():
    np.testing.assert_allclose(shares(top_p=0.5), [0, 4 / 7, 0, 3 / 7, 0])
    np.testing.assert_allclose(shares(top_p=0.39), [0, 1, 0, 0, 0])
    np.testing.assert_allclose(shares(top_p=1.0), shares())


def test_min_p_is_relative_to_the_best():
    np.testing.assert_allclose(shares(min_p=0.3), [0, 0.4 / 0.85, 0, 0.3 / 0.85, 0.15 / 0.85])


def test_each_filter_sees_the_survivors_of_the_one_before():
    # top-k 3 leaves 0.4, 0.3, 0.15 of 0.85: the best alone is 0.47, so 0.45 keeps one token
    np.testing.assert_allclose(shares(top_k=3, top_p=0.45), [0, 1, 0, 0, 0])
    np.testing.assert_allclose(shares(top_p=0.45), [0, 4 / 7, 0, 3 / 7, 0])


def test_survivors_are_ordered_by_probability_then_id():
    assert survivors(shares(top_k=3)).tolist() == [1, 3, 4]
    assert survivors(probabilities(np.zeros(3), Sampling())).tolist() == [0, 1, 2]


def test_draw_walks_the_inverse_cdf():
    probs = np.array([0.1, 0.4, 0.05, 0.3, 0.15])
    us = [0.0, 0.39, 0.41, 0.69, 0.71, 0.84, 0.86, 0.94, 0.96, 1 - 1e-16]
    assert [draw(probs, u) for u in us] == [1, 1, 3, 3, 4, 4, 0, 0, 2, 2]


def test_draw_survives_a_sum_just_below_one():
    assert draw(np.array([0.5, 0.5 - 1e-12]), 1 - 1e-15) == 1


def slow(logits, sampling, u):
    """The definition, with the whole vocabulary sorted and Python loops: the oracle."""
    probs = np.exp((logits - logits.max()) / sampling.temperature)
    ids = sorted(range(len(probs)), key=lambda i: (-probs[i], i))[: sampling.top_k]
    kept, better, total = [], 0.0, sum(probs[i] for i in ids)
    for i in ids:
        if better >= sampling.top_p:
            break
        kept.append(i)
        better += probs[i] / total
    kept = [i for i in kept if probs[i] >= sampling.min_p * probs[kept[0]]]
    running, total = 0.0, sum(probs[i] for i in kept)
    for i in kept:
        running += probs[i] / total
        if running > u:
            return kept, i
    raise AssertionError


@pytest.mark.parametrize("seed", range(12))
def test_a_large_vocabulary_agrees_with_the_definition(seed):
    rng = np.random.default_rng(seed)
    logits = np.round(rng.normal(0, 0.5 + seed / 4, 6000), 2)  # rounded, so that ties occur
    top_k, top_p = [(None, 1.0), (700, 1.0), (None, 0.83), (700, 0.83)][seed % 4]
    sampling = Sampling(temperature=0.8, top_k=top_k, top_p=top_p, min_p=[0, 0.013][seed % 2])
    probs, u = probabilities(logits, sampling), rng.random()
    ids, drawn = slow(logits, sampling, u)
    assert survivors(probs).tolist() == ids
    assert draw(probs, u) == drawn


def test_draws_follow_the_distribution():
    rng = np.random.default_rng(1)
    drawn = [draw(shares(), rng.random()) for _ in range(20000)]
    observed = np.bincount(drawn, minlength=5) / len(drawn)
    np.testing.assert_allclose(observed, shares(), atol=0.015)  # 4 standard errors


@given(
    st.lists(st.floats(-30, 30).map(lambda x: round(x, 3)), min_size=1, max_size=40),
    st.builds(
        Sampling,
        temperature=st.floats(0, 5),
        top_k=st.none() | st.integers(1, 50),
        top_p=st.floats(0.001, 1),
        min_p=st.floats(0, 0.999),
    ),
)
def test_any_setting_gives_a_distribution_that_keeps_the_best(logits, sampling):
    scores = np.array(logits)
    probs = probabilities(scores, sampling)
    assert probs.min() >= 0
    assert probs.sum() == pytest.approx(1)
    assert probs[scores.argmax()] == probs.max() > 0
    assert probs[draw(probs, 0.999)] > 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"temperature": -0.1}, "temperature must be a finite number from 0, got -0.1"),
        ({"temperature": float("nan")}, "temperature must be"),
        ({"top_k": 0}, "top_k must be a whole number from 1, got 0"),
        ({"top_p": 0.0}, r"top_p must be a finite number above 0 and at most 1, got 0\.0"),
        ({"top_p": 1.01}, "top_p must be"),
        ({"min_p": 1.0}, r"min_p must be a finite number from 0 to below 1, got 1\.0"),
        ({"min_p": -0.5}, "min_p must be"),
        ({"seed": -1}, "seed must be a whole number from 0, got -1"),
    ],
)
def test_impossible_settings_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        Sampling(**settings)


def test_what_a_filter_took_out_is_not_even_sorted():
    probs = np.zeros(5000)
    probs[[4000, 7, 123]] = 0.5, 0.25, 0.25
    ids, cumulative = _until(probs, 1.0)
    assert ids.tolist() == [4000, 7, 123]
    assert cumulative.tolist() == [0.5, 0.75, 1.0]
