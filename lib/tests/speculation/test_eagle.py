from itertools import pairwise

import jax.numpy as jnp
import numpy as np
import pytest

from tokenworks.model import GREEDY, Sampling, generate, hidden_states
from tokenworks.speculation import Draft, DraftSequence, EagleDraft, Speculation, speculate
from tokenworks.speculation.draft_layer import self_fed_states
from tokenworks.speculation.eagle import SPARE

from .random_draft import random_draft

HOT = Sampling(temperature=2.0, top_k=7)
VOCABULARY = np.arange(0, 262, 3)
IDS = [3, 4, 5, 9, 33, 60, 7, 8]


@pytest.fixture
def draft(tiny):
    return EagleDraft(tiny, random_draft(tiny), VOCABULARY)


def states_of(lm, ids):
    return np.asarray(hidden_states(lm.weights, lm.spec, np.array([ids])))[0]


def propose(sequence, ids, count=3, *, sampling=GREEDY, seed=0):
    return sequence.propose(ids, count, sampling=sampling, rng=np.random.default_rng(seed))


def told(draft, ids, pieces=()):
    """Return a sequence that was told all states of `ids` but the last, in pieces."""
    sequence, states = draft.start(ids), states_of(draft.lm, ids)[:-1]
    ends = [0, *pieces, len(states)]
    for start, end in pairwise(ends):
        sequence.observe(states[start:end], start=start)
    return sequence


def test_it_is_a_draft(draft):
    assert isinstance(draft, Draft)
    assert isinstance(draft.start([3]), DraftSequence)
    assert draft.vocab_size == 262
    assert draft.needs_states


def test_its_tokens_are_those_of_the_layer_fed_with_itself(draft):
    lm = draft.lm
    tokens = propose(told(draft, IDS), IDS, 3).tokens.tolist()
    text = [*IDS, *tokens]
    states = np.zeros((1, len(text) - 1, lm.spec.d_model), np.float32)
    states[0, : len(IDS) - 1] = states_of(lm, IDS)[:-1]
    embedded = lm.fused["embed"][np.array([text[1:]])]
    outs = self_fed_states(draft.weights, lm.spec, jnp.asarray(states), embedded=embedded, depth=3)
    for depth in range(3):
        out = outs[depth][:, len(IDS) - 2 + depth][None]
        proposed = np.union1d(VOCABULARY, IDS)
        best = (out @ lm.fused["embed"][proposed].T).argmax()
        assert proposed[int(best)] == tokens[depth]


@pytest.mark.parametrize("sampling", [GREEDY, HOT])
def test_rolling_back_leaves_no_trace(draft, sampling):
    ids = IDS
    sequence = told(draft, ids)
    for seed, taken in enumerate([0, 2, 3, 1]):
        kept = propose(sequence, ids, 3, sampling=sampling, seed=seed)
        fresh = propose(told(draft, ids, [3]), ids, 3, sampling=sampling, seed=seed)
        assert kept.tokens.tolist() == fresh.tokens.tolist()
        if sampling is HOT:
            np.testing.assert_allclose(kept.probs, fresh.probs, atol=1e-4)
        known = len(ids) - 1
        ids = [*ids, *kept.tokens.tolist()[:taken], 7 + seed]
        sequence.observe(states_of(draft.lm, ids)[known:-1], start=known)


def test_states_that_come_in_pieces_or_twice_change_nothing(draft):
    wanted = propose(told(draft, IDS), IDS).tokens.tolist()
    assert propose(told(draft, IDS, [1, 4]), IDS).tokens.tolist() == wanted
    sequence = told(draft, IDS)
    sequence.observe(states_of(draft.lm, IDS)[2:5], start=2)
    sequence.observe(states_of(draft.lm, IDS)[4:-1], start=4)
    assert propose(sequence, IDS).tokens.tolist() == wanted
    assert propose(sequence, IDS).tokens.tolist() == wanted


def test_a_prefix_whose_states_never_came_is_done_without(draft):
    sequence, states = draft.start(IDS), states_of(draft.lm, IDS)
    sequence.observe(states[3:-1], start=3)
    assert len(propose(sequence, IDS).tokens) == 3
    again = draft.start(IDS)
    again.observe(states[:2], start=0)
    again.observe(states[3:-1], start=3)  # a gap: what stood before it is forgotten
    assert propose(again, IDS).tokens.tolist() == propose(sequence, IDS).tokens.tolist()


def test_without_the_last_state_nothing_is_guessed(draft):
    assert len(propose(draft.start(IDS), IDS).tokens) == 0
    sequence = draft.start(IDS)
    sequence.observe(states_of(draft.lm, IDS)[:4], start=0)
    assert len(propose(sequence, IDS).tokens) == 0


def test_what_is_drawn_comes_with_the_distribution_it_was_drawn_from(draft):
    found = propose(told(draft, IDS), IDS, 4, sampling=HOT)
    assert found.probs is not None
    assert found.probs.shape == (4, 262)
    np.testing.assert_allclose(found.probs.sum(axis=1), 1)
    assert (found.probs > 0).sum(axis=1).tolist() == [7] * 4
    assert all(found.probs[i, token] > 0 for i, token in enumerate(found.tokens))
    assert not np.delete(found.probs, np.union1d(VOCABULARY, IDS), axis=1).any()


def test_tokens_of_the_prompt_may_be_proposed_the_last_ones_of_many(draft):
    assert draft.spare([0, 1, 3, 2, 1, 5]) == [5, 1, 2]
    every = draft.spare(range(262))
    assert len(every) == SPARE
    assert every[:3] == [260, 259, 257]


def test_the_text_of_the_loop_is_the_models_own(draft):
    wanted = generate(draft.lm, [3, 4, 5], max_tokens=20, sampling=GREEDY, ignore_eos=True).ids
    made = speculate(
        draft.lm,
        [3, 4, 5],
        Speculation(draft, 3),
        max_tokens=20,
        sampling=GREEDY,
        ignore_eos=True,
    )
    assert made.ids == wanted
