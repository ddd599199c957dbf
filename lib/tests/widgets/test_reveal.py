"""The answer to a guess: where it stands on the slider, and what is refused."""

from __future__ import annotations

import pytest

from tokenworks.widgets import guess, reveal
from tokenworks.widgets.guess import slider_values
from tokenworks.widgets.reveal import axis_place


def test_a_value_stands_between_its_neighbours_on_the_slider():
    values = slider_values(1, 1000)
    assert axis_place(1, values) == 0
    assert axis_place(1000, values) == 1
    at = values.index(13)
    assert axis_place(13, values) == pytest.approx(at / (len(values) - 1), abs=1e-6)
    assert axis_place(12, values) == pytest.approx((at - 0.5) / (len(values) - 1), abs=1e-6)


def test_it_takes_the_guess_from_python_before_and_after():
    question = guess("fits", "How many fit?", low=1, high=100, unit="conversations")
    answer = reveal("fits", 10)
    assert answer.state == {"guess": None}
    question.value = 40
    assert answer.state == {"guess": 40}
    assert reveal("fits", 10).state == {"guess": 40}
    question.state = {"value": 40, "locked": False}
    assert answer.state == {"guess": None}


def test_the_answer_is_text_in_the_repr_and_folded_without_javascript():
    guess("sized", "How large & <wide>?", low=1e6, high=1e12, unit="bytes")
    answer = reveal("sized", 1.34e9)
    assert repr(answer) == "Reveal(key='sized', truth='1.34 GB')"
    assert answer.fallback() == (
        '<details><summary data-lm-suppress-shortcuts="true">How large &amp; &lt;wide&gt;?'
        "</summary><p>1.34 GB</p></details>"
    )


def test_refusals():
    with pytest.raises(ValueError, match="no guess has the key 'nobody'"):
        reveal("nobody", 1)
    guess("narrow", "How many?", low=1, high=50, unit="tokens")
    told = r"the truth of 'narrow' is 60 tokens, outside its slider \(1 token to 50 tokens\); widen"
    with pytest.raises(ValueError, match=told):
        reveal("narrow", 60)
