"""Sixteen measured steps of 70B on TPU v5e: above their floors, and near what is expected."""

from dataclasses import replace

import pytest

from tokenworks.cost.slice_steps import LINK_SHARE
from tokenworks.validate import slice_errors, timed_slices

ROWS = timed_slices()


def test_the_rows_are_those_of_llama_70b_on_sixteen_chips():
    assert len(ROWS) == 16
    assert {row.way for row in ROWS} == {"TP16", "DP2 × TP8"}
    assert {row.step.chips for row in ROWS} == {16}
    first = ROWS[0]
    assert (first.row.id, first.step.batch, first.seconds) == ("M001", 8, 1 / 159)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.row.id)
def test_no_step_beats_its_floor_and_none_is_far_from_expected(row):
    assert row.step.floor_seconds < row.seconds
    assert row.ratio == pytest.approx(1, abs=0.12)


def test_the_published_error():
    found = slice_errors()
    assert found.rows == 16
    assert found.median < 0.04
    assert found.p90 < 0.10


def test_half_of_the_links_is_about_the_best_share():
    """The share with the least largest error, of every hundredth, is within 0.03 of it."""

    def worst(share):
        scale = LINK_SHARE / share
        steps = [replace(r.step, message_seconds=scale * r.step.message_seconds) for r in ROWS]
        timed = zip(steps, ROWS, strict=True)
        return max(abs(step.expected_seconds / row.seconds - 1) for step, row in timed)

    best = min((share / 100 for share in range(20, 101)), key=worst)
    assert best == pytest.approx(LINK_SHARE, abs=0.03)


def test_a_microsecond_a_hop_would_have_shown():
    """1.9 ms of hops on a 4x4 after reading would make the fastest step a quarter too long."""
    first = ROWS[0]
    hops = 80 * 2 * 2 * 6 * 1e-6
    assert first.step.expected_seconds + hops > 1.25 * first.seconds
