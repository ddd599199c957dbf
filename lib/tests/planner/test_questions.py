"""The two ladders: every question is answered, and what cannot be asked is refused."""

import pytest

from tokenworks import planner
from tokenworks.planner.questions import ADD, QUESTIONS, SPREAD, ladders

CASE = {"users": 16, "context_tokens": 8192}


def test_every_question_has_an_answer_and_a_reason():
    found = planner.ladders("llama-3-70b", "h100-sxm", **CASE)
    assert [rung.name for rung in found] == [*QUESTIONS]
    assert len(found) == len(SPREAD) + len(ADD) == 10
    assert all(rung.answer and rung.why.endswith((".", ")")) for rung in found)


@pytest.mark.parametrize("users", [0, -1, 1.5, "two", True])
def test_impossible_users_are_refused(users):
    with pytest.raises(ValueError, match="users must be a whole number from 1"):
        ladders("llama-3-8b", "h100-sxm", users=users, context_tokens=2048)


def test_a_text_beyond_the_model_and_unknown_names_are_refused():
    with pytest.raises(ValueError, match="Llama-3 8B is built for 8,192 tokens, not for 32,768"):
        ladders("llama-3-8b", "h100-sxm", users=1, context_tokens=32_768)
    with pytest.raises(KeyError, match="llama-3-8b"):
        ladders("llama-3-8", "h100-sxm", **CASE)
    with pytest.raises(KeyError, match="ethernet-25"):
        ladders("llama-3-8b", "h100-sxm", ports="ethernet-2", **CASE)
