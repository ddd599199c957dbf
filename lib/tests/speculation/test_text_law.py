import numpy as np
import pytest

from tokenworks.model import Sampling
from tokenworks.speculation import output_law, plain_law, tree_law, verify_tree
from tokenworks.speculation.tree import ancestors, grow_tree

from .laws import from_p, greedy, largest_gap, random_law


@pytest.mark.parametrize("gamma", [0, 1, 2, 3])
@pytest.mark.parametrize("seed", range(4))
def test_the_law_of_speculation_is_the_targets(seed, gamma):
    target, draft = random_law(seed, 4), random_law(seed + 100, 4)
    found = output_law(target, draft, gamma)
    assert {len(text) for text in found} == {gamma + 1}
    assert sum(found.values()) == pytest.approx(1, abs=1e-12)
    assert largest_gap(found, plain_law(target, gamma + 1)) < 1e-12


@pytest.mark.parametrize("draft", [greedy(random_law(7, 5)), random_law(3, 5)])
def test_a_certain_draft_and_a_perfect_one_keep_it_too(draft):
    target = random_law(3, 5)
    assert largest_gap(output_law(target, draft, 2), plain_law(target, 3)) < 1e-12


def test_a_greedy_target_stays_greedy():
    target = greedy(random_law(1, 5))
    (text,) = plain_law(target, 3)
    found = output_law(target, random_law(2, 5), 2)
    assert found.pop(text) == pytest.approx(1, abs=1e-12)
    assert max(found.values(), default=0.0) < 1e-15


def test_drawing_from_p_after_a_rejection_shows():
    target, draft = random_law(0, 4), random_law(100, 4)
    gap = largest_gap(output_law(target, draft, 1, replace=from_p), plain_law(target, 2))
    assert gap > 0.01


def test_one_token_by_hand():
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.6, 0.3])
    law = output_law(lambda text: p, lambda text: q, 1, replace=from_p)
    first = np.zeros(3)
    for (token, _), weight in law.items():
        first[token] += weight
    np.testing.assert_allclose(first, np.minimum(p, q) + 0.4 * p, atol=1e-15)


@pytest.mark.parametrize("replacing", [False, True])
@pytest.mark.parametrize("branching", [(2,), (3, 1), (2, 2)])
def test_the_law_of_a_tree_is_the_targets(branching, replacing):
    target, draft = random_law(1, 4), random_law(101, 4)
    found = tree_law(target, draft, branching, replacing=replacing)
    assert largest_gap(found, plain_law(target, len(branching) + 1)) < 1e-12
    greedy_draft = tree_law(target, greedy(draft), branching, replacing=replacing)
    assert largest_gap(greedy_draft, plain_law(target, len(branching) + 1)) < 1e-12


def test_a_wrong_residual_shows_in_a_tree_too():
    target, draft = random_law(1, 4), random_law(101, 4)
    wrong = tree_law(target, draft, (2,), replace=from_p)
    assert largest_gap(wrong, plain_law(target, 2)) > 0.01


def test_drawn_trees_have_the_enumerated_law():
    """The verdicts of `verify_tree` over grown trees, counted, against the target's law."""
    target, draft = random_law(3, 4, zeros=0.0), random_law(103, 4, zeros=0.0)

    def score(tree):
        ways = [(), *(tuple(tree.tokens[row].tolist()) for row in ancestors(tree.parents))]
        with np.errstate(divide="ignore"):
            return np.log(np.stack([draft(way) for way in ways]))

    rng, counts, draws = np.random.default_rng(8), {}, 6000
    for _ in range(draws):
        tree = grow_tree(score, (2, 2), sampling=Sampling(), rng=rng)
        ways = [(), *(tuple(tree.tokens[row].tolist()) for row in ancestors(tree.parents))]
        path, token = verify_tree(tree, np.stack([target(way) for way in ways]), rng)
        first = int(tree.tokens[path[0]]) if path else token
        counts[first] = counts.get(first, 0) + 1
    expected = draws * target(())
    found = np.array([counts.get(token, 0) for token in range(4)])
    assert ((found - expected) ** 2 / expected).sum() < 16.3  # p = 0.001 with 3 degrees of freedom
