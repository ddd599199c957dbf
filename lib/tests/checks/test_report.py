import pytest

from tokenworks.checks.report import Report, Row


def _report(**changes):
    fields = {
        "id": "01.1",
        "title": "Bytes",
        "cases_passed": 1,
        "cases": 2,
        "score": "Off by 7 GB in all; 0 is best.",
        "misconception": "bits for bytes",
        "hint": "How many bits has a byte?",
        "unit": "bytes",
        "rows": (
            Row("n=1", 8e9, 8e9, True, "", "<i>right</i>"),
            Row("n=2", 1e9, 8e9, False, "", "<i>wrong</i>"),
        ),
    }
    return Report(**(fields | changes))


def test_text_form_shows_score_mistake_and_wrong_cases():
    assert repr(_report()).splitlines() == [
        "01.1 Bytes: not yet, 1 of 2 cases",
        "Off by 7 GB in all; 0 is best.",
        "Looks like: bits for bytes",
        "Hint: How many bits has a byte?",
        "  ok  n=1",
        "  NO  n=2",
        "      expected 1 GB, got 8 GB",
    ]


def test_what_went_wrong_stands_behind_what_was_expected():
    row = Row("n=2", 1e9, "x", False, "the answer is the text 'x', not a number")
    text = repr(_report(rows=(row,)))
    assert text.endswith("      expected 1 GB; the answer is the text 'x', not a number")


def test_require_raises_without_any_answer():
    with pytest.raises(AssertionError) as error:
        _report().require()
    assert str(error.value).splitlines() == [
        "01.1 Bytes: not yet, 1 of 2 cases",
        "Looks like: bits for bytes",
        "Hint: How many bits has a byte?",
    ]
    _report(cases_passed=2).require()


def test_nothing_tried_is_not_passed():
    assert not Report("9", "unknown", 0, 0).passed


def test_html_draws_wrong_cases_and_all_when_right():
    html = _report()._repr_html_()
    assert "<i>wrong</i>" in html
    assert "<i>right</i>" not in html
    done = _report(cases_passed=2, misconception="", hint="")._repr_html_()
    assert "<i>right</i>" in done
    assert "tw-right" in done


def test_html_escapes_what_the_learner_printed():
    html = _report(printed="<script>alert(1)</script>")._repr_html_()
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_a_broken_rule_is_told_before_an_answer_that_is_one_of_many():
    row = Row("n=2", [[0]], [[]], False, "", "<i>lanes</i>", "Step 0: a slot is idle.")
    report = _report(rows=(row,), unit="steps")
    lines = repr(report).splitlines()
    assert lines[-2:] == ["      Step 0: a slot is idle.", "      for example [[0]], got [[]]"]
    assert "<p>Step 0: a slot is idle.</p><i>lanes</i>" in report._repr_html_()


def test_the_headline_has_a_tick_or_a_cross():
    right = _report(cases_passed=2, rows=(), misconception="", hint="")._repr_html_()
    wrong = _report(rows=())._repr_html_()
    assert '<p><span class="tw-yes">✓</span> <strong>01.1 Bytes' in right
    assert '<p><span class="tw-no">✗</span> <strong>01.1 Bytes' in wrong
