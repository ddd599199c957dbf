from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels.drawn import qkv
from tokenworks.kernels.flash import Tiles, flash_attention, flash_decode
from tokenworks.kernels.naive import attention

EXACT = {"precision": "highest"}
few = settings(derandomize=True, database=None, deadline=None, max_examples=8)


def quick(function):
    """Compile without optimising: these programs run once."""
    return jax.jit(function, compiler_options={"xla_backend_optimization_level": 0})


def with_slopes(function, **options):
    """Return attention and the gradients that a slope of it has in q, k and v."""

    def both(arrays, slope, lengths):
        run = partial(function, lengths=lengths, **options, **EXACT)
        out, pull = jax.vjp(run, *arrays)
        return out, *pull(slope)

    return quick(both)


def agree(got, wanted, *, close=2e-5):
    for ours, theirs in zip(got, wanted, strict=True):
        assert ours.dtype == theirs.dtype
        scale = max(1, float(jnp.abs(theirs).max()))
        np.testing.assert_allclose(ours, theirs, rtol=close, atol=close * scale)


CASES = {  # sizes, tiles, what else
    "tiles that do not divide": ({"tokens": 7, "cached": 7}, (3, 2), {}),
    "later queries, one kv head": ({"tokens": 4, "cached": 9, "kv_heads": 1}, (3, 4), {}),
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
    flash = partial(flash_attention, tiles=Tiles(*tiles))
    return with_slopes(flash, **options), with_slopes(attention, **options)


@pytest.mark.parametrize("name", CASES)
@few
@given(data=st.data())
def test_flash_and_its_gradients_are_those_of_the_oracle(name, data):
    sizes = CASES[name][0]
    q, k, v = qkv(**sizes, seed=data.draw(st.integers(0, 9)))
    slope = jnp.cos(jnp.arange(q.size, dtype=jnp.float32)).reshape(q.shape)
    lengths = jnp.array(data.draw(st.lists(st.integers(0, k.shape[1]), min_size=2, max_size=2)))
    junk = data.draw(st.sampled_from([0.0, np.nan, np.inf, -np.inf]))
    unused = jnp.arange(k.shape[1])[:, None, None] >= lengths[:, None, None, None]
    k, v = (jnp.where(unused, junk, x) for x in (k, v))
    scaled = q * data.draw(st.sampled_from([1.0, 1e-4, 4.0]))
    got, wanted = (run((scaled, k, v), slope, lengths) for run in pair(name))
    assert all(np.isfinite(x).all() for x in wanted)
    agree(got, wanted)


@settings(few, max_examples=6)
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
    tiles = Tiles(data.draw(st.integers(1, 14)), data.draw(st.integers(1, 14)))
    rule = {
        "causal": data.draw(st.booleans()),
        "window": data.draw(st.none() | st.integers(1, 6)),
        "soft_cap": data.draw(st.none() | st.just(2.0)),
    }
    flash = quick(partial(flash_attention, tiles=tiles, **rule, **EXACT))(*arrays)
    agree([flash], [quick(partial(attention, **rule, **EXACT))(*arrays)])


def test_another_library_agrees():
    q, k, v = qkv(tokens=12, cached=12)
    theirs = jax.nn.dot_product_attention(q, k, v, is_causal=True, local_window_size=(4, 0))
    agree([flash_attention(q, k, v, tiles=Tiles(4, 3), window=5, **EXACT)], [theirs])


def test_the_first_tile_of_keys_may_be_masked_for_a_row():
    q, k, v = qkv(tokens=6, cached=6)  # the last query of its tile sees key 3 at the earliest
    got = flash_attention(q, k, v, tiles=Tiles(3, 2), window=3, **EXACT)
    agree([got], [attention(q, k, v, window=3, **EXACT)])


def test_tiles_that_nobody_sees_are_not_read():
    q, k, v = qkv(tokens=8, cached=8)
    poisoned = v.at[:, 4:].set(jnp.nan)
    got = flash_attention(q, k, poisoned, tiles=Tiles(2, 2), **EXACT)[:, :4]
    agree([got], [attention(q, k, v, **EXACT)[:, :4]])
    poisoned = v.at[:, :4].set(jnp.nan)
    got = flash_attention(q, k, poisoned, tiles=Tiles(2, 2), window=2, **EXACT)[:, 6:]
    agree([got], [attention(q, k, v, window=2, **EXACT)[:, 6:]])


def exact(q, k, v):
    """Return causal attention in float64."""
    q, k, v = (np.asarray(x, np.float64) for x in (q, k, v))
    scores = np.einsum("bthd,bshd->bhts", q, k) / q.shape[3] ** 0.5
    scores[..., ~np.tril(np.ones(scores.shape[2:], bool))] = -np.inf
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.einsum("bhts,bshd->bthd", weights / weights.sum(axis=-1, keepdims=True), v)


def test_tiles_cost_no_accuracy():
    q, k, v = qkv(tokens=256, cached=256, heads=2, d_head=32, batch=1)
    q = q / 2
    truth = exact(q, k, v)
    ulp = np.spacing(np.abs(truth).max(), dtype=np.float32)
    runs = {"naive": attention(q, k, v, **EXACT)}
    for tile in (16, 64):
        runs[tile] = flash_attention(q, k, v, tiles=Tiles(tile, tile), **EXACT)
    far = {name: np.abs(out - truth) / ulp for name, out in runs.items()}
    assert max(error.max() for error in far.values()) < 16
    for tile in (16, 64):
        assert far[tile].mean() < 1.25 * far["naive"].mean()


def test_scores_of_ten_thousand_neither_overflow_nor_vanish():
    q, k, v = qkv(tokens=6, cached=6)
    scaled = 1e3 * q
    got = flash_attention(scaled, k, v, tiles=Tiles(2, 2), **EXACT)
    agree([got], [attention(scaled, k, v, **EXACT)], close=1e-3)
    far = jnp.full_like(k, -1e4).at[:, 3].set(1e4)  # scores of ±8e4 · √8
    got = flash_attention(jnp.ones_like(q), far, v, tiles=Tiles(2, 2), **EXACT)
    np.testing.assert_array_equal(got[:, 5, 0], v[:, 3, 0])


def test_bfloat16_is_summed_in_float32():
    arrays = [x.astype(jnp.bfloat16) for x in qkv(tokens=64, cached=64, batch=1)]
    got = flash_attention(*arrays, tiles=Tiles(8, 8), **EXACT)
    assert got.dtype == jnp.bfloat16
    wide = attention(*(x.astype(jnp.float32) for x in arrays), **EXACT)
    np.testing.assert_allclose(got.astype(jnp.float32), wide, rtol=0.02, atol=0.02)


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
    flash = partial(flash_attention, tiles=Tiles(8, 8), **EXACT)
    naive = partial(attention, **EXACT)
    largest = {}
    for name, run in {"flash": flash, "naive": naive}.items():
        if function == "backward":
            run = jax.grad(lambda *arrays, run=run: run(*arrays).sum(), argnums=(0, 1, 2))
        found = list(sizes_inside(jax.make_jaxpr(run)(shape, shape, shape).jaxpr))
        largest[name] = max(np.prod(shape, dtype=int) for shape in found)
    assert largest == {"flash": 2 * 96 * 4, "naive": 2 * 96 * 96}


def temporary_bytes(function, tokens):
    shape = jax.ShapeDtypeStruct((1, tokens, 1, 16), jnp.float32)
    compiled = jax.jit(function).lower(shape, shape, shape).compile()
    return compiled.memory_analysis().temp_size_in_bytes


def test_memory_grows_with_the_text_and_not_with_its_square():
    def sum_of(run):
        return jax.grad(lambda *arrays: run(*arrays, **EXACT).sum(), argnums=(0, 1, 2))

    flash = sum_of(partial(flash_attention, tiles=Tiles(32, 32)))
    small, large = (temporary_bytes(flash, tokens) for tokens in (512, 1024))
    assert large < 2.1 * small
    small, large = (temporary_bytes(sum_of(attention), tokens) for tokens in (512, 1024))
    assert large > 3.8 * small


@pytest.mark.parametrize("splits", [1, 2, 4, 20])
def test_split_decoding_is_one_row_of_attention(splits):
    q, k, v = qkv(tokens=1, cached=9, batch=3)
    lengths = jnp.array([9, 4, 0])
    k, v = (x.at[1, 4:].set(jnp.nan) for x in (k, v))
    got = flash_decode(q[:, 0], k, v, lengths=lengths, splits=splits, **EXACT)
    agree([got], [attention(q, k, v, lengths=lengths, **EXACT)[:, 0]])
    assert not np.asarray(got[2]).any()


def test_bad_input_is_named():
    q, k, v = qkv(heads=3)
    with pytest.raises(ValueError, match="3 query heads cannot share 2"):
        flash_attention(q, k, v, tiles=Tiles(2, 2), **EXACT)
    with pytest.raises(ValueError, match="3 query heads cannot share 2"):
        flash_decode(q[:, 0], k, v, lengths=jnp.array([5, 5]), splits=2, **EXACT)
    with pytest.raises(ValueError, match="window of 0"):
        flash_attention(*qkv(), tiles=Tiles(2, 2), window=0, **EXACT)
    with pytest.raises(ValueError, match="kv must be a whole number from 1"):
        Tiles(2, 0)
    q, k, v = qkv()
    with pytest.raises(ValueError, match="0 splits hold no key: pass 1 or more"):
        flash_decode(q[:, 0], k, v, lengths=jnp.array([5, 5]), splits=0, **EXACT)
