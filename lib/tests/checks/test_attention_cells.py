import numpy as np
from tokenworks.checks.question import fresh_cases

from tokenworks.checks.attention_cells import CELLS, QUESTIONS

DRAWN = fresh_cases(CELLS, "cells", count=60)


def test_the_chapters_question_about_a_block_table():
    assert [question.id for question in QUESTIONS] == ["08.5"]


def test_cells_are_those_of_the_tables_blocks_one_after_another():
    for table, size, start, stop in (*CELLS.cases, *DRAWN):
        memory = np.arange(size * (max(table) + 1)).reshape(-1, size)
        assert CELLS.oracle(table, size, start, stop) == memory[table].ravel()[start:stop].tolist()


def test_every_hidden_range_crosses_the_end_of_a_block_and_none_leaves_the_table():
    for table, size, start, stop in DRAWN:
        assert start // size < (stop - 1) // size < len(table)
        assert len(set(table)) == len(table)
    assert {0} < {start % size for _, size, start, _ in DRAWN}
