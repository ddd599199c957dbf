import pytest

from checks.solved_example import make
from tokenworks.checks import example
from tokenworks.checks.example import agrees, misprints, unfounded
from tokenworks.checks.exercise import Example, Mistake


def _full(total, size):
    return total // size


def test_a_true_example_has_no_misprint():
    assert misprints(make()) == []


@pytest.mark.parametrize(
    ("examples", "found"),
    [
        ((), "the task has no paragraph that begins with Example"),
        ((Example((10, 4), "4 blocks", (("2", _full),)),), "'4 blocks' is not in the example"),
        ((Example((12, 5), "3 blocks", (("2", _full),)),), "nothing gives 10"),
        ((Example((10, 6), "3 blocks", (("2", _full),)),), "the text says 3 blocks, the solution"),
        ((Example((10, 4), "3 blocks"),), "nothing gives 2"),
        ((Example((10, 4), "3 blocks", (("2", max),)),), "the text says 2, the solution gives 10"),
    ],
)
def test_each_number_of_an_example_is_checked(examples, found):
    assert any(told.startswith(found) for told in misprints(make(examples=examples)))


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("64 bytes", 64.0),
        ("36", 36),
        ("1,000", 1000),
        ("5 sequences", 5),
        ("[0.2857, 0.7143, 0.0]", [2 / 7, 5 / 7, 0.0]),
        ("[[0, 1], [0, 2]]", [[0, 1], [0, 2]]),
        ('["swap", 0.002]', ["swap", 0.002]),
        ("USD 1.00", 1.0),
        ("`sea`", "sea"),
        ("[1, None, 1]", [1, None, 1]),
        ("20 GB", 20e9),
    ],
)
def test_a_printed_answer_agrees_at_its_digits(literal, value):
    assert agrees(literal, value)


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("72 bytes", 64.0),
        ("37", 36),
        ("[0.2858, 0.7143, 0.0]", [2 / 7, 5 / 7, 0.0]),
        ("[6, 3]", [6, 3, 1]),
        ('["swap", 0.002]', ["recompute", 0.002]),
        ("`sea`", "seas"),
        ("2 GB", 20e9),
        ("[1, 1]", 2),
        ("no sequence at all", 0),
        ("none", 0),
    ],
)
def test_a_wrong_answer_does_not_agree(literal, value):
    assert not agrees(literal, value)


def _told(text):
    def ceil_div(total, size):
        return -(-total // size)

    ceil_div.__doc__ = f"""Count the blocks.\n\n{text}\n\nExample: 10 in 4: 3 blocks, 99 s."""
    return ceil_div


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A cache of 17 tokens.", []),
        ("A cache of 18 tokens.", ["18"]),
        ("A cache of 8 tokens, twice 3.", []),
        ("It waits 10 s.", []),
        ("It waits 11 s.", ["11 s"]),
        ("Write `18` or\n```python\n18\n```", []),
    ],
)
def test_a_number_of_the_text_stands_in_a_case_or_in_the_solution(text, found, monkeypatch):
    monkeypatch.setattr(example, "definition", lambda solution: ("", "return 1"))
    assert unfounded(make(_told(text))) == found


@pytest.mark.parametrize(
    ("hint", "found"),
    [
        ("A cache of 17 tokens.", []),
        ("A cache of 18 tokens, at 3.5 s each, and 3.6 in all.", ["3.5 s", "18", "3.6"]),
        ("What `18` stands for is 25.", []),
        ("99 seconds, as in the example.", []),
    ],
)
def test_a_number_of_a_hint_is_from_a_case_the_example_or_its_edit(hint, found, monkeypatch):
    monkeypatch.setattr(example, "definition", lambda solution: ("", "return 1"))
    mistakes = (Mistake("too many", ("return blocks", "return blocks + 25"), hint),)
    assert unfounded(make(_told("A text."), mistakes=mistakes)) == found
