import numpy as np
import pytest

from tokenworks.model import GREEDY, Sampling, generate, nbytes
from tokenworks.speculation import ModelDraft, early_exit, quantized_draft

HOT = Sampling(temperature=2.0, top_k=40)


def propose(sequence, ids, count=3, *, sampling=GREEDY, seed=0):
    return sequence.propose(ids, count, sampling=sampling, rng=np.random.default_rng(seed))


def test_the_whole_model_as_its_own_draft_says_what_the_model_says(tiny):
    ids = generate(tiny, [3, 4, 5], max_tokens=12, sampling=GREEDY, ignore_eos=True).ids
    whole = early_exit(tiny, tiny.spec.n_layers)
    found = propose(whole.start([3, 4, 5]), [3, 4, 5], 12)
    assert found.tokens.tolist() == ids
    assert found.probs is None


@pytest.mark.parametrize("sampling", [GREEDY, HOT])
def test_rolling_back_leaves_no_trace(tiny, sampling):
    draft, ids = early_exit(tiny, 1), [3, 4, 5]
    sequence = draft.start(ids)
    for seed, taken in enumerate([0, 2, 3, 1, 0, 3]):
        kept = propose(sequence, ids, 3, sampling=sampling, seed=seed)
        fresh = propose(draft.start(ids), ids, 3, sampling=sampling, seed=seed)
        assert kept.tokens.tolist() == fresh.tokens.tolist()
        if sampling is HOT:
            np.testing.assert_allclose(kept.probs, fresh.probs, atol=1e-4)
        ids = [*ids, *kept.tokens.tolist()[:taken], 7 + seed]  # the model's own token differs


def test_tokens_that_came_without_being_drafted_are_caught_up_with(tiny):
    draft, ids = early_exit(tiny, 1), [3, 4, 5]
    sequence = draft.start(ids)
    propose(sequence, ids)
    ids += [(7 * i) % 200 + 3 for i in range(23)]  # more than one pass catches up with
    assert propose(sequence, ids).tokens.tolist() == propose(draft.start(ids), ids).tokens.tolist()


def test_what_is_drawn_comes_with_the_distribution_it_was_drawn_from(tiny):
    found = propose(early_exit(tiny, 1).start([3]), [3], 4, sampling=HOT)
    assert found.probs is not None
    np.testing.assert_allclose(found.probs.sum(axis=1), 1)
    assert (found.probs > 0).sum(axis=1).tolist() == [40] * 4
    assert all(found.probs[i, token] > 0 for i, token in enumerate(found.tokens))
    one = propose(early_exit(tiny, 1).start([3]), [3], 4, sampling=HOT)
    np.testing.assert_array_equal(one.tokens, found.tokens)


def test_an_early_exit_shares_the_weights(tiny):
    draft = early_exit(tiny, 1)
    assert isinstance(draft, ModelDraft)
    assert draft.vocab_size == tiny.spec.vocab_size
    assert draft.weights["layers"][0] is tiny.fused["layers"][0]
    assert draft.weights["embed"] is tiny.fused["embed"]
    assert len(draft.start([3])._cache) == 1


def test_a_quantized_draft_is_smaller_and_nearly_the_model(tiny):
    ids = generate(tiny, [3, 4, 5], max_tokens=4, sampling=GREEDY, ignore_eos=True).ids
    draft = quantized_draft(tiny)
    assert nbytes(draft.weights["layers"]) < 0.3 * nbytes(tiny.fused["layers"])
    assert propose(draft.start([3, 4, 5]), [3, 4, 5], 1).tokens.tolist() == ids[:1]


@pytest.mark.parametrize("layers", [0, 3])
def test_layers_that_the_model_has_not_are_refused(tiny, layers):
    with pytest.raises(
        ValueError, match=f"layers must be a whole number from 1 to 2, got {layers}"
    ):
        early_exit(tiny, layers)


def test_other_bits_are_refused(tiny):
    with pytest.raises(ValueError, match="8 or two of 4 bits, got 2"):
        quantized_draft(tiny, 2)
