from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels.drawn import UNOPTIMISED, qkv, run, with_slopes
from tokenworks.cost.attention_call import Tiles
from tokenworks.kernels.flash import flash_attention
from tokenworks.kernels.naive import attention

EXACT = {"precision": "highest"}
few = settings(max_examples=8)


def flash(q, k, v, *, tiles, **options):
    return flash_attention(q, k, v, tiles=Tiles(*tiles), **options)


def agree(got, wanted, *, close=2e-5):
    for ours, theirs in zip(got, wanted, strict=True):
        assert ours.dtype == theirs.dtype
        ours, theirs = np.asarray(ours), np.asarray(theirs)
        scale = max(1, np.abs(theirs).max())
        np.testing.assert_allclose(ours, theirs, rtol=close, atol=close * scale)


CASES = {  # sizes, tiles, what else
    "tiles that do not divide": ({"tokens": 7, "cached": 7}, (3, 2), {}),
    "later queries, one kv head": ({"tokens": 4, "cached": 9, "kv_heads": 1}, (3, 4), {}),
    # Query 5 shares a tile with query 4 and sees no key of the first tile of keys, 0 to 2.
    "window": ({"tokens": 9, "cached": 11, "kv_heads": 4}, (2, 3), {"window": 3}),
    "both sides, cap": (
        {"tokens": 8, "cached": 8},
        (3, 3),
        {"window": 2, "causal": False, "soft_cap": 4.0},
    ),
    "all keys, more queries": ({"tokens": 6, "cached": 4}, (4, 64), {"causal": False}),
}


@cache
def pair(name):
    _, tiles, options = CASES[name]
    return with_slopes(flash, tiles=tiles, **options), with_slopes(attention, **options)


@pytest.mark.parametrize("name", CASES)
@few
@given(data=st.data())
def test_flash_and_its_gradients_are_those_of_the_oracle(name, data):
    sizes = CASES[name][0]
    q, k, v = (np.asarray(x) for x in qkv(**sizes, seed=data.draw(st.integers(0, 9))))
    slope = np.cos(np.arange(q.size, dtype=np.float32)).reshape(q.shape)
    lengths = np.array(data.draw(st.lists(st.integers(0, k.shape[1]), min_size=2, max_size=2)))
    junk = np.float32(data.draw(st.sampled_from([0.0, np.nan, np.inf, -np.inf])))
    unused = np.arange(k.shape[1])[:, None, None] >= lengths[:, None, None, None]
    k, v = (np.where(unused, junk, x) for x in (k, v))
    q = q * np.float32(data.draw(st.sampled_from([1.0, 1e-4, 4.0])))
    got, wanted = (both((q, k, v), slope, jnp.asarray(lengths)) for both in pair(name))
    assert all(np.isfinite(x).all() for x in wanted)
    agree(got, wanted)


@settings(few, max_examples=5)
@given(data=st.data())
def test_any_shape_and_tiles(data):
    kv_heads, group = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 3))
    sizes = {
        "tokens": st.integers(1, 12),
        "cached": st.integers(1, 12),
        "d_head": st.integers(1, 5),
    }
    drawn = {name: data.draw(size) for name, size in sizes.items()}
    arrays = qkv(**drawn, heads=kv_heads * group, kv_heads=kv_heads, batch=1)
    tiles = data.draw(st.tuples(st.integers(1, 14), st.integers(1, 14)))
    rule = {
        "causal": data.draw(st.booleans()),
        "window": data.draw(st.none() | st.integers(1, 6)),
        "soft_cap": data.draw(st.none() | st.just(2.0)),
    }
    agree([run(flash, *arrays, tiles=tiles, **rule)], [run(attention, *arrays, **rule)])


def theirs(q, k, v, *, precision):
    del precision  # float32 on a CPU is float32
    return jax.nn.dot_product_attention(q, k, v, is_causal=True, local_window_size=(4, 0))


def test_another_library_agrees():
    arrays = qkv(tokens=12, cached=12)
    expected = run(theirs, *arrays)
    agree([run(attention, *arrays, window=5)], [expected])
    agree([run(flash, *arrays, tiles=(4, 3), window=5)], [expected])


def test_tiles_that_nobody_sees_are_not_read():
    q, k, v = qkv(tokens=8, cached=8)
    late, early = (np.array(v) for _ in range(2))
    late[:, 4:], early[:, :4] = np.nan, np.nan
    got = run(flash, q, k, late, tiles=(2, 2))
    agree([got[:, :4]], [run(attention, q, k, v)[:, :4]])
    got = run(flash, q, k, early, tiles=(2, 2), window=2)
    agree([got[:, 6:]], [run(attention, q, k, v, window=2)[:, 6:]])


def exact(q, k, v):
    """Return causal attention in float64."""
    q, k, v = (np.asarray(x, np.float64) for x in (q, k, v))
    scores = np.einsum("bthd,bshd->bhts", q, k) / q.shape[3] ** 0.5
    scores[..., ~np.tril(np.ones(scores.shape[2:], bool))] = -np.inf
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.einsum("bhts,bshd->bthd", weights / weights.sum(axis=-1, keepdims=True), v)


