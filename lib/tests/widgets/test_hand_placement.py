"""The rules of the paging puzzle against the real allocators, its optimum against brute force."""

from itertools import product
from random import Random

import pytest

from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.contiguous import FirstFit
from tokenworks.widgets.hand_placement import (
    Play,
    Stay,
    Trace,
    as_they_come,
    best,
    pages_for,
    refusal,
)


def drawn(seed):
    """Draw a small trace: five requests, eight cells, five table entries."""
    random = Random(seed)
    rows = sorted(
        (random.randint(0, 4), random.randint(1, 4), random.randint(1, 5)) for _ in "abcde"
    )
    return Trace(f"seed {seed}", 8, 5, tuple(Stay(*row) for row in rows))


def held(trace, page, moves):
    """Return the token-steps of a play, or None where two share a cell; a picture, no rules."""
    for step in range(10):
        here = [
            (stay, move)
            for stay, move in zip(trace.stays, moves, strict=True)
            if move is not None and stay.arrival <= step < stay.end
        ]
        if page is None:
            cells = [move + k for stay, move in here for k in range(stay.tokens)]
            if len(set(cells)) < len(cells) or max(cells, default=0) >= trace.cells:
                return None
        else:
            pages = sum(-(-stay.tokens // page) for stay, _ in here)
            if pages > min(trace.cells // page, trace.entries):
                return None
    kept = zip(trace.stays, moves, strict=True)
    return sum(stay.tokens * stay.steps for stay, move in kept if move is not None)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("page", [None, 1, 2, 4])
def test_the_optimum_is_that_of_brute_force(seed, page):
    trace = drawn(seed)
    starts = [0, 2, 4, None] if page is None else [0, None]  # few cells: a bound from below
    totals = (held(trace, page, moves) for moves in product(starts, repeat=5))
    most = max(total for total in totals if total is not None)
    total, moves = best(trace, page)
    assert total == held(trace, page, moves)
    assert total >= most if page is None else total == most


def test_one_piece_at_every_cell():
    trace = Trace("three", 4, 4, (Stay(0, 2, 2), Stay(0, 3, 1), Stay(2, 2, 3)))
    totals = (held(trace, None, moves) for moves in product([0, 1, 2, 3, None], repeat=3))
    assert best(trace, None)[0] == max(total for total in totals if total is not None) == 13
    assert as_they_come(trace, None).total == 7


@pytest.mark.parametrize("seed", range(20))
def test_first_places_are_those_of_the_allocators(seed):
    trace = drawn(seed)
    pieces, given = FirstFit(trace.cells), []
    for stay, move in zip(trace.stays, as_they_come(trace, None).moves, strict=True):
        given = [one for one in given if one[0] > stay.arrival or pieces.free(one[1])]
        piece = pieces.allocate(stay.tokens)
        assert move == (None if piece is None else piece.start)
        given += [(stay.end, piece)] if piece else []
    many = Trace("many entries", trace.cells, 99, trace.stays)
    pool, given = BlockPool(4, 2), []
    for stay, move in zip(many.stays, as_they_come(many, 2).moves, strict=True):
        given = [one for one in given if one[0] > stay.arrival or pool.free(one[1])]
        fits = pool.blocks_for(stay.tokens) <= pool.free_blocks
        assert pool.blocks_for(stay.tokens) == pages_for(stay.tokens, 2)
        assert (move is not None) == fits
        given += [(stay.end, pool.allocate(pool.blocks_for(stay.tokens)))] if fits else []


def test_a_refusal_says_why():
    trace = Trace("x", 8, 3, (Stay(0, 3, 3), Stay(1, 2, 6), Stay(3, 1, 8)))
    play = Play(trace, None).after(2)
    assert [play.refusal(move) for move in (0, 5, None)] == [
        "in the way of A",
        "beyond the last cell",
        "",
    ]
    with pytest.raises(ValueError, match="request 1 cannot go to cell 0: in the way of A"):
        play.after(0)
    assert play.after(None).refusal(0) == ""  # A has left
    assert refusal(trace, 4, 1, held=((0, 0),), move=0) == "needs 2 blocks, 1 free"
    assert refusal(trace, 2, 2, held=(), move=0) == "needs 4 entries, 3 left"
    done = play.after(None).after(0)
    assert done.done
    assert done.total == 9 + 8
