import jax
import numpy as np
import pytest

from tokenworks.model.weights import nbytes
from tokenworks.serving.kv_pages import (
    HostStore,
    copy_in,
    copy_out,
    copy_within,
    empty_pages,
    put,
)


@pytest.fixture
def numbered(tiny):
    """Six pages and the scratch page of two tokens, every number of them different."""
    pages = empty_pages(tiny.spec, 6, 2)
    leaves, tree = jax.tree.flatten(pages)
    size = leaves[0].size
    numbers = [np.arange(i * size, (i + 1) * size, dtype=np.float32) for i in range(len(leaves))]
    shaped = [jax.numpy.asarray(n.reshape(leaves[0].shape)) for n in numbers]
    return jax.tree.unflatten(tree, shaped)


def test_every_layer_has_keys_and_values_for_all_blocks_and_the_scratch_page(tiny):
    pages = empty_pages(tiny.spec, 6, 2)
    assert len(pages) == tiny.spec.n_layers
    assert nbytes(pages) == 2 * 2 * (6 + 1) * 2 * 2 * 8 * 4


def test_putting_changes_the_named_cells_alone(numbered):
    keys = numbered[0][0]
    new = -jax.numpy.ones((2, *keys.shape[1:]))
    written = put(keys, new, jax.numpy.array([9, 3]))
    assert float(written[np.array([9, 3])].max()) == -1
    others = np.delete(np.arange(14), [9, 3])
    np.testing.assert_array_equal(written[others], keys[others])


def test_a_swap_there_and_back_moves_pages_and_touches_no_other(numbered):
    store = HostStore(numbered, 5, 2)
    before = jax.device_get(numbered)
    table = np.array([3, 1, 6, 6])  # two blocks, padded with the scratch page
    store.write([4, 2], copy_out(numbered, table, block_size=2))
    other = HostStore(numbered, 5, 2)
    other.write([0, 1], copy_out(numbered, np.array([0, 5]), block_size=2))
    back = np.array([0, 5, 6, 6])
    after = copy_in(numbered, back, store.read([4, 2], 4), block_size=2)
    for old, new in zip(jax.tree.leaves(before), jax.tree.leaves(after), strict=True):
        np.testing.assert_array_equal(new[np.array([0, 1, 10, 11])], old[np.array([6, 7, 2, 3])])
        np.testing.assert_array_equal(new[2:10], old[2:10])


def test_copies_read_what_was_there_before_any_of_them_wrote(numbered):
    before = jax.device_get(numbered)
    copies = [(3, 1), (1, 4), (6, 6)]  # page 1 is read and overwritten; the last is padding
    sources, targets = (np.array(pages) for pages in zip(*copies, strict=True))
    after = copy_within(numbered, sources, targets, block_size=2)
    for old, new in zip(jax.tree.leaves(before), jax.tree.leaves(after), strict=True):
        pages, copied = old.reshape(7, 2, -1), np.asarray(new).reshape(7, 2, -1)
        np.testing.assert_array_equal(copied[[1, 4]], pages[[3, 1]])
        np.testing.assert_array_equal(copied[[0, 2, 3, 5, 6]], pages[[0, 2, 3, 5, 6]])


def test_host_pages_stay_until_they_are_overwritten(numbered):
    store = HostStore(numbered, 3, 2)
    for host, device in ((0, 2), (1, 4), (0, 5)):
        store.write([host], copy_out(numbered, np.array([device]), block_size=2))
    keys, kept = numbered[1][1], store.read([0, 1], 2)[1][1]
    np.testing.assert_array_equal(kept, keys[np.array([10, 11, 8, 9])])
