"""What a calculator tabulates, how numbers are written, and verdicts with numbers in them."""

import pytest

from tokenworks.widgets.calculation import (
    Across,
    Calculation,
    Output,
    Point,
    Verdict,
    _stated,
    choices,
    kept,
    numbers,
    share_text,
    times_text,
    usd_text,
)


def at(place):
    if place["count"] == 3 and place["who"] == "b":
        return Point(verdict="no")
    usd = place["count"] / 7
    return Point(verdict="yes", values={"usd": usd, "word": 1}, floors={"usd": usd / 2})


MADE = Calculation(
    name="made",
    title="Made up",
    inputs=(numbers("count", "Count", (1, 2, 3)), choices("who", "Who", {"a": "one", "b": "two"})),
    outputs=(
        Output(name="usd", label="price", unit="usd", floor=True),
        Output(name="word", label="word", unit="word", words=("left", "right")),
    ),
    verdicts={
        "yes": Verdict(text="{count} of {who} cost {usd}, at least {usd.floor}: {word}."),
        "no": Verdict(text="Not {count} of {who}: {usd}.", refused=True),
    },
    at=at,
    picture=Across(over="who", output="usd", title="price"),
    note="Nothing.",
    start={"count": 1, "who": "a"},
    rows="count",
)


def test_every_setting_is_tabulated_on_the_inputs_it_depends_on():
    table = MADE.tabulated()
    assert len(MADE.places()) == 6
    assert table["points"]["usd"]["over"] == ["count", "who"]
    assert table["points"]["usd"]["values"] == [0.143, 0.143, 0.286, 0.286, 0.429, None]
    assert table["points"]["usd.floor"]["values"][:2] == [0.0714, 0.0714]
    assert table["points"]["verdict"] == {"over": ["count", "who"], "values": [0, 0, 0, 0, 0, 1]}
    assert table["column"] == "expected"


def test_a_bound_of_zero_is_kept():
    said = _stated(Output(name="left", label="left over", unit="usd", least=0))
    assert said == {"name": "left", "label": "left over", "unit": "usd", "least": 0}
    assert _stated(Output(name="more", label="more", unit="usd", most=0.0))["most"] == 0


def test_a_column_that_does_not_change_is_one_value():
    assert MADE._folded([4] * 6) == {"over": [], "values": [4]}
    assert MADE._folded([1, 2, 1, 2, 1, 2]) == {"over": ["who"], "values": [1, 2]}
    assert MADE._folded([1, 1, 2, 2, 3, 3]) == {"over": ["count"], "values": [1, 2, 3]}


def test_the_verdict_has_its_numbers():
    place = {"count": 2, "who": "b"}
    said = MADE.story(place, at(place))
    assert said == "2 of two cost USD\u00a00.286, at least USD\u00a00.143: right."
    place = {"count": 3, "who": "b"}
    assert MADE.story(place, at(place)) == "Not 3 of two: –."


@pytest.mark.parametrize(
    ("usd", "text"),
    [
        (0, "0"),
        (1234.4, "1,234"),
        (118, "118"),
        (5.2, "5.20"),
        (0.409, "0.409"),
        (0.0171, "0.0171"),
        (0.00313, "0.00313"),
        (0.000125, "0.000125"),
        (0.0000125, "0.0000125"),
    ],
)
def test_dollars_have_three_digits(usd, text):
    assert usd_text(usd) == f"USD\u00a0{text}"


def test_shares_and_ratios():
    assert share_text(0.26) == "26\u00a0%"
    assert share_text(0.026) == "2.6\u00a0%"
    assert share_text(0) == "0\u00a0%"
    assert share_text(0.994) == "99\u00a0%"
    assert share_text(0.9996) == "over 99\u00a0%"
    assert share_text(1) == "100\u00a0%"
    assert times_text(16.4) == "16.4×"


def test_counts_are_kept_whole_and_others_have_three_digits():
    count, usd = (Output(name="x", label="x", unit=unit) for unit in ("count", "usd"))
    assert kept(123_456, count) == 123_456
    assert kept(3.6111, count) == 3.61
    assert kept(123_456, usd) == 123_000
    assert kept(None, usd) is None
    share = Output(name="x", label="x", unit="share")
    assert kept(0.99999, share) == 0.999
    assert kept(1.0, share) == 1
