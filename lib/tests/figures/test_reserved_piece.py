"""The parts of one sequence's room, by hand and added up."""

import pytest

from figures.memories import maps
from tokenworks.figures.reserved_piece import cut, dissected_pieces
from tokenworks.serving.memory_map import Span

BY_HAND = (
    Span(0, 12, "used", 3),
    Span(12, 15, "reserved", 3),
    Span(15, 18, "internal", 3),
    Span(18, 32, "external", 3),
    Span(32, 40, "external", None),
    Span(40, 44, "used", 5),
    Span(44, 64, "free", None),
)


def test_a_room_is_cut_as_it_lies():
    parts = {"used": 12, "reserved": 3, "internal": 3, "external": 14, "gap": 8}
    assert cut(BY_HAND, 3) == parts
    assert cut(BY_HAND, 5) == {"used": 4}, "cells that are free for anybody are no gap"
    with pytest.raises(ValueError, match="sequence 4 is not in this memory"):
        cut(BY_HAND, 4)


def test_the_labels_are_the_counts():
    figure = dissected_pieces({"by hand": BY_HAND}, 3)
    assert figure.numbers["by hand: in all"] == 40
    assert "14 lost to rounding, 8 lost in the gap behind it" in figure.alt
    drawn = dissected_pieces(maps(), 0)
    for name, spans in maps().items():
        for use, count in cut(spans, 0).items():
            assert drawn.numbers[f"{name}: {use}"] == count


def test_one_scale_for_all():
    """The longest room fills the width; the tokens are as wide in every memory."""
    figure = dissected_pieces(maps(), 0)
    widths = [
        part.split('width="')[1].split('"')[0]
        for part in figure.wide.split("<rect")[1:]
        if 'height="24"' in part and 'class="f-kv"' in part
    ]
    assert len(widths) == 3
    assert len(set(widths)) == 1
