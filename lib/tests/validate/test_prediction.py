"""Errors of many predictions: by hand, with and without flagged rows."""

import pytest

from tokenworks.validate.prediction import Prediction, errors, grouped


def made(ratio, *, flag="ok", group="dense", metric="tpot_ms"):
    return Prediction(0, metric, 10.0, None if ratio is None else 10.0 * ratio, group, flag=flag)


def test_errors_by_hand():
    found = errors([0.9, 1.0, 1.1, 1.5, 0.6])
    assert found.rows == 5
    assert found.median == pytest.approx(0.1)
    assert found.p90 == pytest.approx(0.4 + 0.6 * 0.1)
    assert found.median_ratio == pytest.approx(1.0)
    with pytest.raises(ValueError, match="no row was predicted"):
        errors([])


def test_groups_leave_out_what_is_flagged_or_was_not_predicted():
    rows = [made(1.1), made(1.2, group="MLA MoE"), made(9.0, flag="floor"), made(None)]
    clean, everything = grouped(rows), grouped(rows, clean=False)
    assert clean["tpot_ms"].rows == 2
    assert set(clean) == {"tpot_ms", "tpot_ms | MLA MoE", "tpot_ms | dense"}
    assert everything["tpot_ms"].rows == 3


def test_a_ratio_needs_both_numbers():
    assert Prediction(0, "m", None, 1.0, "g").ratio is None
    assert Prediction(0, "m", 0.0, 1.0, "g").ratio is None
    assert Prediction(0, "m", 2.0, 1.0, "g").as_json()["ratio"] == 0.5
