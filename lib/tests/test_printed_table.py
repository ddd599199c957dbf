import pytest

from tokenworks.printed_table import Table, claim_table, facts, table

ROWS = [{"chip": "A<100", "tokens": 1234}, {"chip": "B", "tokens": 5.5}]


def test_text_form_is_aligned_and_captioned():
    assert repr(table(ROWS, caption="Rates")).splitlines() == [
        "Rates",
        "chip   tokens",
        "-----  ------",
        "A<100   1,234",
        "B         5.5",
    ]


def test_html_form_is_escaped_and_has_headers():
    html = table(ROWS, caption="Rates")._repr_html_()
    assert "A&lt;100" in html
    assert '<th scope="row">' in html
    assert "<caption>Rates</caption>" in html


def test_a_source_becomes_a_link():
    html = table([{"name": "x", "source": "https://example.org/a"}])._repr_html_()
    assert '<a href="https://example.org/a">example.org</a>' in html
    html = table([{"name": "x", "source": "[A & B, 2009](https://example.org/a)"}])._repr_html_()
    assert '<a href="https://example.org/a">A &amp; B, 2009</a>' in html


def test_ragged_or_empty_tables_are_refused():
    with pytest.raises(ValueError, match="at least one row"):
        table([])
    with pytest.raises(ValueError, match="every row needs"):
        table([{"a": 1}, {"b": 2}])


def test_claims_come_with_note_and_source():
    shown = repr(claim_table(["copilot-latency", "gpt-4-training"]))
    assert "200 ms" in shown
    assert "USD 78 million" in shown
    assert shown.count("https://") == 2


def test_a_table_made_by_hand_is_printed_and_a_short_row_is_refused():
    assert repr(Table(("a", "b"), (("1", "22"),))).splitlines() == ["a  b", "-  --", "1  22"]
    with pytest.raises(ValueError, match="every row must have 2 cells"):
        Table(("a", "b"), (("1",),))


def test_facts_are_labels_with_their_values_and_units():
    strip = facts({"weights": "141 GB", "all": True, "users": 262742, "ids [B, T]": (1, 7)})
    assert repr(strip).splitlines() == [
        "weights     141 GB",
        "all         yes",
        "users       262,742",
        "ids [B, T]  (1, 7)",
    ]
    html = strip._repr_html_()
    assert html.count("<dt>") == html.count("<dd ") == 4
    assert ">141 <small>GB</small></dd>" in html
    assert "flex-wrap:wrap" in html


def test_facts_are_text_everywhere_and_only_a_unit_is_set_apart():
    html = facts({"<b>": "<i>&", "gain": "11×", "note": "2 GB and more"})._repr_html_()
    assert "<dt>&lt;b&gt;</dt>" in html
    assert ">&lt;i&gt;&amp;</dd>" in html
    assert ">11<small>×</small></dd>" in html
    assert ">2 GB and more</dd>" in html


def test_no_facts_are_refused():
    with pytest.raises(ValueError, match="at least one label"):
        facts({})


def test_the_column_that_the_text_speaks_of_is_marked_and_must_exist():
    html = table(ROWS, key="tokens")._repr_html_()
    assert html.count('class="tw-key"') == 3
    assert '<td class="tw-key" style="text-align:right">1,234</td>' in html
    assert "tw-key" not in table(ROWS)._repr_html_()
    assert "tw-key" not in table([{"": "x", "n": 1}])._repr_html_(), "no key is no column's name"
    for wrong in ("speed", "chip"):
        with pytest.raises(ValueError, match=f"key='{wrong}'.*choose from 'tokens'"):
            table(ROWS, key=wrong)


def test_a_turned_table_has_a_column_for_each_row():
    shown = table([row | {"note": "n"} for row in ROWS], turned=True, key="B")
    assert shown.columns == ("chip", "A<100", "B")
    assert shown.rows == (("tokens", "1,234", "5.5"), ("note", "n", "n"))
    assert shown._repr_html_().count('class="tw-key"') == 3
    with pytest.raises(ValueError, match="choose from 'A<100', 'B'"):
        table(ROWS, turned=True, key="tokens")
