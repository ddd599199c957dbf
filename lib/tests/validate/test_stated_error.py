"""The error beside an expected time is that of the rows, and says where it comes from."""

from statistics import median

import pytest

from tokenworks.cost.kernel_constants import Constants
from tokenworks.data.silicon import end_to_end_rows
from tokenworks.row_flags import flag_of
from tokenworks.specs import chip, model_spec
from tokenworks.validate import errors, expected_error, predict_rows, scored_rows
from tokenworks.validate.prediction import Errors
from tokenworks.validate.scored import KINDS
from tokenworks.validate.stated_error import PREDICTS, error_text, is_scored

ONE_OF = {"dense": "llama-3-70b", "GQA MoE": "gpt-oss-120b", "MLA MoE": "deepseek-v3"}


def test_it_is_the_error_of_what_the_package_predicts():
    """The rows are predicted anew, as `tokenworks validate` does, not read from the table."""
    rows = end_to_end_rows()
    clean = [row for row, flag in zip(rows, flag_of(rows), strict=True) if flag == "ok"][::25]
    anew = [one.ratio for one in predict_rows(clean, Constants.fitted()) if one.metric == "tpot_ms"]
    listed = {row.served: row.ratios[PREDICTS.number - 1] for row in scored_rows()}
    assert anew == pytest.approx([listed[row] for row in clean], abs=6e-5)
    off = [abs(row.ratios[PREDICTS.number - 1] - 1) for row in scored_rows()]
    assert expected_error().median == median(off)
    assert sum(one <= expected_error().p90 for one in off) == pytest.approx(0.9 * len(off), abs=1)


def test_a_model_takes_the_error_of_its_class():
    assert set(ONE_OF) == set(KINDS)
    for kind, name in ONE_OF.items():
        ratios = [row.ratios[PREDICTS.number - 1] for row in scored_rows() if row.kind == kind]
        assert expected_error(model_spec(name)) == errors(ratios)
    assert sum(expected_error(model_spec(name)).rows for name in ONE_OF.values()) == (
        expected_error().rows
    )


def test_the_words_have_both_errors_and_name_a_chip_that_nobody_scored():
    found = Errors(1912, 0.0904, 0.2602, 1.0)
    words = "half of 1,912 measured servers are within 9 %, nine of ten within 26 %"
    assert error_text(found) == words
    assert error_text(found, on=chip("h100-sxm")) == words
    told = error_text(found, on=chip("a100-80gb"))
    assert told == f"{words}; none of them had A100 80GB SXM chips"


def test_a_chip_with_rows_of_other_classes_alone_is_named_too():
    dense, latent, on = model_spec("llama-3-8b"), model_spec("deepseek-v3"), chip("h100-sxm")
    assert is_scored(on, dense)
    assert not is_scored(on, latent)
    assert is_scored(chip("h200-sxm"), latent)
    assert "none of them" not in error_text(expected_error(dense), on=on, model=dense)
    told = error_text(expected_error(latent), on=on, model=latent)
    assert told.endswith("; none of them had H100 SXM chips")


def test_chips_with_rows_are_told_from_chips_whose_kernels_alone_were_timed():
    assert [is_scored(chip(name)) for name in ("h100-sxm", "b200", "h200-sxm")] == [True] * 3
    assert [is_scored(chip(name)) for name in ("a100-80gb", "l40s", "tpu-v5e")] == [False] * 3
