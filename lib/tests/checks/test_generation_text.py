import pytest
from tokenworks.checks.question import fresh_cases

from tokenworks.checks.generation_text import MERGE, POSITIONS, QUESTIONS, STOP


def test_the_chapters_text_questions():
    assert [question.id for question in QUESTIONS] == ["02.1", "02.5", "02.6"]


@pytest.mark.parametrize(
    ("ids", "merged"),
    [
        ([1, 1, 1, 1, 1], [9, 9, 1]),
        ([5, 6, 1, 2], [9, 1, 2]),
        ([1, 2, 3, 1, 2], [9, 3, 9]),
    ],
)
def test_merges_go_left_to_right_and_ties_to_the_first(ids, merged):
    assert MERGE.oracle(ids, 9) == merged


def test_text_ends_before_a_stop_that_straddles():
    assert STOP.oracle(["The tide", " rises.\nUs", "er", ": yes"], ["User:"]) == "The tide rises.\n"
    assert STOP.oracle(["Us", "er", " name"], ["User:"]) == "User name"


def test_stop_cases_straddle_and_some_never_stop():
    drawn = fresh_cases(STOP, "variety", count=60)
    shown = [STOP.oracle(pieces, stops) for pieces, stops in drawn]
    joined = ["".join(pieces) for pieces, _ in drawn]
    assert any(
        text != whole and not any(stop in piece for piece in pieces for stop in stops)
        for text, whole, (pieces, stops) in zip(shown, joined, drawn, strict=True)
    )


def test_positions_of_the_chapters_poem():
    assert POSITIONS.oracle(500, 200, False) == sum(range(500, 700)) == 119_900
    assert POSITIONS.oracle(500, 200, True) == 699


def test_distances_count_tokens_and_characters():
    assert MERGE.distance([9, 9, 1], [9, 1, 1, 1]) == 2
    assert STOP.distance("abc", "abc###") == 3
    assert STOP.distance("abc", "ab") == 1
