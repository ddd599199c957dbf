"""The law of the text is the model's own: enumerated, drawn through the loop, refuted when wrong.

Chi-square against the exact law; cells in which fewer than 5 draws are expected are put together.
"""

from __future__ import annotations

from functools import partial
from itertools import product

import numpy as np
import pytest
from jax.scipy.stats import chi2

from tokenworks.model import Sampling, draw, order
from tokenworks.speculation import (
    Speculation,
    Verdict,
    acceptance,
    early_exit,
    loop,
    output_law,
    plain_law,
    residual,
    speculate,
    verify,
)

from .laws import from_p, largest_gap
from .remembered import Remembered, RememberedDraft, narrowed

PROMPT = "The weather in the mountains"
DRAWS = 21_000  # next tokens
FEW_DRAWS = 6_000  # refute what is wrong
WIDTH = 10  # tokens of the narrowed vocabulary
pytestmark = pytest.mark.model


def p_value(counts: dict, law: dict) -> float:
    """Return how likely counts at least as far from the law are, if they were drawn from it."""
    total, keys = sum(counts.values()), sorted(law, key=lambda key: law[key])
    observed = np.array([counts.get(key, 0) for key in keys], float)
    expected = total * np.array([law[key] for key in keys])
    assert observed.sum() == total, "something came that the law does not know"
    few = max(int((expected < 5).sum()), int((np.cumsum(expected) < 5).sum()) + 1)
    observed = np.array([observed[:few].sum(), *observed[few:]])
    expected = np.array([expected[:few].sum(), *expected[few:]])
    assert expected.size > 1
    assert expected.min() >= 5
    return float(chi2.sf(((observed - expected) ** 2 / expected).sum(), expected.size - 1))


@pytest.fixture(scope="module")
def prompt(lm):
    return lm.tokenizer.encode(PROMPT)


def remembered_pair(lm, prompt):
    """Return the model and its first half, both after the prompt."""
    half = early_exit(lm, lm.spec.n_layers // 2)
    return Remembered(lm.fused, lm.spec, prompt), Remembered(half.weights, half.spec, prompt)


def test_enumerated_on_the_real_model_with_top_k_5_and_gamma_2(lm, prompt):
    sampling = Sampling(temperature=1.0, top_k=5)
    model, half = remembered_pair(lm, prompt)
    target, draft = model.law(sampling), half.law(sampling)
    first = [int(i) for i in np.flatnonzero(target(()) + draft(()))]
    for each in (model, half):
        each.learn((token,) for token in first)
    second = {(a, int(b)) for a in first for b in np.flatnonzero(target((a,)) + draft((a,)))}
    model.learn(sorted(second))
    found, plain = output_law(target, draft, 2), plain_law(target, 3)
    assert len(plain) == 125
    print("largest difference of two laws:", gap := largest_gap(found, plain))
    assert gap < 1e-12
    assert largest_gap(output_law(target, draft, 2, replace=from_p), plain) > 1e-3


@pytest.fixture(scope="module")
def narrow(lm, prompt):
    """Return the real model over ten tokens, and its logits and its draft's after short texts."""
    law = Remembered(lm.fused, lm.spec, prompt).law(Sampling())
    small = narrowed(lm, order(law(()))[:WIDTH].tolist())
    ids = np.random.default_rng(0).integers(0, WIDTH, 6).tolist()
    model, half = remembered_pair(small, ids)
    for each in (model, half):
        each.learn(product(range(WIDTH), repeat=2))
    return small, model, half


def texts_of_the_loop(narrow, monkeypatch, *, check=verify, draws=DRAWS):
    """Return how often each text of three tokens came through `speculate`, gamma 2, at T = 1."""
    small, model, half = narrow

    def run(self, guesses, tree=None):
        known = tuple(self.ids[len(model.prompt) :])
        rows = [model.logits(known + tuple(guesses[:i])) for i in range(len(guesses) + 1)]
        return np.stack(rows), np.zeros((len(rows), 1))

    nothing = np.zeros((0, small.spec.d_model), np.float32), None
    monkeypatch.setattr(loop, "verify", check)
    monkeypatch.setattr(loop.ModelText, "run", run)
    monkeypatch.setattr(loop, "prefill_states", lambda weights, spec, ids: nothing)
    speculation, counts = Speculation(RememberedDraft(half), 2), {}
    for seed in range(draws // 3):
        sampling = Sampling(temperature=1.0, seed=seed)
        found = speculate(small, model.prompt, speculation, max_tokens=3, sampling=sampling)
        counts[tuple(found.ids)] = counts.get(tuple(found.ids), 0) + 1
    return counts


def test_the_texts_of_the_loop_have_the_models_law(narrow, monkeypatch):
    law = plain_law(narrow[1].law(Sampling(temperature=1.0)), 3)
    counts = texts_of_the_loop(narrow, monkeypatch)
    assert 3 * sum(counts.values()) == DRAWS
    print("p-value of", DRAWS, "tokens through the loop:", p := p_value(counts, law))
    assert p > 0.01


def test_plain_sampling_passes_the_same_test(narrow):
    law = plain_law(narrow[1].law(Sampling(temperature=1.0)), 3)
    rng, counts, texts = np.random.default_rng(5), {}, list(law)
    for i in rng.choice(len(texts), DRAWS // 3, p=np.array(list(law.values())) / sum(law.values())):
        counts[texts[i]] = counts.get(texts[i], 0) + 1
    assert p_value(counts, law) > 0.01


def scalar_verify(draft, target_probs, rng):
    """Verify as it is often printed: the one number q(x) is taken off every p."""
    for i, token in enumerate(draft.tokens.tolist()):
        p, q = target_probs[i], draft.probs[i]
        if rng.random() >= p[token] / q[token]:
            left = np.maximum(p - q[token], 0)
            left = left / left.sum() if left.any() else p
            return Verdict(i, draw(left, rng.random()))
    return Verdict(len(draft.tokens), draw(target_probs[-1], rng.random()))


@pytest.mark.parametrize("wrong", [partial(verify, replace=from_p), scalar_verify])
def test_a_wrong_residual_is_refuted(narrow, monkeypatch, wrong):
    law = plain_law(narrow[1].law(Sampling(temperature=1.0)), 3)
    p = p_value(texts_of_the_loop(narrow, monkeypatch, check=wrong, draws=FEW_DRAWS), law)
    print("p-value of a wrong residual:", p)
    assert p < 1e-6


def drawn(p, q, *, rule=None):
    """Draw 20,000 next tokens from q over the whole vocabulary, judge them and replace rejected."""
    rng = np.random.default_rng(11)
    guesses = rng.choice(q.size, 20_000, p=q)
    stands = rng.random(guesses.size) < acceptance(p, q)[guesses]
    left = residual(p, q) if rule is None else rule(p, q)
    tokens = np.where(stands, guesses, rng.choice(p.size, guesses.size, p=left))
    ids, counts = np.unique(tokens, return_counts=True)
    return dict(zip(ids.tolist(), counts.tolist(), strict=True))


def test_over_the_whole_vocabulary_at_temperature_1(lm, prompt):
    model, half = remembered_pair(lm, prompt)
    p, q = model.law(Sampling())(()), half.law(Sampling())(())
    assert np.count_nonzero(p) > 40_000
    law = dict(enumerate(p.tolist()))
    right, wrong = p_value(drawn(p, q), law), p_value(drawn(p, q, rule=from_p), law)
    print("p-value of 20,000 tokens over the whole vocabulary:", right, "drawn from p:", wrong)
    assert right > 0.01
    assert wrong < 1e-6
