import numpy as np
import pytest

from tokenworks.model.steering import Steering, steered


def changed(steering, *, banned=()):
    """Five logits, after a prompt of tokens 0 and 3 and an answer of 1, 1 and 3."""
    logits = np.array([1.0, 2.0, 3.0, -4.0, 0.5], np.float32)
    found = steered(logits, steering, [0, 3], output_ids=[1, 1, 3], banned=banned)
    assert logits.tolist() == [1.0, 2.0, 3.0, -4.0, 0.5]
    return found.tolist()


def test_nothing_is_changed_unless_it_is_asked_for():
    assert Steering().changes_nothing
    assert changed(Steering()) == [1.0, 2.0, 3.0, -4.0, 0.5]


def test_presence_counts_once_and_frequency_each_time_and_the_prompt_not():
    assert changed(Steering(presence=0.5)) == [1.0, 1.5, 3.0, -4.5, 0.5]
    assert changed(Steering(frequency=0.5)) == [1.0, 1.0, 3.0, -4.5, 0.5]
    assert changed(Steering(frequency=-1)) == [1.0, 4.0, 3.0, -3.0, 0.5]


def test_repetition_weakens_what_prompt_and_answer_have_whatever_its_sign():
    assert changed(Steering(repetition=2)) == [0.5, 1.0, 3.0, -8.0, 0.5]


def test_a_bias_is_added_first():
    assert changed(Steering(bias=((4, 2.0), (1, -1.0)))) == [1.0, 1.0, 3.0, -4.0, 2.5]
    both = Steering(bias=((1, -4.0),), repetition=2, presence=1, frequency=0.5)
    assert changed(both)[1] == (2.0 - 4.0) * 2 - 0.5 * 2 - 1


def test_what_is_banned_cannot_come_back():
    favoured = Steering(bias=((2, 100.0),), repetition=2)
    assert changed(favoured, banned=[2])[2] == -np.inf


@pytest.mark.parametrize("steering", [{"presence": 0.1}, {"repetition": 2}, {"bias": ((1, 1),)}])
def test_what_changes_something_says_so(steering):
    assert not Steering(**steering).changes_nothing


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"repetition": 0}, "repetition must be a finite number above 0"),
        ({"presence": float("nan")}, "presence must be a finite number"),
        ({"frequency": float("inf")}, "frequency must be a finite number"),
    ],
)
def test_impossible_values_are_refused(given, why):
    with pytest.raises(ValueError, match=why):
        Steering(**given)
