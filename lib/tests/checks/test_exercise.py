from dataclasses import replace

import pytest

from checks.solved_example import ceil_div, make
from tokenworks.checks.exercise import Fault, Mistake
from tokenworks.checks.kv_cache.per_token import kv_bytes_per_token

EXERCISE = make()


def test_everything_a_notebook_shows_comes_from_the_solved_function():
    assert EXERCISE.name == "ceil_div"
    assert EXERCISE.title == "Count the blocks"
    assert EXERCISE.task.startswith("A line of `total` tokens")
    assert EXERCISE.task.endswith("of which 2 are full.")
    assert EXERCISE.size_hint == "about 5 lines"
    assert EXERCISE.stub == (
        'def ceil_div(total, size):\n    """Count the blocks."""\n    # about 5 lines\n    ...'
    )
    assert EXERCISE(10, 4) == ceil_div(10, 4) == 3


def test_the_id_is_the_chapters_number_and_its_own():
    assert kv_bytes_per_token.id == "05.1"
    assert repr(kv_bytes_per_token) == "<exercise 05.1 Cache bytes of one token>"
    assert kv_bytes_per_token.size_hint == "about 1 line"


def test_mistakes_are_edits_of_the_solution_or_functions():
    full, more, tokens = EXERCISE.wrong
    assert (full(10, 4), more(10, 4), tokens(10, 4)) == (2, 4, 10)
    both = Mistake("both", (("total > 0", "total >= size"), ("blocks + 1", "blocks")), "")
    with pytest.raises(ValueError, match=r"'blocks \+ 1' stands 0 times in the solution"):
        both.wrong(ceil_div)
    with pytest.raises(ValueError, match="'blocks' stands 3 times in the solution"):
        Mistake("everywhere", ("blocks", "tokens"), "").wrong(ceil_div)
    assert EXERCISE.mistakes[0].edits == (("total > 0", "total >= size"),)
    assert EXERCISE.mistakes[2].edits == ()


def test_rule_states_the_tolerance():
    assert make(tolerance=1e-6).rule == (
        "A number is right when it is within 0.0001 % of the reference."
    )
    assert EXERCISE.rule == "Answers are compared exactly."


def test_an_answer_is_accepted_by_the_rules_where_there_are_rules():
    def fault(case, got):
        return None if sum(got) == case[0] else Fault("a wrong sum", "at the end")

    ruled = replace(EXERCISE, fault=fault)
    assert EXERCISE.accepts((3,), [3], [3])
    assert not EXERCISE.accepts((3,), [3], [1, 2])
    assert ruled.accepts((3,), [3], [1, 2])
    assert ruled.broken((3,), [1]) == Fault("a wrong sum", "at the end")
    assert not ruled.accepts((3,), [3], 3)
    assert ruled.broken((3,), 3) is None
    assert EXERCISE.broken((3,), [1]) is None
    assert ruled.rule.startswith("Every answer is right that breaks none of the rules")
