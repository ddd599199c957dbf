import numpy as np
import pytest

from tokenworks.model import forward
from tokenworks.quantization import (
    reference_states,
    scores,
    states_of,
    token_scores,
    token_sets,
)
from tokenworks.quantization.evaluation import RARE_FROM, TokenScores

WINDOWS = np.array([[3, 14, 15, 92, 65, 35, 89], [79, 32, 38, 46, 26, 43, 38]])


@pytest.fixture
def exact(tiny):
    return reference_states(states_of(tiny.weights, tiny.spec), WINDOWS)


@pytest.fixture
def other(tiny):
    """Return a model whose head reads states that differ."""
    return lambda ids: states_of(tiny.weights, tiny.spec)(ids) * 0.8


def log_probabilities(weights, spec, factor=1.0):
    logits = np.asarray(forward(weights, spec, WINDOWS), np.float64)[:, :-1] * factor
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))


def test_the_float_model_agrees_with_itself(tiny, exact):
    found = scores(token_scores(tiny.weights["embed"], WINDOWS, exact, reference=exact))
    assert found.tokens == 12
    assert found.agreement == 1
    assert found.kl_nats == pytest.approx(0, abs=1e-7)
    said = log_probabilities(tiny.weights, tiny.spec)
    nats = -np.take_along_axis(said, WINDOWS[:, 1:, None], axis=2)
    assert found.perplexity == pytest.approx(np.exp(nats.mean()), rel=1e-5)


def test_another_model_is_judged_as_the_formulas_say(tiny, exact, other):
    states = reference_states(other, WINDOWS)
    found = token_scores(tiny.weights["embed"], WINDOWS, states, reference=exact)
    theirs = log_probabilities(tiny.weights, tiny.spec)
    ours = log_probabilities(tiny.weights, tiny.spec, factor=0.8)
    np.testing.assert_allclose(
        found.kl_nats, np.sum(np.exp(theirs) * (theirs - ours), axis=2), rtol=1e-3, atol=1e-6
    )
    wanted = -np.take_along_axis(ours, WINDOWS[:, 1:, None], axis=2)[:, :, 0]
    np.testing.assert_allclose(found.nats, wanted, rtol=1e-5)
    assert found.agrees.all()  # a factor moves no maximum
    assert found.nats.dtype == np.float64


def test_a_summary_is_of_the_tokens_that_it_is_asked_for():
    of = TokenScores(
        nats=np.log([[2.0, 8.0, 5.0]]),
        kl_nats=np.array([[0.1, 0.3, 0.5]]),
        agrees=np.array([[True, False, True]]),
    )
    found = scores(of, np.array([[True, True, False]]))
    assert found.tokens == 2
    assert found.perplexity == pytest.approx(4)
    assert found.agreement == 0.5
    assert found.kl_nats == pytest.approx(0.2)
    assert found.kl_nats_p99 == pytest.approx(0.298)
    with pytest.raises(ValueError, match="no token is left"):
        scores(of, np.zeros((1, 3), bool))


def test_states_of_another_size_are_refused(tiny, exact):
    with pytest.raises(ValueError, match=r"one for each token of the windows"):
        token_scores(tiny.weights["embed"], WINDOWS, exact[:, :-1], reference=exact)


@pytest.mark.model
def test_the_tail_is_digits_rare_tokens_and_what_comes_late(lm):
    ids = lm.tokenizer.encode(
        "It costs 42 USD; nevertheless, photosynthesizing organisms flourished"
    )
    windows = np.array([ids])
    found = token_sets(lm.tokenizer, windows)
    pieces = [lm.tokenizer.token(i) for i in ids[1:]]
    assert [p for p, chosen in zip(pieces, found["digits"][0], strict=True) if chosen] == ["4", "2"]
    assert [i >= RARE_FROM for i in ids[1:]] == found["rare"][0].tolist()
    assert 0 < found["rare"].sum() < len(ids) / 2
    assert found["late"].sum() == -(-len(ids) // 2)
