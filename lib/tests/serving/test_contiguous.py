"""Pieces never overlap, what comes back is joined again, and each rule reserves what it says."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenworks.serving.contiguous import (
    Buddy,
    FirstFit,
    power_of_two,
    reserve_exact,
    reserve_most,
    reserve_power_of_two,
)

few = settings(max_examples=50)
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module")
ALLOCATORS = [FirstFit, Buddy]


def test_first_fit_by_hand():
    """Ten positions: 4, 3, 3; the middle comes back; 2 go in, and 2 more have no room."""
    memory = FirstFit(10)
    pieces = [memory.allocate(n) for n in (4, 3, 3)]
    assert pieces == [range(4), range(4, 7), range(7, 10)]
    memory.free(pieces[1])
    assert memory.allocate(2) == range(4, 6)
    assert memory.free_tokens == 1
    assert memory.allocate(2) is None
    memory.free(pieces[0])
    assert memory.allocate(5) is None  # 5 are free, 4 and 1 of them in a row
    assert memory.free_tokens == 5


def test_buddy_by_hand():
    """Sixteen positions: 3 take a 4, 5 take an 8; twins join when both are back."""
    memory = Buddy(16)
    three, five = memory.allocate(3), memory.allocate(5)
    assert (three, five) == (range(4), range(8, 16))
    assert memory.allocate(5) is None
    assert memory.free_tokens == 4
    memory.free(three)
    assert memory.allocate(8) == range(8)


def test_a_buddy_memory_of_another_size_has_a_piece_for_each_binary_digit():
    """15,728 cells, as the 12 GiB of vLLM's 13B server: seven pieces of 2,048, not eight."""
    memory = Buddy(12 * 2**30 // 819_200)
    assert memory.tokens == memory.free_tokens == 15_728
    pieces = [memory.allocate(2048) for _ in range(7)]
    assert all(len(piece) == 2048 for piece in pieces)
    assert memory.allocate(2048) is None
    assert memory.free_tokens / memory.tokens == pytest.approx(0.089, abs=5e-4)


@few
@given(
    st.sampled_from(ALLOCATORS),
    st.integers(1, 70),
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 5)), max_size=25),
)
def test_pieces_do_not_overlap_and_all_comes_back(kind, size, wishes):
    memory, out = kind(size), []
    for tokens, returned in wishes:
        piece = memory.allocate(tokens)
        if piece is not None:
            out.append(piece)
            assert len(piece) == (tokens if kind is FirstFit else power_of_two(tokens))
        taken = [position for piece in out for position in piece]
        assert len(set(taken)) == len(taken) == size - memory.free_tokens
        assert set(taken) <= set(range(size))
        if out and returned < len(out):
            memory.free(out.pop(returned))
    for piece in out:
        memory.free(piece)
    assert memory.free_tokens == size
    assert len(memory.allocate(1 << size.bit_length() - 1)) == 1 << size.bit_length() - 1


@few
@given(st.integers(1, 60), st.lists(st.integers(1, 20), min_size=1, max_size=12))
def test_first_fit_refuses_only_what_no_gap_holds(size, wishes):
    """The oracle is a list of positions: the first run of free ones that is long enough."""
    memory, cells = FirstFit(size), [False] * size
    for number, tokens in enumerate(wishes):
        starts = [at for at in range(size - tokens + 1) if not any(cells[at : at + tokens])]
        piece = memory.allocate(tokens)
        assert piece == (range(starts[0], starts[0] + tokens) if starts else None)
        if piece is not None:
            for at in piece:
                cells[at] = True
            if number % 3 == 1:
                memory.free(piece)
                for at in piece:
                    cells[at] = False


@pytest.mark.parametrize("kind", ALLOCATORS)
def test_what_nobody_holds_cannot_be_freed(kind):
    memory = kind(8)
    piece = memory.allocate(4)
    memory.free(piece)
    for wrong in (piece, range(2, 4), range(0)):
        with pytest.raises(ValueError, match=r"nobody holds range\(.*; was it freed before"):
            memory.free(wrong)
    for tokens in (0, -1):
        with pytest.raises(ValueError, match="tokens must be a whole number from 1"):
            memory.allocate(tokens)
        with pytest.raises(ValueError, match="tokens must be a whole number from 1"):
            kind(tokens)


def test_what_the_rules_set_aside():
    """The paper's example: for 25 tokens of output it reserves 32."""
    assert reserve_exact(100, 25) == 125
    assert reserve_power_of_two(2048)(100, 25) == 132
    assert reserve_power_of_two(2048)(1100, 900) == 2048
    assert reserve_most(2048)(100, 25) == 2048
    assert [power_of_two(n) for n in (1, 2, 3, 4, 5, 1024)] == [1, 2, 4, 4, 8, 1024]
