"""The small memory step by step: nobody loses a token, nobody shares a cell unasked."""

from itertools import pairwise, product

import pytest

from tokenworks.serving import waste
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.waste import Running
from tokenworks.widgets.memory_steps import (
    CELLS,
    MOST,
    PREFIX,
    RESERVES,
    TRACES,
    account,
    contiguous,
    paged,
    run,
    sequences,
)

PARTS = ("used", "reserved", "internal", "external")
SETTINGS = list(product(TRACES, ("in turn", "at once"), (1, 4), (False, True)))


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
@pytest.mark.parametrize("memory", ["paged", *RESERVES])
def test_every_sequence_gets_all_its_tokens(memory, setting):
    lengths, arrivals, answers, shared = setting
    told = {"arrivals": arrivals, "answers": answers, "shared_prefix": shared}
    asked = sequences(lengths, **told)
    moments = run(memory, 4, lengths, **told)
    if arrivals == "at once":
        assert len(moments[0].seats + moments[0].waiting) == len(asked)
    size = 4 if memory == "paged" else 1
    for i, request in enumerate(asked):
        tokens = [seat.tokens for m in moments for seat in m.seats if seat.sequence == i]
        assert tokens[0] == request.prompt_tokens
        assert tokens[-1] == request.prompt_tokens + request.max_tokens - 1
        assert all(b - a == 1 for a, b in pairwise(tokens) if b > a)
    for moment in moments:
        found = account(moment, asked, size)
        assert sum(found[name] for name in PARTS) <= CELLS
        assert found["used"] <= sum(seat.tokens for seat in moment.seats)
        assert all(len(seat.blocks) * size >= seat.tokens for seat in moment.seats)
        assert found["saved"] == 0 or (memory == "paged" and (shared or answers > 1))
        writing = [seat.blocks[(seat.tokens - 1) // size] for seat in moment.seats]
        assert len(set(writing)) == len(writing)


@pytest.mark.parametrize("memory", ["paged", *RESERVES])
def test_without_sharing_the_account_is_the_librarys(memory):
    asked = sequences("mixed", answers=1, shared_prefix=False)
    size = 4 if memory == "paged" else 1
    for moment in run(memory, 4, "mixed", answers=1, shared_prefix=False):
        rows = [
            Running(asked[i].prompt_tokens, asked[i].max_tokens, tokens, blocks=list(blocks))
            for i, tokens, blocks in moment.seats
        ]
        want = waste.account(waste.Paged(BlockPool(CELLS // size, size)), rows, waiting=False)
        found = account(moment, asked, size)
        parts = ("used", "reserved", "internal")
        assert [found[name] for name in parts] == [getattr(want, name) for name in parts]
        held = sum(found[name] for name in parts)
        outside = moment.waiting and memory != "paged"
        assert moment.external == (CELLS - held if outside else 0)


def test_forks_copy_before_they_write_and_prefixes_are_found():
    moments = paged(sequences("alike", answers=4, shared_prefix=False), 8, shared_prefix=False)
    assert sum(len(moment.copies) for moment in moments) >= 9
    asked = sequences("alike", answers=1, shared_prefix=True)
    tables = {
        seat.sequence: seat.blocks
        for moment in paged(asked, 4, shared_prefix=True)
        for seat in moment.seats
    }
    assert len({blocks[: PREFIX // 4] for blocks in tables.values()}) == 1
    asked = sequences("alike", answers=1, shared_prefix=True)
    coarse = paged(asked, 16, shared_prefix=True)
    assert all(account(moment, asked, 16)["saved"] == 0 for moment in coarse)


def test_pieces_leave_gaps_that_nobody_can_use():
    asked = sequences("mixed", answers=1, shared_prefix=False)
    for name, most in {"exact": 0, "power": 0, "most": -1}.items():
        moments = list(contiguous(asked, RESERVES[name]))
        assert max(moment.external for moment in moments) > most
    first = next(contiguous(asked, RESERVES["most"]))
    assert len(first.seats[0].blocks) == MOST
    assert account(first, asked, 1) == {
        "used": 9,
        "reserved": 3,
        "internal": 20,
        "external": 0,
        "saved": 0,
    }
