import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenworks.model import GREEDY
from tokenworks.speculation import PromptLookup, SuffixLookup
from tokenworks.speculation.lookup import copied

RNG = np.random.default_rng(0)


def proposed(draft, ids, count=3):
    sequence = draft.start(ids)
    sequence.observe(np.zeros((1, 4)), start=0)  # says nothing to it
    found = sequence.propose(ids, count, sampling=GREEDY, rng=RNG)
    assert found.probs is None
    return found.tokens.tolist()


def test_the_longest_ngram_wins_and_of_its_places_the_latest():
    text = [1, 2, 3, 7, 2, 3, 8, 2, 3, 9, 1, 2, 3]
    assert proposed(PromptLookup(10), text) == [7, 2, 3]  # 1 2 3 stands once, at the front
    assert proposed(PromptLookup(10, most=2), text) == [9, 1, 2]
    assert proposed(PromptLookup(10, least=4), text) == []
    assert proposed(SuffixLookup(10), text) == [7, 2, 3]
    assert proposed(SuffixLookup(10, least=4), text) == []


@pytest.mark.parametrize("draft", [PromptLookup(10), SuffixLookup(10)])
def test_a_copy_that_reaches_its_own_end_goes_round(draft):
    assert proposed(draft, [5, 6, 7, 5, 6, 7], 5) == [5, 6, 7, 5, 6]
    assert proposed(draft, [4, 4, 4], 3) == [4, 4, 4]
    assert copied([1, 2, 3], 1, 5) == [2, 3, 2, 3, 2]
    assert copied([1, 2, 3], 0, 2) == [1, 2]


@pytest.mark.parametrize("draft", [PromptLookup(10), SuffixLookup(10)])
def test_nothing_is_drafted_where_nothing_repeats(draft):
    assert proposed(draft, [1]) == []
    assert proposed(draft, [1, 2, 3, 4]) == []


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30), st.data())
@pytest.mark.parametrize("draft", [PromptLookup(4, least=1, most=3), SuffixLookup(4, least=1)])
def test_a_sequence_that_grows_in_pieces_finds_what_a_new_one_finds(draft, text, data):
    sequence, end = draft.start(text), 0
    while end < len(text):
        end += data.draw(st.integers(1, 4))
        ids = text[:end]
        found = sequence.propose(ids, 3, sampling=GREEDY, rng=RNG).tokens.tolist()
        assert found == proposed(draft, ids)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"least": 0}, "least must be a whole number from 1, got 0"),
        ({"least": 5}, "n-grams from 5 to 4 tokens are none"),
        ({"vocab_size": 0}, "vocab_size must be"),
    ],
)
def test_a_range_that_is_none_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        PromptLookup(**{"vocab_size": 10} | settings)
