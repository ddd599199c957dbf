"""The recorded ladders are the library's, and a case off the grid is refused."""

from random import Random

import pytest

from tokenworks.planner.questions import QUESTIONS
from tokenworks.widgets.choices import GRID, answered, choices, shown_at, tabulated

REFUSED = {"model": "llama-3-70b", "chip": "h100-sxm", "users": 1, "context_tokens": 32_768}


def test_sixty_recorded_cases_are_what_the_library_answers_now():
    random = Random(18)
    for _ in range(60):
        state = {name: random.choice(values) for name, values in GRID.items()}
        assert shown_at(**state) == answered(**state), state


def test_the_record_has_the_whole_grid():
    data = tabulated()
    assert data["grid"] == {name: list(values) for name, values in GRID.items()}
    assert len(data["answers"]) == len(GRID["model"]) * len(GRID["chip"])
    assert data["questions"] == list(QUESTIONS.values())


def test_the_text_table_has_a_row_for_each_question():
    widget = choices()
    assert widget.fallback().count("<tr>") == 1 + len(QUESTIONS)
    assert "Llama-3 70B in bf16 on H100 SXM, 16 users with 8,192 tokens each" in widget.fallback()
    assert "1 user with" in choices(users=1).fallback()


def test_what_the_model_cannot_hold_in_mind_says_why():
    told = shown_at(**REFUSED, ports="ethernet-25")
    assert told.startswith("Llama-3 70B is built for 8,192 tokens, not for 32,768")
    assert told in choices(users=1, context_tokens=32_768).fallback()


def test_what_is_not_recorded_is_refused():
    with pytest.raises(Exception, match="users = 2 is not recorded"):
        choices(users=2)
    with pytest.raises(TypeError, match="unknown controls"):
        choices(rate=2)
