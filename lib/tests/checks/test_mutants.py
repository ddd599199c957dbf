import pytest

from checks.solved_example import ceil_div
from tokenworks.checks.attempt import attempt
from tokenworks.checks.mutants import TooLongError, mutants


def _kinds(values, limit):
    """Use every kind of sign that is changed."""
    kept = [v for v in values if v < limit and not (v == 0 or v is None)]
    if kept or -limit in values:
        return max(kept) // 2 + (1 if limit >= 3 else 0)
    for value in values:
        if value is None:
            break
    return min(values) * 2**1


def test_every_sign_is_changed_once():
    told = {text for text, _ in mutants(_kinds)}
    for change in (
        "kept = [v for v in values if v <= limit and (not (v == 0 or v is None))]",
        "kept = [v for v in values if v < limit or not (v == 0 or v is None)]",
        "kept = [v for v in values if v < limit and (v == 0 or v is None)]",
        "kept = [v for v in values if v < limit and (not (v != 0 or v is None))]",
        "kept = [v for v in values if v < limit and (not (v == 1 or v is None))]",
        "kept = [v for v in values if v < limit and (not (v == 0 and v is None))]",
        "kept = [v for v in values if v < limit and (not (v == 0 or v is not None))]",
        "if kept or limit in values:",
        "if kept and -limit in values:",
        "if kept or -limit not in values:",
        "if True:",
        "return min(kept) // 2 + (1 if limit >= 3 else 0)",
        "return max(kept) / 2 + (1 if limit >= 3 else 0)",
        "return max(kept) // 2",
        "return max(kept) // 2 + (1 if limit > 3 else 0)",
        "return max(kept) // 2 + (1 if False else 0)",
        "if value is not None:",
        "pass",
        "return min(values) * 2",
        "return min(values) * 3 ** 1",
        "return min(values) * 1 ** 1",
        "return min(values) * 2 ** 0",
    ):
        assert change in told, sorted(told)


def test_a_mutant_is_a_function_that_gives_another_answer():
    answers = {text: attempt(function, (10, 4)) for text, function in mutants(ceil_div)}
    assert answers["total += size"].problem == "raised"  # it would never end
    assert "TooLongError" in answers["total += size"].detail
    assert answers["blocks += 2"].value == 6
    assert answers["blocks = 1"].value == 4
    assert ceil_div(10, 4) == 3


def test_a_loop_is_bounded_by_turns_and_not_by_a_clock():
    (endless,) = [f for text, f in mutants(ceil_div) if text == "total += size"]
    with pytest.raises(TooLongError):
        endless(1, 1)
    with pytest.raises(TooLongError):  # again, from the start
        endless(1, 1)
