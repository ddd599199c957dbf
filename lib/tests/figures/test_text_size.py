import pytest

from tokenworks.figures.text_size import UNKNOWN, text_width, wrapped


def test_widths_are_those_of_the_font():
    # DejaVu Sans, units of 1/2048 em: a 1255, i 569; bold m 2134
    assert text_width("a", 2048) == pytest.approx(1255, abs=1)
    assert text_width("ai", 2048) == pytest.approx(1255 + 569, abs=2)
    assert text_width("m", 2048, bold=True) == pytest.approx(2134, abs=1)


def test_width_grows_with_the_size_and_an_unknown_letter_is_wide():
    assert text_width("abc", 20) == pytest.approx(2 * text_width("abc", 10))
    assert text_width("字", 10) == UNKNOWN * 10 / 1000


def test_lines_break_at_words_and_where_told():
    width = text_width("two words", 10)
    assert wrapped("two words more", 10, width) == ["two words", "more"]
    assert wrapped("two\nwords", 10, width) == ["two", "words"]


def test_a_word_wider_than_the_line_is_refused():
    with pytest.raises(ValueError, match="wider than its 20 px"):
        wrapped("incomprehensible", 14, 20)
