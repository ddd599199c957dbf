import jax.numpy as jnp
import numpy as np
import pytest

from kernels.drawn import qkv, run
from tokenworks.kernels.flash_decoding import flash_decode
from tokenworks.kernels.naive import attention

EXACT = {"precision": "highest"}


def agree(got, wanted):
    np.testing.assert_allclose(got, wanted, rtol=2e-5, atol=2e-5)


def test_a_length_beyond_the_keys_counts_no_padding():
    q, k, v = qkv(tokens=1, cached=5)
    got = run(flash_decode, q[:, 0], k, v, lengths=jnp.array([9, 6]), splits=2)
    agree(got, run(attention, q, k, v)[:, 0])


@pytest.mark.parametrize("splits", [1, 2, 20])
def test_split_decoding_is_one_row_of_attention(splits):
    q, k, v = (np.array(x) for x in qkv(tokens=1, cached=9, batch=3))
    k[1, 4:], v[1, 4:] = np.nan, np.nan
    lengths = jnp.array([9, 4, 0])
    got = run(flash_decode, q[:, 0], k, v, lengths=lengths, splits=splits)
    agree(got, run(attention, q, k, v, lengths=lengths)[:, 0])
    assert not got[2].any()


def test_bad_input_is_named():
    q, k, v = qkv(heads=3)
    with pytest.raises(ValueError, match="3 query heads cannot share 2"):
        flash_decode(q[:, 0], k, v, lengths=jnp.array([5, 5]), splits=2, **EXACT)
    q, k, v = qkv()
    with pytest.raises(ValueError, match="splits must be a whole number from 1, got 0"):
        flash_decode(q[:, 0], k, v, lengths=jnp.array([5, 5]), splits=0, **EXACT)
    with pytest.raises(ValueError, match=r"no tokens has nothing to attend to: leave it out"):
        flash_decode(q[:, 0], k, v, lengths=jnp.array([5, 0]), splits=2, **EXACT)
