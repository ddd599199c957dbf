import pytest

from tokenworks.serving.server.errors import ApiError
from tokenworks.serving.server.fields import (
    IGNORED,
    NEUTRAL,
    flag,
    number,
    read_body,
    refuse_others,
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
    assert read_body(b'{"seed": null, "n": 1}') == {"n": 1}


@pytest.mark.parametrize("name", sorted(IGNORED))
def test_what_changes_no_token_is_accepted(name):
    refuse_others({name: "anything"}, frozenset())


@pytest.mark.parametrize("name", sorted(NEUTRAL))
def test_what_would_be_ignored_silently_is_refused_unless_it_asks_for_nothing(name):
    for value in NEUTRAL[name]:
        refuse_others({name: value}, frozenset())
    with pytest.raises(ApiError, match=f"{name}: 17 is not supported") as caught:
        refuse_others({name: 17}, frozenset())
    assert caught.value.param == name


def test_the_values_that_ask_for_nothing_are_those_of_the_formulas():
    """A factor of 1, an exponent of 1, a sum of 0: as vLLM and OpenAI document their defaults."""
    ones = {"best_of", "length_penalty", "repetition_penalty"}
    nothing = {"frequency_penalty", "min_tokens", "presence_penalty"}
    numbers = {name: v for name, v in NEUTRAL.items() if any(type(one) is int for one in v)}
    assert numbers == dict.fromkeys(ones, (1,)) | dict.fromkeys(nothing, (0,))


def test_true_is_not_one():
    with pytest.raises(ApiError, match="repetition_penalty: true is not supported"):
        refuse_others({"repetition_penalty": True}, frozenset())


def test_a_slip_of_the_pen_is_named():
    with pytest.raises(ApiError, match="unknown field; did you mean top_k"):
        refuse_others({"top_kk": 0}, frozenset({"top_k"}))
    with pytest.raises(ApiError, match=r"zzzz: unknown field$"):
        refuse_others({"zzzz": 0}, frozenset({"temperature"}))


@pytest.mark.parametrize(
    ("read", "value", "complaint"),
    [
        (lambda b: flag(b, "x"), 1, "must be true or false, got 1"),
        (lambda b: whole(b, "x", least=1, most=9), 0, "whole number from 1 to 9, got 0"),
        (lambda b: whole(b, "x", least=1, most=9), True, "got true"),
        (lambda b: whole(b, "x", least=1, most=9), 2.0, "got 2.0"),
        (lambda b: number(b, "x", default=1), "0.5", 'must be a finite number, got "0.5"'),
        (lambda b: number(b, "x", default=1), float("inf"), "got Infinity"),
        (lambda b: number(b, "x", default=1), 10**400, "must be a finite number"),
        (lambda b: text(b, "x"), 5, "must be a text, got 5"),
        (lambda b: texts(b, "x", most=2, longest=3), 5, "a text or a list of texts, got 5"),
        (lambda b: texts(b, "x", most=2, longest=3), ["a", "b", "c"], "at most 2 are allowed"),
        (lambda b: texts(b, "x", most=2, longest=3), "", "1 to 3 characters"),
        (lambda b: texts(b, "x", most=2, longest=3), ["abcd"], "1 to 3 characters"),
        (lambda b: text(b, "x"), ["a" * 100], r'got \["aaa.*\.\.\.$'),
    ],
)
def test_a_wrong_value_is_shown_with_its_field(read, value, complaint):
    with pytest.raises(ApiError, match=f"^x: .*{complaint}") as caught:
        read({"x": value})
    assert caught.value.param == "x"


def test_right_values_come_back():
    body = {"f": True, "n": 3, "t": "a", "s": ["a", "b"]}
    assert flag(body, "f") is True
    assert flag(body, "other") is False
    assert whole(body, "n", least=1, most=3) == 3
    assert whole(body, "other", least=1, most=3) is None
    assert number(body, "other", default=0.5) == 0.5
    assert (text(body, "t"), text(body, "other")) == ("a", None)
    assert texts(body, "s", most=2, longest=1) == ("a", "b")
    assert texts(body, "t", most=2, longest=1) == ("a",)
    assert texts(body, "other", most=2, longest=1) == ()
