"""A guess: what its slider offers, how its values read, and what it refuses."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tokenworks.widgets import guess
from tokenworks.widgets.guess import Guess, asked, slider_values, value_text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1.34e9, "bytes", "1.34 GB"),
        (0.034, "seconds", "34 ms"),
        (12.5, "tokens_per_s", "12.5 tokens/s"),
        (30, "%", "30 %"),
        (10, "×", "10×"),
        (3, "USD", "USD 3.00"),
        (1000, "conversations", "1,000 conversations"),
        (1, "conversations", "1 conversation"),
        (7, "", "7"),
    ],
)
def test_a_value_reads_with_its_unit(value, unit, text):
    assert value_text(value, unit) == text


def test_a_slider_over_decades_has_even_factors_and_keeps_its_ends():
    values = slider_values(1e9, 1e13)
    assert (values[0], values[-1]) == (1e9, 1e13)
    factors = [later / earlier for earlier, later in pairwise(values)]
    assert max(factors) < 1.2
    assert min(factors) > 1.05
    counts = slider_values(1, 1000)
    assert counts[:12] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13]
    assert all(isinstance(count, int) for count in counts)


def test_a_slider_within_two_decades_has_even_steps():
    assert slider_values(1, 99) == list(range(1, 100))
    shares = slider_values(0.1, 3.0)
    assert {round(later - earlier, 9) for earlier, later in pairwise(shares)} == {0.05}
    assert (shares[0], shares[-1]) == (0.1, 3.0)
    assert slider_values(10, 255)[-2:] == [250, 255]


@pytest.mark.parametrize(("low", "high"), [(0, 10), (-1, 10), (5, 5), (9, 2)])
def test_a_slider_without_room_is_refused(low, high):
    with pytest.raises(ValueError, match="0 < low < high"):
        slider_values(low, high)


def test_it_opens_in_the_middle_and_a_value_from_python_is_locked_in():
    one = guess("python", "How many?", low=1, high=100, unit="tokens")
    assert not one.state["locked"]
    one.value = 41
    assert one.value == 40, "the slider's closest position"
    assert one.state["locked"]
    with pytest.raises(ValueError, match="from 1 token to 100 tokens; 101 lies outside"):
        one.value = 101
    with pytest.raises(ValueError, match="value = 41 is not recorded"):
        one.state = {"value": 41, "locked": True}


def test_a_cell_that_runs_again_keeps_the_guess_and_a_key_asks_one_thing():
    first = guess("again", "How many?", low=1, high=10)
    first.value = 3
    assert guess("again", "How many?", low=1, high=10).value == 3
    with pytest.raises(ValueError, match="'again' already asks 'How many\\?'; choose another"):
        guess("again", "How long?", low=1, high=10)
    with pytest.raises(ValueError, match=r"no guess has the key 'never' \(known: .*again"):
        asked("never")


def test_text_form_and_static_form():
    one = guess("forms", "How <many>?", low=1, high=1000, unit="chips")
    assert repr(one) == "Guess(key='forms')"
    assert isinstance(one, Guess)
    assert "<strong>How &lt;many&gt;?</strong> Somewhere from 1 chip to 1,000 chips." in (
        one.fallback()
    )
