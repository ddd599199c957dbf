import pytest

from tokenworks.figures import Cut, token_pieces


def test_each_piece_has_a_box_and_its_id():
    figure = token_pieces({"text": Cut(["un", "belie", "vable"], [12, 3456, 789])}, alt="Three.")
    for svg in (figure.wide, figure.narrow):
        assert svg.count('class="f-panel s-line"') == 3
        assert all(f">{id_}</text>" in svg for id_ in (12, 3456, 789))
    assert figure.numbers["tokens of text"] == 3
    assert "3 tokens" in figure.printed


def test_a_beginning_says_how_many_tokens_the_whole_has():
    cut = Cut(["The", "Ġsea"], tokens=58)
    assert cut.count == 58
    figure = token_pieces({"SmolLM2": cut}, alt="Two pieces of many.")
    assert "… 58 tokens in all" in figure.printed


def test_pieces_wrap_where_the_line_ends():
    figure = token_pieces({"long": Cut(["piece"] * 40)}, alt="Forty.")
    rows = {
        line.split(' y="')[1].split('"')[0] for line in figure.wide.split("\n") if "<rect" in line
    }
    assert len(rows) > 2


def test_the_last_pieces_have_a_meaning_and_words_of_their_own():
    cut = Cut(["six", ",", "seven"], last=2, fill="hatch", said="2 are never shown")
    figure = token_pieces({"drawn": cut, "next": Cut(["a", "b"], last=1)}, alt="Two rows.")
    for svg in (figure.wide, figure.narrow):
        assert svg.count('class="f-decode"') == 1
        assert svg.count('class="f-panel s-line"') == 4
        assert "s-waste" in svg
    assert "2 are never shown" in figure.printed
    assert "3 tokens" not in figure.printed


def test_no_more_is_marked_than_there_is():
    with pytest.raises(ValueError, match="at most as many as it has"):
        token_pieces({"x": Cut(["a"], last=2)}, alt="No.")


def test_an_id_for_each_piece_or_none():
    with pytest.raises(ValueError, match="an id for each piece"):
        token_pieces({"x": Cut(["a", "b"], [1])}, alt="No.")
