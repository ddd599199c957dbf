"""Every quiz has four options, one right, each explained."""

from html import escape

import pytest

from tokenworks.widgets.quiz import Quiz, quiz, quizzes


@pytest.mark.parametrize("name", quizzes())
def test_four_options_one_right_all_explained(name):
    options = quizzes()[name]["options"]
    assert len(options) == 4
    assert sum(option.get("right", False) for option in options) == 1
    assert all(len(option["why"]) > 40 for option in options)
    assert len({option["text"] for option in options}) == 4


def test_static_form_folds_the_explanations_away():
    html = quiz("QUIZ-02").fallback()
    assert html.count('<details><summary data-lm-suppress-shortcuts="true">') == 4
    assert html.count("<p>Right. ") == 1


def test_what_is_asked_and_answered_is_text():
    hostile = "<script>alert('\"')</script> &amp;"
    data = {"name": "x", "question": hostile, "options": [{"text": hostile, "why": hostile}]}
    html = Quiz(data=data, state={"choice": None}).fallback()
    assert html.count(escape(hostile)) == html.count("alert") == 3


def test_refusals():
    with pytest.raises(ValueError, match="unknown quiz 'QUIZ-99'; choose from QUIZ-01, QUIZ-02"):
        quiz("QUIZ-99")
    with pytest.raises(ValueError, match="choose from off, 0, 1, 2, 3"):
        quiz("QUIZ-01").state = {"choice": 4}


def test_repr():
    assert repr(quiz("QUIZ-01")) == "Quiz(name='QUIZ-01')"
