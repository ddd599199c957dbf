import numpy as np
import pytest

from tokenworks.speculation import Draft, Drafted, DraftSequence, check_vocabulary, drafted


class Silent:
    """Knows nothing, and says so."""

    vocab_size, needs_states = 262, False

    def start(self, prompt_ids):
        return self

    def propose(self, ids, count, *, sampling, rng):
        return drafted([])

    def observe(self, states, *, start):
        raise AssertionError("it needs no states")


def test_a_draft_is_whatever_has_the_three_names():
    assert isinstance(Silent(), Draft)
    assert isinstance(Silent().start([1]), DraftSequence)
    assert not isinstance(object(), Draft)


def test_what_is_drafted_is_made_of_lists():
    none = drafted([], [])
    assert (none.tokens.shape, none.tokens.dtype, none.probs) == ((0,), np.int64, None)
    certain = drafted([3, 1])
    assert (certain.tokens.tolist(), certain.probs) == ([3, 1], None)
    drawn = drafted([0], [np.array([0.25, 0.75])])
    assert isinstance(drawn, Drafted)
    assert drawn.probs is not None
    assert drawn.probs.shape == (1, 2)


def test_another_vocabulary_is_refused_with_both_sizes_and_the_reason():
    check_vocabulary(Silent(), 262)
    reason = r"the draft's vocabulary has 262 tokens, the model's 49,152: .*another text"
    with pytest.raises(ValueError, match=reason):
        check_vocabulary(Silent(), 49_152)
