"""The paging puzzles: pieces need foresight, pages need none, and their size is a trade."""

import pytest

from tokenworks.widgets.hand_placement import Play
from tokenworks.widgets.page_puzzle import PAGES, TRACES, page_puzzle, page_text, tabulated


@pytest.mark.parametrize("name", TRACES)
def test_the_optimum_is_played_and_first_fit_is_below_it(name):
    table, trace = tabulated()["puzzles"][name], TRACES[name]
    for page, first, most, moves in zip(
        PAGES, table["first"], table["best"], table["moves"], strict=True
    ):
        play = Play(trace, page)
        for move in moves:
            play = play.after(move)
        assert play.done
        assert play.total == most >= first
        assert most <= table["wanted"]
    assert table["first"][0] < 0.7 * table["best"][0]
    assert list(trace.stays) == sorted(trace.stays, key=lambda stay: stay.arrival)


def test_the_best_page_is_neither_the_smallest_nor_the_largest():
    best = {name: tabulated()["puzzles"][name]["best"][1:] for name in TRACES}
    for totals in best.values():
        assert totals[0] < max(totals) > totals[-1]
    easy = tabulated()["puzzles"]["room-for-all"]
    assert easy["first"][PAGES.index(2)] == easy["wanted"] == easy["best"][0]


def test_refusals_name_what_is_known():
    with pytest.raises(ValueError, match="choose from room-for-all, short-table, too-much"):
        page_puzzle("chess")
    with pytest.raises(ValueError, match="page = 3 is not recorded; choose from off, 1, 2, 4, 8"):
        page_puzzle(page=3)


def test_text_forms():
    widget = page_puzzle()
    assert repr(widget) == "PagePuzzle(puzzle='room-for-all', page=None)"
    assert "one piece 61 and 103, blocks of 1 cell 93 and 93" in widget.fallback()
    assert widget.fallback().count("<tr>") == 7
    assert page_text(4) == "blocks of 4 cells"
    assert len(widget.static_html()) < 4_000
