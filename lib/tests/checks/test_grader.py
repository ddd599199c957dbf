import pytest

from tokenworks.checks import check


def test_score_adds_up_in_the_questions_unit():
    report = check("05.3", lambda values, bits, group, scale_bits: 1e9)
    assert report.score == "Off by 4 GB in all; 0 is best."
    assert report.cases_passed == 0
    assert report.rows[0].arguments == "values=163840, bits=8, group=64, scale_bits=16"


def test_score_counts_cases_that_gave_nothing():
    def half(values, bits, group, scale_bits):
        return (values * bits + values / group * scale_bits) / 8 if bits > 6 else None

    assert check("05.3", half).score == "2 of 4 cases gave nothing to measure."


def test_built_ins_without_a_signature_are_tried():
    assert check("05.3", max).cases == 4


@pytest.mark.parametrize("id", [10.1, 1.1, 1, [1], ["01.1"], None, object(), b"01.1", {}])
def test_an_id_that_is_no_text_is_refused(id):
    report = check(id, max)
    assert (report.title, report.passed) == ("unknown exercise", False)
    assert report.hint.startswith('An id is text, in quotes as in check("01.1", name); ')
    assert "01.1" in report.hint


def test_prints_are_shown_but_not_of_hidden_cases(monkeypatch):
    monkeypatch.setenv("TOKENWORKS_HIDDEN_SEED", "1")

    def loud(*arguments):
        print(arguments[0])

    assert check("05.3", loud).printed.startswith("163840\n")
    hidden = check("05.3", loud, hidden=True)
    assert (hidden.printed, hidden.rows, hidden.score) == ("", (), "")


def _raise(error):
    raise error


@pytest.mark.parametrize(
    "tell",
    [
        lambda given: _raise(ValueError(given)),
        lambda given: _raise(type(given, (Exception,), {})()),
        lambda given: given,
        lambda given: type(given, (), {})(),
        lambda given: _raise(SystemExit(given)),
    ],
)
def test_nothing_of_a_hidden_case_is_told(monkeypatch, tell):
    monkeypatch.setenv("TOKENWORKS_HIDDEN_SEED", "1")
    shown = check("05.3", lambda *arguments: tell("secret"))
    hidden = check("05.3", lambda *arguments: tell("secret"), hidden=True)
    assert "secret" in repr(shown)
    assert not hidden.passed
    assert "secret" not in repr(hidden) + hidden._repr_html_()
