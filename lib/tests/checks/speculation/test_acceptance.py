from itertools import islice

import pytest

from tokenworks.checks import check
from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.speculation.acceptance import apart_or_none, bars_or_nothing, break_even
from tokenworks.cost.speculation import break_even_alpha, tokens_per_pass

CASES = (*break_even.cases, *islice(drawn_cases(break_even, "same"), 100))


def test_break_even_is_the_librarys():
    for gamma, draft, verify in CASES:
        wanted = break_even_alpha(gamma, draft_cost=draft, verify_cost=verify)
        found = break_even(gamma, draft, verify)
        assert (found is None) == (wanted is None)
        assert found is None or found == pytest.approx(wanted, rel=1e-6)


def test_at_break_even_a_round_brings_as_many_tokens_as_passes():
    found = [(case, alpha) for case in CASES if (alpha := break_even(*case)) is not None]
    for (gamma, draft, verify), alpha in found:
        assert tokens_per_pass(alpha, gamma) == pytest.approx(gamma * draft + verify)
    assert 0.3 * len(CASES) < len(found) < len(CASES)


def test_some_drafts_break_even_only_when_perfect():
    perfect = [case for case in CASES if case[0] * case[1] + case[2] == case[0] + 1]
    assert len(perfect) > 5
    assert all(break_even(*case) == pytest.approx(1) for case in perfect)


def test_none_is_an_answer_with_a_distance_and_without_a_picture():
    assert (apart_or_none(None, None), apart_or_none(0.25, 0.5)) == (0, 0.25)
    assert apart_or_none(None, 0.5) == apart_or_none(0.5, None) == 1
    assert bars_or_nothing((), None, None) == bars_or_nothing((), 0.5, None) == ""
    assert "tw-bar" in bars_or_nothing((), 0.5, 0.25)
    assert check("10.5", lambda *costs: costs[3:] or None).cases_passed == 2
