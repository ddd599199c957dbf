import json

import pytest

from tokenworks.serving.server.errors import ApiError
from tokenworks.serving.server.fields import (
    LONGEST_NAME,
    anything,
    flag,
    labels,
    number,
    one_of,
    only,
    read,
    read_body,
    record,
    shown,
    text,
    texts,
    whole,
)


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        (b"", "not valid JSON"),
        (b'{"a": 1', "not valid JSON"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b"\xff\xfe", "not valid JSON"),
        (b"[1]", "must be a JSON object, got a list"),
        (b"null", "got null"),
        (b'"a"', "got a text"),
        (b"1", "got a number"),
        (b"true", "got a boolean"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b'{"n": ' + b"9" * 5000 + b"}", "not valid JSON"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_body_that_is_no_object_is_refused(raw, complaint):
    with pytest.raises(ApiError, match=complaint) as caught:
        read_body(raw)
    assert (caught.value.status, caught.value.code) == (400, "invalid_json")


def test_null_is_as_good_as_absent():
    assert read({"seed": None, "strange": None, "x": 1}, {"x": whole(1, 9)}) == {"x": 1}


def test_true_is_not_one():
    with pytest.raises(ApiError, match="x: true is not supported"):
        only(1)(True, "x")


def test_a_slip_of_the_pen_is_named():
    with pytest.raises(ApiError, match="unknown field; did you mean top_k"):
        read({"top_kk": 0}, {"top_k": whole(0, 9)})
    with pytest.raises(ApiError, match=r"zzzz: unknown field$"):
        read({"zzzz": 0}, {"temperature": number()})


def test_nobody_is_sent_on_to_a_field_that_is_refused_too():
    with pytest.raises(ApiError, match=r"tool: unknown field$"):
        read({"tool": 1}, {"tools": only([])})


@pytest.mark.parametrize("name", ["n" * 500_000, "\ud800", "\udfff" * 9])
def test_a_clients_own_words_come_back_cut_and_as_valid_json(name):
    with pytest.raises(ApiError, match="unknown field") as caught:
        read({name: 0}, {"temperature": number()})
    assert len(caught.value.param) <= LONGEST_NAME
    assert len(json.dumps(caught.value.body)) < 500


@pytest.mark.parametrize(
    ("rule", "value", "complaint"),
    [
        (flag, 1, "must be true or false, got 1"),
        (whole(1, 9), 0, "whole number from 1 to 9, got 0"),
        (whole(1, 9), True, "got true"),
        (whole(1, 9), 2.5, "got 2.5"),
        (whole(1, 9), "2", 'got "2"'),
        (whole(1, 9), 1e300, "got 1e"),
        (number(), "0.5", "must be a finite number from 0, got '0.5'"),
        (number(), float("inf"), "got inf"),
        (number(), 10**400, "must be a finite number"),
        (number(most=1, above=True), 0, "must be a finite number above 0 and at most 1, got 0"),
        (text, 5, "must be a text, got 5"),
        (one_of("a", "b"), "c", 'must be one of a, b, got "c"'),
        (one_of("a", "b"), ["a"], "must be one of a, b"),
        (one_of("a", "b"), {"a": 1}, "must be one of a, b"),
        (texts(2, 3), 5, "a text or a list of texts, got 5"),
        (texts(2, 3), ["a", "b", "c"], "at most 2 are allowed"),
        (texts(2, 3), "", "1 to 3 characters"),
        (texts(2, 3), ["abcd"], "1 to 3 characters"),
        (text, ["a" * 100], r'got \["aaa.*\.\.\.$'),
        (anything, "zz", 'must be an object, got "zz"'),
        (labels, [1], "must be an object"),
        (labels, {"a": 1}, "must be a text, got 1"),
        (record({"a": flag}), 5, "must be an object, got 5"),
        (record({"a": flag}), {"a": 1}, "must be true or false"),
        (record({"a": flag}), {"b": 1}, "unknown field"),
    ],
)
def test_a_wrong_value_is_shown_with_its_place(rule, value, complaint):
    with pytest.raises(ApiError, match=rf"^x(\.[ab])?: .*{complaint}") as caught:
        read({"x": value}, {"x": rule})
    assert caught.value.param == caught.value.message.partition(":")[0]


def test_right_values_come_back():
    schema = {
        "flag": flag,
        "whole": whole(1, 5),
        "number": number(),
        "text": text,
        "texts": texts(2, 1),
        "labels": labels,
        "record": record({"a": one_of("b")}),
    }
    body = {"flag": True, "whole": 3, "number": 0.5, "text": "a", "texts": ["a", "b"]}
    body |= {"labels": {"a": "b"}, "record": {"a": "b"}}
    assert read(body, schema) == body | {"texts": ("a", "b")}
    assert read({"texts": "a"}, schema) == {"texts": ("a",)}
    found = read({"whole": 5.0}, schema)["whole"]
    assert (found, type(found)) == (5, int)


def test_what_is_nested_too_deeply_to_be_shown_is_not():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    assert shown(deep) == "something nested deeply"
