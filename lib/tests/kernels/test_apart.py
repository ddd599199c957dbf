import jax.numpy as jnp
import numpy as np
import pytest

from kernels.drawn import qkv
from tokenworks.kernels.apart import attend_apart
from tokenworks.kernels.naive import attention


@pytest.mark.parametrize("lengths", [(3, 7), (0, 1), (8, 8)])
def test_the_cache_and_the_new_token_apart_are_attention_over_both(lengths):
    q, k, v = qkv(tokens=1, cached=9)
    longest = jnp.asarray(lengths, jnp.int32)
    rows = np.arange(2)
    new = (k[:, 8], v[:, 8])
    whole = [np.array(each) for each in (k, v)]
    for each, fresh in zip(whole, new, strict=True):
        each[rows, np.asarray(lengths)] = fresh
    expected = attention(q, *map(jnp.asarray, whole), lengths=longest + 1, precision="highest")
    cached = tuple(each[:, :8].swapaxes(1, 2) for each in (k, v))
    found = attend_apart(q[:, 0], cached, new, lengths=longest, precision="highest")
    np.testing.assert_allclose(found, expected[:, 0], rtol=1e-5, atol=1e-5)


def test_scales_of_the_cached_heads_are_as_good_as_wide_numbers():
    q, k, v = qkv(tokens=1, cached=9)
    rng = np.random.default_rng(1)
    codes = [jnp.asarray(rng.integers(-127, 128, (2, 2, 8, 8)), jnp.int8) for _ in "kv"]
    scales = [jnp.asarray(rng.uniform(0.01, 0.02, (2, 2, 8)), jnp.float32) for _ in "kv"]
    wide = [c * s[..., None] for c, s in zip(codes, scales, strict=True)]
    named = {"lengths": jnp.array([5, 8]), "precision": "highest"}
    new = (k[:, 8], v[:, 8])
    expected = attend_apart(q[:, 0], tuple(wide), new, **named)
    found = attend_apart(q[:, 0], tuple(codes), new, scales=tuple(scales), **named)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
