import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenworks.model import GREEDY, Sampling
from tokenworks.speculation import DraftedTree, drafted, verify, verify_tree
from tokenworks.speculation.tree import ancestors, grow_tree, mask_under_root, without

from .laws import distributions

#   0 ── 1 ── 3
#   │    └─── 4     and 2 beside 0
PARENTS = np.array([-1, 0, -1, 1, 1])


def tree_of(tokens, parents=PARENTS, probs=None):
    return DraftedTree(np.array(tokens), np.array(parents), probs)


def test_ancestors_are_on_the_way_down():
    ways = [np.flatnonzero(row).tolist() for row in ancestors(PARENTS)]
    assert ways == [[0], [0, 1], [2], [0, 1, 3], [0, 1, 4]]
    mask = mask_under_root(PARENTS)
    assert mask.depths.tolist() == [0, 1, 2, 1, 3, 3]
    assert mask.ancestors[:, 0].all()
    assert np.flatnonzero(mask.ancestors[4]).tolist() == [0, 1, 2, 4]


@given(
    st.lists(st.tuples(distributions(), distributions()), max_size=4), distributions(), st.data()
)
def test_a_tree_without_branches_is_a_draft(pairs, last, data):
    tokens = [data.draw(st.sampled_from(np.flatnonzero(q).tolist())) for _, q in pairs]
    rows, seed = np.stack([*(p for p, _ in pairs), last]), data.draw(st.integers(0, 999))
    probs = np.stack([q for _, q in pairs]) if pairs else None
    chain = DraftedTree(np.array(tokens, int), np.arange(len(tokens)) - 1, probs)
    path, token = verify_tree(chain, rows, np.random.default_rng(seed))
    flat = drafted(tokens, [q for _, q in pairs])
    assert (len(path), token) == verify(flat, rows, np.random.default_rng(seed))
    assert path == tuple(range(len(path)))


def one_hot(*tokens, size=6):
    return np.eye(size)[list(tokens)]


def test_greedy_follows_the_branch_that_the_model_takes():
    tree = tree_of([1, 2, 3, 4, 5])
    rng = np.random.default_rng(0)
    # after the text 1, after 1 comes 2, after 1 2 comes 5, after 1 2 5 comes 0
    rows = one_hot(1, 2, 0, 0, 0, 0)
    rows[2] = np.eye(6)[5]
    assert verify_tree(tree, rows, rng) == ((0, 1, 4), 0)
    assert verify_tree(tree, one_hot(3, 0, 0, 4, 0, 0), rng) == ((2,), 4)
    assert verify_tree(tree, one_hot(0, 0, 0, 0, 0, 0), rng) == ((), 0)


def test_an_empty_tree_is_a_draw_from_p():
    nothing = tree_of([], np.array([], int))
    assert verify_tree(nothing, one_hot(3), np.random.default_rng(0)) == ((), 3)


def test_without_takes_a_token_away():
    np.testing.assert_allclose(without(np.array([0.5, 0.3, 0.2]), 0), [0, 0.6, 0.4])
    np.testing.assert_array_equal(without(np.array([0.0, 1.0]), 1), [0, 0])


def scores_of(seed, size=6):
    """Return a draft: logits after each node, drawn from its text alone."""

    def score(tree):
        ways = [[], *(np.flatnonzero(row) for row in ancestors(tree.parents))]
        texts = [[int(tree.tokens[i]) + 1 for i in way] for way in ways]
        return np.stack([np.random.default_rng([seed, *t]).normal(size=size) for t in texts])

    return score


def test_a_tree_grows_level_by_level_and_no_two_siblings_are_alike():
    rng = np.random.default_rng(0)
    tree = grow_tree(scores_of(1), (3, 2, 1), sampling=Sampling(), rng=rng)
    assert np.bincount(tree.parents + 1).tolist()[:4] == [3, 2, 2, 2]
    assert len(tree.tokens) == 3 + 6 + 6
    for parent in set(tree.parents.tolist()):
        siblings = tree.tokens[tree.parents == parent].tolist()
        assert len(set(siblings)) == len(siblings)
    assert tree.probs is not None
    np.testing.assert_allclose(tree.probs.sum(axis=1), 1)
    assert (tree.probs[np.arange(15), tree.tokens] > 0).all()
    assert tree.probs[1, tree.tokens[0]] == 0  # the second sibling cannot be the first


def test_greedy_children_are_the_most_probable():
    score = scores_of(1)
    tree = grow_tree(score, (2, 2), sampling=GREEDY, rng=np.random.default_rng(0))
    logits = score(tree)
    assert tree.probs is None
    assert tree.tokens[:2].tolist() == np.argsort(-logits[0])[:2].tolist()
    assert tree.tokens[2:4].tolist() == np.argsort(-logits[1])[:2].tolist()


def test_filters_leave_fewer_children():
    sampling = Sampling(top_k=2)
    tree = grow_tree(scores_of(1), (4,), sampling=sampling, rng=np.random.default_rng(0))
    assert len(tree.tokens) == 2


@pytest.mark.parametrize(
    ("tokens", "parents", "rows", "message"),
    [
        ([1, 2], [-1, 1], 3, "node 1 has parent 1: a parent is -1 or an earlier node"),
        ([1, 2], [-2, 0], 3, "node 0 has parent -2"),
        ([1, 2], [-1, 0], 2, "2 nodes need 3 rows of p, got 2"),
        ([1, 6], [-1, 0], 3, "not among the 6 of p"),
    ],
)
def test_bad_trees_are_named(tokens, parents, *, rows, message):
    with pytest.raises(ValueError, match=message):
        verify_tree(tree_of(tokens, parents), one_hot(*[0] * rows), np.random.default_rng(0))


def test_a_branching_of_nothing_is_refused():
    with pytest.raises(ValueError, match="branching must be a whole number from 1, got 0"):
        grow_tree(scores_of(1), (2, 0), sampling=GREEDY, rng=np.random.default_rng(0))
