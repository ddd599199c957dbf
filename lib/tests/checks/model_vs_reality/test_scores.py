from itertools import islice

import pytest

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.model_vs_reality.scores import two_scores
from tokenworks.validate.prediction import Prediction, grouped


def predictions(rows):
    return [
        Prediction(i, "tpot_ms", measured, predicted, group="dense", flag=flag)
        for i, (predicted, measured, flag) in enumerate(rows)
    ]


def test_scores_are_those_of_validate():
    for (rows,) in (*two_scores.cases, *islice(drawn_cases(two_scores, "same"), 60)):
        scores = [grouped(predictions(rows), clean=clean)["tpot_ms"] for clean in (True, False)]
        wanted = [value for score in scores for value in (score.median, score.p90)]
        assert two_scores(rows) == pytest.approx(wanted)


def test_some_tables_have_no_flag_and_most_have_one():
    drawn = [rows for (rows,) in islice(drawn_cases(two_scores, "flags"), 60)]
    clean = sum(all(flag == "ok" for *_, flag in rows) for rows in drawn)
    assert 0 < clean < 30
