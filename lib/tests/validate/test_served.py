"""Served rows: two predictions each, a reason where there is none, and the errors that are told."""

from dataclasses import replace

import pytest

from tokenworks.cost.kernel_constants import Constants
from tokenworks.data.silicon import end_to_end_rows
from tokenworks.row_limits import model_of
from tokenworks.validate.prediction import errors
from tokenworks.validate.served import METRICS, kind_of, plan_of, predict_rows

FITTED = Constants.fitted()
ROWS = end_to_end_rows()


def test_a_row_gives_its_two_times():
    row = next(row for row in ROWS if row.model == "llama-70b" and row.backend == "vllm")
    tpot, ttft = predict_rows([row], FITTED)
    assert (tpot.metric, ttft.metric) == METRICS
    assert tpot.measured == pytest.approx(1e3 * row.tpot_seconds)
    assert ttft.measured == pytest.approx(1e3 * row.ttft_seconds)
    assert 0.8 < tpot.ratio < 1.2
    assert (tpot.row, tpot.group, tpot.flag, tpot.reason) == (0, "dense", "ok", "")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"model": "gpt-5"}, "unknown model 'gpt-5'; known, closest first"),
        ({"system": "cerebras"}, "unknown chip 'cerebras'; known, closest first"),
        ({"backend": "tgi"}, "engine 'tgi' is not known"),
        ({"precision": "fp9"}, "precision 'fp9' is not known"),
        ({"gpus": 0}, "the row does not say its gpus"),
        ({"concurrency": 0}, "the row does not say its concurrency"),
        ({"gpus": 3}, "cannot be sharded over 3 chips"),
        ({"gpus": 1, "precision": "bf16"}, "does not fit on 1 x H100 SXM"),
    ],
)
def test_what_cannot_be_predicted_keeps_its_place_and_says_why(changes, reason):
    first = next(row for row in ROWS if (row.model, row.system) == ("llama-70b", "h100_sxm"))
    found = predict_rows([replace(first, **changes), first], FITTED)
    assert [one.row for one in found] == [0, 0, 1, 1]
    assert found[0].predicted is found[1].predicted is None
    assert reason in found[0].reason
    assert found[2].predicted is not None


def test_a_row_that_could_not_be_read_keeps_its_place_too():
    found = predict_rows(["row 0, column 'tpot': '-3' is not above 0", ROWS[0]], FITTED)
    assert [(one.row, one.flag) for one in found[:2]] == [(0, "value")] * 2
    assert found[0].measured is None
    assert found[2].row == 1


def test_a_chip_that_nobody_timed_is_predicted_and_says_so():
    row = next(row for row in ROWS if row.model == "llama-70b")
    found = predict_rows([replace(row, system="mi300x", precision="fp8")], FITTED)
    assert found[0].predicted > 0
    assert "no fit to rely on, so the card's constants" in found[0].note


def test_each_class_is_met_as_well_as_the_book_says():
    """The limits that the book publishes; the exact errors are in the record's own test."""
    found = [one for one in predict_rows(ROWS, FITTED) if one.metric == "tpot_ms"]
    clean = [one for one in found if one.flag == "ok"]
    assert len(clean) > 0.65 * len(ROWS)
    assert all(one.ratio for one in clean), "every clean row is predicted"
    limits = {"": (0.11, 0.28), "dense": (0.09, 0.22), "GQA MoE": (0.13, 0.30)}
    for group, (middle, p90) in (limits | {"MLA MoE": (0.16, 0.38)}).items():
        error = errors(one.ratio for one in clean if one.group == group or not group)
        assert error.median <= middle, group
        assert error.p90 <= p90, group


def test_the_class_of_every_model():
    kinds = {row.model: kind_of(model_of(row)) for row in ROWS}
    assert sorted(set(kinds.values())) == ["GQA MoE", "MLA MoE", "dense"]
    assert kinds["glm-5"] == "MLA MoE"
    assert plan_of(ROWS[0]).attention_data_parallel == 1