def test_tiles_cost_no_accuracy():
    q, k, v = qkv(tokens=256, cached=256, heads=2, d_head=32, batch=1)
    q = np.asarray(q) / 2
    truth = exact(q, k, v)
    ulp = np.spacing(np.abs(truth).max(), dtype=np.float32)
    naive = np.abs(run(attention, q, k, v) - truth) / ulp
    assert naive.max() < 16
    for tile in (16, 64):
        far = np.abs(run(flash, q, k, v, tiles=(tile, tile)) - truth) / ulp
        assert far.max() < 16
        assert far.mean() < 1.25 * naive.mean()


def test_scores_of_ten_thousand_neither_overflow_nor_vanish():
    q, k, v = (np.array(x) for x in qkv(tokens=6, cached=6))
    scaled = 1000 * q
    got = run(flash, scaled, k, v, tiles=(2, 2))
    agree([got], [run(attention, scaled, k, v)], close=1e-3)
    k[:] = -1e4
    k[:, 3] = 1e4  # scores of ±8e4 / √8
    got = run(flash, np.ones_like(q), k, v, tiles=(2, 2))
    np.testing.assert_array_equal(got[:, 5, 0], v[:, 3, 0])


def test_bfloat16_is_summed_in_float32():
    arrays = [np.asarray(x, jnp.bfloat16) for x in qkv(tokens=64, cached=64, batch=1)]
    got = run(flash, *arrays, tiles=(8, 8))
    assert got.dtype == jnp.bfloat16
    wide = run(attention, *(np.asarray(x, np.float32) for x in arrays))
    np.testing.assert_allclose(np.asarray(got, np.float32), wide, rtol=0.02, atol=0.02)


def sizes_inside(jaxpr):
    """Yield the shape of every array that a program makes, at any depth."""
    for equation in jaxpr.eqns:
        yield from (out.aval.shape for out in equation.outvars)
        for inner in jax.tree.leaves(equation.params, is_leaf=lambda x: hasattr(x, "eqns")):
            inner = getattr(inner, "jaxpr", inner)
            if hasattr(inner, "eqns"):
                yield from sizes_inside(inner)


@pytest.mark.parametrize("function", ["forward", "backward"])
def test_no_array_has_all_queries_and_all_keys(function):
    shape = jax.ShapeDtypeStruct((1, 96, 2, 4), jnp.float32)
    tiled = partial(flash, tiles=(8, 8), **EXACT)
    naive = partial(attention, **EXACT)
    largest = {}
    for name, call in {"flash": tiled, "naive": naive}.items():
        if function == "backward":
            call = jax.grad(lambda *arrays, call=call: call(*arrays).sum(), argnums=(0, 1, 2))
        found = list(sizes_inside(jax.make_jaxpr(call)(shape, shape, shape).jaxpr))
        largest[name] = max(np.prod(shape, dtype=int) for shape in found)
    assert largest == {"flash": 2 * 96 * 4, "naive": 2 * 96 * 96}


def temporary_bytes(function, tokens, **options):
    shape = jax.ShapeDtypeStruct((1, tokens, 1, 16), jnp.float32)

    def slopes(*arrays):
        return jax.grad(lambda *x: function(*x, **options, **EXACT).sum(), (0, 1, 2))(*arrays)

    program = jax.jit(slopes, compiler_options=UNOPTIMISED).lower(shape, shape, shape)
    return program.compile().memory_analysis().temp_size_in_bytes


def test_memory_grows_with_the_text_and_not_with_its_square():
    small, large = (temporary_bytes(flash, tokens, tiles=(32, 32)) for tokens in (512, 1024))
    assert large < 2.1 * small
    assert temporary_bytes(attention, 1024) > 1024 * 1024 * 4 > 4 * large


def test_a_length_beyond_the_keys_counts_no_padding():
    q, k, v = qkv(tokens=1, cached=5)
    lengths, all_keys = jnp.array([9, 6]), run(attention, q, k, v)
    got = run(flash, q, k, v, tiles=(1, 4), causal=False, lengths=lengths)
    agree([got], [all_keys])


def test_bad_input_is_named():
    q, k, v = qkv(heads=3)
    with pytest.raises(ValueError, match="3 query heads cannot share 2"):
        flash_attention(q, k, v, tiles=Tiles(2, 2), **EXACT)
    with pytest.raises(ValueError, match="window of 0"):
        flash_attention(*qkv(), tiles=Tiles(2, 2), window=0, **EXACT)
    with pytest.raises(ValueError, match="kv must be a whole number from 1"):
        Tiles(2, 0)
    q, k, v = qkv()
    for kernel in (partial(flash_attention, tiles=Tiles(2, 2)), attention):
        with pytest.raises(ValueError, match=r"no tokens has nothing to attend to: leave it out"):
            kernel(q, k, v, lengths=jnp.array([5, 0]), **EXACT)
