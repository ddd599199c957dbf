import random

import numpy as np
import pytest
from tokenworks.checks.question import fresh_cases

from tokenworks.checks import mistakes
from tokenworks.checks.attempt import attempt
from tokenworks.checks.grader import questions
from tokenworks.checks.plain import same

TWINS = {
    "02.1": mistakes.merge_step,
    "02.2": mistakes.softmax_step,
    "02.3": mistakes.nucleus_step,
    "02.4": mistakes.draw_step,
    "02.5": mistakes.stop_step,
    "02.6": mistakes.positions,
}


@pytest.mark.parametrize("question_id", TWINS)
def test_without_a_switch_the_mistakes_are_right(question_id):
    question = questions("02")[question_id]
    for case in (*question.cases, *fresh_cases(question, "twins", count=40)):
        expected = attempt(question.oracle, case).value
        assert same(expected, attempt(TWINS[question_id], case).value, question.tolerance), case


def test_merge_step_equals_the_tokenizers_library():
    from tokenizers import Tokenizer, models

    rng = random.Random(0)
    for _ in range(20):
        text = "".join(rng.choice("ab") for _ in range(12))
        vocab = {"a": 0, "b": 1, "ab": 2}
        library = Tokenizer(models.BPE(vocab=vocab, merges=[("a", "b")]))
        ids = [vocab[letter] for letter in text]
        merged = mistakes.merge_step(ids, 2, pick=lambda _: (0, 1))
        assert merged == library.encode(text).ids


def test_numpy_variants_give_nan_where_python_raises():
    assert np.isnan(mistakes.softmax_overflow([1000.0, 999.0], 1.0)).any()
    assert np.isnan(mistakes.softmax_divided([1.0, 0.0], 0)).any()
    with pytest.raises(OverflowError):
        mistakes.softmax_step([1000.0, 999.0], 1.0, shift=False)
