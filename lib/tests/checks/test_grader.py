import pytest

from tokenworks.checks import check
from tokenworks.checks.grader import CHAPTERS, hidden_seed, questions


def test_questions_come_in_order_with_ids_of_their_chapter():
    for chapter in CHAPTERS:
        ids = list(questions(chapter))
        assert ids == sorted(ids)
        assert all(question_id.startswith(f"{chapter}.") for question_id in ids)


def test_score_adds_up_in_the_questions_unit():
    report = check("01.1", lambda parameters, bits: parameters * bits / 8 + 1e9)
    assert report.score == "Off by 4 GB in all; 0 is best."
    assert report.cases_passed == 0
    assert report.rows[0].arguments == "parameters=70000000000, bits=16"


def test_score_counts_cases_that_gave_nothing():
    def half(parameters, bits):
        return parameters * bits / 8 if bits > 6 else None

    assert check("01.1", half).score == "2 of 4 cases gave nothing to measure."


def test_built_ins_without_a_signature_are_tried():
    assert check("01.4", max).cases == 4


def test_prints_are_shown_but_not_of_hidden_cases(monkeypatch):
    monkeypatch.setenv("TOKENWORKS_HIDDEN_SEED", "1")

    def loud(parameters, bits):
        print(parameters)

    assert check("01.1", loud).printed.startswith("70000000000\n")
    hidden = check("01.1", loud, hidden=True)
    assert (hidden.printed, hidden.rows) == ("", ())


def test_hidden_seed_comes_from_environment_then_file(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TOKENWORKS_HIDDEN_SEED", raising=False)
    with pytest.raises(RuntimeError, match="set TOKENWORKS_HIDDEN_SEED"):
        hidden_seed()
    (tmp_path / "hidden_seed.txt").write_text("from file\n")
    assert hidden_seed() == "from file"
    monkeypatch.setenv("TOKENWORKS_HIDDEN_SEED", "from environment")
    assert hidden_seed() == "from environment"
