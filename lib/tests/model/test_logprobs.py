import numpy as np
import pytest

from tokenworks.model.logprobs import Logprob, token_logprobs


def test_a_token_has_its_rank_and_the_best_are_listed():
    probabilities = np.array([0.1, 0.4, 0.2, 0.3])
    found = token_logprobs(np.log(probabilities) + 7, 2, 2)
    assert found.taken == (2, pytest.approx(np.log(0.2)))
    assert found.rank == 3
    assert [one.id for one in found.top] == [1, 3]
    assert found.top[0].logprob == pytest.approx(np.log(0.4))


def test_without_a_list_the_taken_one_remains():
    found = token_logprobs(np.zeros(4), 3, 0)
    assert (found.taken, found.top, found.rank) == (Logprob(3, pytest.approx(-np.log(4))), (), 1)
