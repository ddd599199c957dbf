import math
from dataclasses import replace

import pytest

from tokenworks.checks.attempt import Outcome, attempt
from tokenworks.checks.diagnosis import diagnose
from tokenworks.checks.kv_cache.bytes_kept import quantized_bytes
from tokenworks.checks.kv_cache.per_token import kv_bytes_per_token
from tokenworks.checks.metrics.slo import goodput

BYTES = quantized_bytes


def _named(function, exercise=BYTES, **options):
    outcomes = [attempt(function, case) for case in exercise.cases]
    expected = [exercise(*case) for case in exercise.cases]
    return diagnose(exercise, exercise.cases, expected=expected, outcomes=outcomes, **options)


def _grouped(n_layers, n_heads, n_kv_heads, d_head, bits):
    return 2 * n_layers * n_kv_heads * d_head * bits / 8


def test_a_known_mistake_wins_over_a_unit():
    assert _named(lambda *given: 8 * quantized_bytes(*given))[0] == "bits for bytes"


def test_two_mistakes_together_are_both_named():
    def both(n_layers, n_heads, n_kv_heads, d_head, bits):
        return n_layers * n_heads * d_head * bits / 8

    name, hint = _named(both, kv_bytes_per_token)
    assert name == "all query heads (8x GQA); and keys without values"
    assert "only the KV heads are stored. A token leaves a key and a value" in hint


def test_a_mistake_that_does_not_explain_every_case_is_not_named():
    def mixed(n, bits, group, scale):
        right = quantized_bytes(n, bits, group, scale)
        return right if bits == 8 else 8 * right

    assert _named(mixed)[0] == ""


def test_a_right_answer_by_luck_speaks_against_a_mistake():
    def group_size(n_layers, n_heads, n_kv_heads, d_head, bits):  # 32 heads of 32: keys alone
        return 2 * n_layers * n_heads // n_kv_heads * d_head * bits / 8

    assert _named(group_size, kv_bytes_per_token)[0] == ""


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (1.024**3, "GB and GiB"),
        (1 / 1.024**3, "GB and GiB"),
        (1e-9, "prefix"),
        (1024, "binary prefix"),
        (3600, "seconds and hours"),
        (100, "percentage"),
        (64, ""),
        (4 / 3, ""),
        (2, ""),
    ],
)
def test_a_constant_factor_is_called_a_unit_only_where_it_is_one(factor, words):
    name, hint = _named(lambda *given: factor * _grouped(*given), kv_bytes_per_token)
    assert name == ("a unit" if words else "off by a constant factor")
    assert words in hint
    assert ("which factor is missing" in hint) == (not words)


def test_a_single_slip_is_not_called_two_mistakes():
    listed = tuple(m for m in goodput.mistakes if not m.name.startswith("just at"))

    def strict(requests, ttft_limit, tpot_limit, window_seconds):
        later = 0
        for arrival, tokens in requests:
            gaps = len(tokens) - 1
            slow = gaps and (tokens[-1] - tokens[0]) / gaps > tpot_limit
            later += tokens[0] - arrival < ttft_limit and not slow
        return later / window_seconds

    assert _named(strict, replace(goodput, mistakes=listed))[0] == ""
    assert _named(strict, goodput)[0] == "just at the limit of TTFT is too late"


def test_a_factor_that_some_answer_lacks_is_none():
    def sometimes(*given):
        return _grouped(*given) * (1 if given[0] == 80 else 1.5)

    assert _named(sometimes, kv_bytes_per_token)[0] == ""


@pytest.mark.parametrize("whole", [round, math.floor, math.ceil])
def test_a_rounded_answer_is_noticed(whole):
    exercise = replace(BYTES, cases=((100, 3, 1, 0), (10, 3, 1, 0), (5, 7, 1, 0)))
    found = _named(lambda *given: whole(quantized_bytes(*given)), exercise)
    assert found == ("it is rounded", "Return the number as it is, with its fraction.")


def test_a_whole_answer_that_is_off_by_one_is_not_rounded():
    exercise = replace(BYTES, cases=((16, 8, 1, 0), (32, 8, 1, 0)))  # 16 and 32 bytes

    def one_more_or_less(values, *others):
        return int(quantized_bytes(values, *others)) + (1 if values == 16 else -1)

    assert _named(one_more_or_less, exercise)[0] == ""


@pytest.mark.parametrize("odd", [math.inf, math.nan])
def test_a_rounded_answer_beside_one_that_is_no_number_is_not_called_rounded(odd):
    def sometimes(values, *others):
        return round(quantized_bytes(values, *others)) if values == 100 else odd

    exercise = replace(BYTES, cases=((100, 3, 1, 0), (10, 3, 1, 0)))
    assert _named(sometimes, exercise)[0] == ""


def test_a_list_of_a_fixed_length_is_counted():
    exercise = replace(BYTES, fault=None, length=2)
    found = diagnose(exercise, exercise.cases[:1], expected=[[1, 2]], outcomes=[Outcome([1])])
    assert found[0] == "a list of the wrong length"


def test_a_list_of_the_wrong_length_is_called_so():
    exercise = replace(BYTES, fault=None)
    cases = exercise.cases[:1]
    found = diagnose(exercise, cases, expected=[[1.0, 2.0]], outcomes=[Outcome([1.0])])
    assert found == (
        "a list of the wrong length",
        "The answer has 1 element where 2 are wanted.",
    )


def test_of_hidden_cases_only_known_mistakes_and_problems_are_named():
    assert _named(lambda *given: 8 * quantized_bytes(*given), hidden=True)[0] == "bits for bytes"
    for wrong in (lambda *given: "text", lambda *given: [1], lambda *given: 1.5 * BYTES(*given)):
        name, hint = _named(wrong, hidden=True)
        assert (name, hint[:26]) == ("", "Cases that are not shown f")


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "it returns None"),
        ("x", "it returns the wrong kind"),
        ("inference", "it returns the wrong kind"),
        ("nan", "it returns the wrong kind"),
        (math.nan, "it is not a finite number"),
        (-math.inf, "it is not a finite number"),
        (12345.678, ""),
    ],
)
def test_values_without_a_known_mistake(value, name):
    assert _named(lambda *given: value)[0] == name
