import numpy as np
import pytest

from tokenworks.model import GREEDY, Sampling, empty_cache, generate
from tokenworks.speculation import PromptLookup, early_exit, speculate, speculate_tree
from tokenworks.speculation.loop import NEAR_TIE
from tokenworks.speculation.speculation import Speculation
from tokenworks.speculation.tree_loop import keep_path

from .test_loop import PROMPT, Told, margins

REQUEST = {"max_tokens": 24, "sampling": GREEDY, "ignore_eos": True}


def test_a_path_is_moved_together(tiny):
    cache = [(k + np.arange(256)[:, None, None], v) for k, v in empty_cache(tiny.spec, 256)]
    moved = keep_path(cache, np.array([10, 12, 15], np.int32), np.int32(10))
    assert moved[0][0][0, 8:16, 0, 0].tolist() == [8, 9, 10, 12, 15, 13, 14, 15]


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("branching", [(1,), (3,), (2, 2), (1, 1, 1), (3, 2, 1)])
def test_greedy_trees_write_the_greedy_text(tiny, layers, branching):
    plain = generate(tiny, PROMPT, **REQUEST)
    found = speculate_tree(tiny, PROMPT, early_exit(tiny, layers), branching=branching, **REQUEST)
    assert (found.ids, found.text, found.stop_reason) == (plain.ids, plain.text, "length")
    if layers == 2:
        assert found.counts.acceptance == 1.0
        assert found.counts.passes == -(-24 // (len(branching) + 1))


def test_more_branches_are_accepted_more_often(tiny):
    request = REQUEST | {"sampling": Sampling(temperature=1.0, seed=1)}
    shares = [
        speculate_tree(tiny, PROMPT, early_exit(tiny, 1), branching=(w,), **request).counts
        for w in (1, 8)
    ]
    assert shares[0].acceptance < shares[1].acceptance


def test_a_tree_of_one_branch_is_a_draft(tiny):
    for sampling in (GREEDY, Sampling(temperature=2.0, seed=3)):
        request = REQUEST | {"sampling": sampling}
        draft = early_exit(tiny, 1)
        chain = speculate(tiny, PROMPT, Speculation(draft, 3), **request)
        tree = speculate_tree(tiny, PROMPT, draft, branching=(1, 1, 1), **request)
        assert tree.ids == chain.ids
        assert tree.counts == chain.counts


@pytest.mark.parametrize("tokens", [0, 1, 2, 3, 5])
def test_never_a_token_too_many(tiny, tokens):
    request = REQUEST | {"max_tokens": tokens}
    found = speculate_tree(tiny, PROMPT, early_exit(tiny, 2), branching=(2, 2, 2), **request)
    assert found.ids == generate(tiny, PROMPT, **request).ids
    assert len(found.ids) == tokens


def test_drawn_trees_have_the_law_of_the_model(tiny):
    """The first two tokens of many drawn texts against plain sampling's own, by their counts."""
    sampling, draws = Sampling(temperature=3.0, top_k=3), 300
    texts = {"plain": {}, "tree": {}}
    for seed in range(draws):
        request = {"max_tokens": 2, "sampling": Sampling(3.0, 3, seed=seed), "ignore_eos": True}
        plain = tuple(generate(tiny, [5, 6], **request).ids)
        drawn = speculate_tree(tiny, [5, 6], early_exit(tiny, 1), branching=(2, 2), **request)
        for name, text in (("plain", plain), ("tree", tuple(drawn.ids))):
            texts[name][text] = texts[name].get(text, 0) + 1
    assert sampling.top_k == 3
    keys = set(texts["plain"]) | set(texts["tree"])
    pairs = [(texts["plain"].get(k, 0), texts["tree"].get(k, 0)) for k in keys]
    statistic = sum((a - b) ** 2 / (a + b) for a, b in pairs)
    assert statistic < 26.1  # p = 0.001 with 8 degrees of freedom
    assert len(keys) <= 9


@pytest.mark.parametrize(
    ("branching", "message"),
    [
        ((), "branching is empty"),
        ((2, 0), "branching must be a whole number from 1, got 0"),
        ((2,), "this draft guesses one text"),
    ],
)
def test_bad_trees_are_named(tiny, branching, message):
    with pytest.raises(ValueError, match=message):
        speculate_tree(tiny, "a", PromptLookup(262), branching=branching, max_tokens=3)


def test_a_tree_draft_is_told_the_states_of_the_path(tiny):
    class Both(Told):
        def propose_tree(self, ids, branching, *, sampling, rng):
            self.propose(ids, len(branching), sampling=sampling, rng=rng)
            self.inner = getattr(self, "inner", None) or early_exit(tiny, 1).start(ids)
            return self.inner.propose_tree(ids, branching, sampling=sampling, rng=rng)

    told = Both(262)
    found = speculate_tree(tiny, PROMPT, told, branching=(2, 2), **REQUEST)
    assert found.ids == generate(tiny, PROMPT, **REQUEST).ids
    straight = Told(262, found.ids)
    speculate(tiny, PROMPT, Speculation(straight, 3), **REQUEST)
    assert told.states.keys() == straight.states.keys()
    for at, state in told.states.items():
        np.testing.assert_allclose(state, straight.states[at], rtol=1e-3, atol=1e-3)


@pytest.mark.model
def test_trees_on_the_real_model_up_to_near_ties(lm):
    request = {"max_tokens": 16, "sampling": GREEDY, "chat": True}
    plain = generate(lm, "Name three colours.", **request)
    ahead = margins(lm, plain.prompt_ids, plain.ids)
    found = speculate_tree(
        lm, "Name three colours.", early_exit(lm, 15), branching=(4, 2), **request
    )
    pairs = enumerate(zip(found.ids, plain.ids, strict=False))
    first = next((i for i, (ours, theirs) in pairs if ours != theirs), None)
    assert first is None or ahead[first] < NEAR_TIE
    assert first is not None or found.text == plain.text
