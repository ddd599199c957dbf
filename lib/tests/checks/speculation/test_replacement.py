from itertools import islice

import numpy as np
import pytest

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.speculation.replacement import PARTS, residual, shares
from tokenworks.speculation import residual as library

CASES = (*residual.cases, *islice(drawn_cases(residual, "same"), 100))


def test_the_residual_is_the_librarys():
    for p, q, rejected in CASES:
        np.testing.assert_allclose(residual(p, q, rejected), library(np.array(p), np.array(q)))


def test_what_is_accepted_and_what_replaces_it_are_p_together():
    for p, q, rejected in islice(drawn_cases(residual, "law"), 100):
        kept = np.minimum(p, q)
        law = kept + (1 - kept.sum()) * np.array(residual(p, q, rejected))
        assert law == pytest.approx(np.array(p), abs=1e-7)  # as far as some rows are rounded


def test_no_mistake_of_the_list_gives_p():
    p, q, rejected = residual.cases[1]
    kept = np.minimum(p, q)
    for mistake, wrong in zip(residual.mistakes, residual.wrong, strict=True):
        if not mistake.name.startswith("nothing left"):
            law = kept + (1 - kept.sum()) * np.array(wrong(p, q, rejected))
            assert np.abs(law - p).max() > 0.02, mistake.name


def test_some_rows_leave_nothing_and_others_only_rounding():
    drawn = list(islice(drawn_cases(residual, "kinds"), 100))
    nothing = [(p, q) for p, q, _ in drawn if not any(a > b for a, b in zip(p, q, strict=True))]
    assert 5 < len(nothing) < 40
    assert any(p != q for p, q in nothing)
    assert any(p == q for p, q in nothing)
    assert all(q[rejected] > 0 for _, q, rejected in drawn)  # the draft can propose it


def test_shares_add_up_exactly(random):
    for count in range(2, 9):
        row = shares(random, count)
        assert len(row) == count
        assert sum(row) == 1
        assert all((PARTS * share).is_integer() and share >= 0 for share in row)
