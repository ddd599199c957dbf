"""Every quiz has four options, one right, each explained."""

from dataclasses import replace
from html import escape

import pytest

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.memory_budget import budget
from tokenworks.specs import chip, model_spec
from tokenworks.widgets.quiz import Quiz, quiz, quizzes


@pytest.mark.parametrize("name", quizzes())
def test_four_options_one_right_all_explained(name):
    options = quizzes()[name]["options"]
    assert len(options) == 4
    assert sum(option.get("right", False) for option in options) == 1
    assert all(len(option["why"]) > 40 for option in options)
    assert len({option["text"] for option in options}) == 4


def test_the_remedies_of_the_quiz_are_the_budgets():
    a100 = chip("a100-80gb")
    on = Deployment(model_spec("llama-3-70b"), a100, 2, overhead_bytes=2e9, fragmentation=0.05)

    def held(batch, **change):
        request = {"context_tokens": 4096, "batch": batch, "prefill_tokens": 2048}
        return budget(replace(on, **change), **request)

    now, asked = held(40), quizzes()["QUIZ-12-remedy"]
    text = f"{asked['question']} {' '.join(option['why'] for option in asked['options'])}"
    for size in (-now.free_bytes, now.kv_bytes, now.weight_bytes):
        assert f"{size / 1e9:.2f} GB" in text
    enough = [held(40, kv="int8-head128"), held(20), held(40, weights="int8"), now]
    assert [plan.fits for plan in enough] == [bool(o.get("right")) for o in asked["options"]]
    assert held(32, kv="int8-head128").fits


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
