import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tokenworks.kernels.naive import attention
from tokenworks.kernels.paged import gather, paged_attention

BLOCK = 4
TABLES = np.array([[6, 0, 3], [2, 5, 7]])  # page 1 and page 4 are nobody's, 7 is the scratch page
LENGTHS = [10, 5]
EXACT = {"block_size": BLOCK, "precision": "highest"}


def normal(*shape, seed=0):
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape), jnp.float32)


def paged(dense, *, rest):
    """Lay sequences out in pages; `rest` is what all other cells hold."""
    cells = np.full((8 * BLOCK, *dense.shape[2:]), rest, np.float32)
    for table, tokens, row in zip(TABLES, LENGTHS, np.asarray(dense), strict=True):
        for token in range(tokens):
            cells[table[token // BLOCK] * BLOCK + token % BLOCK] = row[token]
    return jnp.asarray(cells)


@pytest.mark.parametrize("tokens", [1, 3])
@pytest.mark.parametrize("rest", [0.0, np.nan, np.inf])
def test_pages_in_any_order_give_what_each_text_gives_in_one_piece(tokens, rest):
    q, k, v = (normal(2, 10, heads, 8, seed=heads) for heads in (4, 2, 2))
    v = v + 1
    pages = (paged(k, rest=rest), paged(v, rest=rest))
    positions = jnp.array([range(n - tokens, n) for n in LENGTHS])
    last = q[:, :tokens]
    got = paged_attention(last, pages, TABLES, positions=positions, **EXACT)
    for row, length in enumerate(LENGTHS):
        own = (each[row : row + 1, :length] for each in (k, v))
        wanted = attention(last[row : row + 1], *own, precision="highest")
        np.testing.assert_allclose(got[row], wanted[0], rtol=1e-5, atol=1e-6)


def test_a_page_may_stand_in_several_tables():
    k, v = normal(1, 12, 2, 8), normal(1, 12, 2, 8, seed=1)
    cells = [jnp.tile(each[0], (3, 1, 1))[: 8 * BLOCK] for each in (k, v)]
    tables, at = np.array([[0, 1, 2], [0, 4, 5]]), jnp.array([[11], [11]])
    q = jnp.broadcast_to(normal(1, 1, 4, 8, seed=2), (2, 1, 4, 8))
    one, other = paged_attention(q, tuple(cells), tables, positions=at, **EXACT)
    np.testing.assert_array_equal(one, other)


def test_gathering_reads_each_text_in_the_order_of_its_table():
    cells = normal(8 * BLOCK, 2, 3)
    found = gather(cells, jnp.asarray(TABLES), BLOCK)
    for table, row in zip(TABLES, found, strict=True):
        wanted = [np.asarray(cells)[page * BLOCK : (page + 1) * BLOCK] for page in table]
        np.testing.assert_array_equal(row, np.concatenate(wanted))


def test_a_table_shorter_than_the_text_is_refused():
    pages, q = (normal(8 * BLOCK, 2, 8), normal(8 * BLOCK, 2, 8)), normal(2, 1, 4, 8)
    with pytest.raises(ValueError, match="position 12 lies beyond a block table of 12 tokens"):
        paged_attention(q, pages, TABLES, positions=jnp.array([[4], [12]]), **EXACT)
    jax.jit(lambda at: paged_attention(q, pages, TABLES, positions=at, **EXACT))(
        jnp.array([[4], [11]])
    )


def test_heads_that_do_not_divide_are_refused():
    pages, at = (normal(8 * BLOCK, 2, 8), normal(8 * BLOCK, 2, 8)), jnp.array([[1], [1]])
    with pytest.raises(ValueError, match="3 query heads"):
        paged_attention(normal(2, 1, 3, 8), pages, TABLES, positions=at, **EXACT)
