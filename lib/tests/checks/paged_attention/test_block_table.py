from itertools import islice

import numpy as np

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.paged_attention.block_table import slot_mapping

DRAWN = list(islice(drawn_cases(slot_mapping, "slots"), 60))


def test_slots_are_those_of_the_tables_blocks_one_after_another():
    for table, size, start, stop in (*slot_mapping.cases, *DRAWN):
        memory = np.arange(size * (max(table) + 1)).reshape(-1, size)
        wanted = memory[table].ravel()[start:stop].tolist()
        assert slot_mapping(table, size, start, stop) == wanted


def test_every_hidden_range_crosses_the_end_of_a_block_and_none_leaves_the_table():
    for table, size, start, stop in DRAWN:
        assert start // size < (stop - 1) // size < len(table)
        assert len(set(table)) == len(table)
    assert {0} < {start % size for _, size, start, _ in DRAWN}
