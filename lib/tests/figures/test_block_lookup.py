"""The way of a token through its block table is that of the pages' arithmetic."""

import pytest

from tokenworks.figures.block_lookup import Lookup, look_up
from tokenworks.serving.block_pool import BlockPool


def pool_and_table():
    pool = BlockPool(8, 16)
    pool.allocate(6)
    pool.free([5, 1])
    return pool, pool.allocate(3)


def test_a_token_is_traced():
    pool, table = pool_and_table()
    assert table == [5, 1, 6]
    figure = look_up(pool, table, tokens=40, traced=39)
    assert (figure.numbers["block"], figure.numbers["cell"]) == (6, 7)
    assert "token 39 = 2 × 16 + 7" in figure.printed
    assert "so cell 7 of block 6" in figure.printed
    first = look_up(pool, table, tokens=40, traced=16)
    assert (first.numbers["block"], first.numbers["cell"]) == (1, 0)


def test_the_cells_of_a_sequence_are_drawn_twice():
    """Once in its own order, once in the pool; the traced one is black in both."""
    pool, table = pool_and_table()
    for svg in (look_up(pool, table, tokens=40, traced=39).wide,):
        assert svg.count('class="f-kv"') == 2 * 39
        assert svg.count('height="16" class="f-ink"') == 2
        assert svg.count('class="f-kv faint"') == 2 * 8
        assert svg.count("another sequence's") == 4


def test_every_cell_is_found_where_the_table_says():
    pool, table = pool_and_table()
    found = [Lookup(pool, table, 40, token) for token in range(40)]
    assert [(one.block, one.cell) for one in found] == [
        (table[token // 16], token % 16) for token in range(40)
    ]


def test_a_table_that_is_not_the_sequences_is_refused():
    pool, table = pool_and_table()
    with pytest.raises(ValueError, match="50 tokens do not take 3 blocks"):
        look_up(pool, table, tokens=50, traced=39)
    with pytest.raises(ValueError, match="token 40 is none of the 40"):
        look_up(pool, table, tokens=40, traced=40)
