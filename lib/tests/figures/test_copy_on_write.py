"""The strip of copies is what the real memory does."""

import pytest

from tokenworks.figures.copy_on_write import copy_strip, fork_frames


def test_all_but_the_last_copy():
    frames = fork_frames(40, 4, 16)
    assert [frame.copy for frame in frames] == [None, (2, 3), (2, 4), (2, 5), None]
    assert frames[0].tables == ((0, 1, 2),) * 4
    assert frames[-1].tables == ((0, 1, 3), (0, 1, 4), (0, 1, 5), (0, 1, 2))
    assert [frame.holders(2) for frame in frames] == ["ABCD", "BCD", "CD", "D", "D"]


def test_who_waits_does_not_lengthen_the_shared_block():
    frames = fork_frames(40, 4, 16)
    assert [frame.filled(2, 16) for frame in frames] == [8, 8, 8, 8, 9]
    assert [frame.filled(3, 16) for frame in frames[1:]] == [9] * 4


def test_the_strip_says_what_is_copied():
    figure = copy_strip(40, answers=4, block_size=16)
    assert "B writes token 40: block 2 is copied to 4" in figure.printed
    assert "D writes token 40: it is the last holder, no copy" in figure.printed
    assert figure.numbers["copies"] == 3
    assert figure.wide.count('class="f-ink"') >= 4


@pytest.mark.parametrize(("prompt", "answers"), [(48, 4), (40, 9)])
def test_where_nothing_is_copied_there_is_no_strip(prompt, answers):
    with pytest.raises(ValueError, match=f"{answers} answers to {prompt} tokens"):
        copy_strip(prompt, answers=answers, block_size=16)
