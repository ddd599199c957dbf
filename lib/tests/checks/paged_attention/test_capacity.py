from itertools import islice

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.paged_attention.capacity import sequences_that_fit
from tokenworks.serving import BlockPool, Contiguous, FirstFit, Paged, reserve_most
from tokenworks.serving.waste import Running

DRAWN = list(islice(drawn_cases(sequences_that_fit, "queues"), 60))


def let_in(memory, lengths):
    for count, tokens in enumerate(lengths):
        if not memory.hold(Running(1, tokens - 1, tokens), tokens):
            return count
    return len(lengths)


def test_as_many_fit_as_in_the_servers_own_memories():
    for lengths, room, most, size in (*sequences_that_fit.cases, *DRAWN):
        pieces = Contiguous(FirstFit(room), reserve_most(most))
        blocks = Paged(BlockPool(room // size, size))
        found = [let_in(memory, lengths) for memory in (pieces, blocks)]
        assert sequences_that_fit(lengths, room, most, size) == found


def test_hidden_queues_end_in_the_middle_and_at_the_end():
    ends = {sequences_that_fit(*case)[1] == len(case[0]) for case in DRAWN}
    assert ends == {True, False}
