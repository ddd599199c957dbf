from itertools import islice

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.speculation.rollback import after_the_round
from tokenworks.serving.block_pool import BlockPool

CASES = (*after_the_round.cases, *islice(drawn_cases(after_the_round, "same"), 100))


def test_blocks_are_the_pools():
    for cached, gamma, accepted, size in CASES:
        pool = BlockPool(100, size)
        table = pool.allocate(pool.blocks_for(cached + 1 + gamma))
        kept, held, freed = after_the_round(cached, gamma, accepted, size)
        pool.free(table[held:])
        assert len(table) == held + freed
        assert pool.free_blocks == 100 - held
        assert held * size >= kept > (held - 1) * size


def test_what_stays_is_all_that_is_known_but_the_newest_token():
    for cached, gamma, accepted, size in CASES:
        known = cached + 1 + accepted + 1  # before the round, accepted, the model's own
        assert after_the_round(cached, gamma, accepted, size)[0] == known - 1


def test_many_cases_end_with_a_block():
    drawn = list(islice(drawn_cases(after_the_round, "ends"), 100))
    assert sum((cached + 1 + accepted) % size == 0 for cached, _, accepted, size in drawn) > 15
    assert sum((cached + 1 + gamma) % size == 0 for cached, gamma, _, size in drawn) > 15
    assert {0} < {gamma - accepted for _, gamma, accepted, _ in drawn}
