"""The runner's door: questions and answers as text."""

import json

import pytest

from tokenworks.runner import answer
from tokenworks.runner.answers import QUESTIONS


def test_each_question_has_its_answer_as_text():
    assert json.loads(answer('{"ask": "run", "source": "print(6 * 7)"}'))["printed"] == "42\n"
    assert set(QUESTIONS) == {"again", "check", "drive", "judge", "mission", "run", "score"}


def test_where_memory_ends_it_says_so(monkeypatch):
    def greedy(**_):
        raise MemoryError

    monkeypatch.setitem(QUESTIONS, "run", greedy)
    refused = json.loads(answer('{"ask": "run", "source": ""}'))["refused"]
    assert refused == "It needs more memory than a page may take."


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("{", "JSONDecodeError"),
        ("[]", "TypeError"),
        ("{}", "KeyError: 'ask'"),
        ('{"ask": "nothing"}', "KeyError: 'nothing'"),
        ('{"ask": "check"}', "TypeError"),
        ('{"ask": "check", "exercise": "99.9", "source": ""}', "ValueError: no exercise"),
    ],
)
def test_a_question_without_sense_is_refused(question, why):
    assert json.loads(answer(question))["refused"].startswith(why)
