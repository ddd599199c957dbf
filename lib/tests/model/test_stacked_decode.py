from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tokenworks.model.cache import decode, prefill
from tokenworks.model.forward_pass import loop, scan
from tokenworks.model.stacked_decode import decode_step, scan_parts
from tokenworks.model.weights import stack
from tokenworks.quantization.scaled_rows import int8_heads

TEXTS = ([5, 9, 2, 7, 1], [3, 3, 8], [11])


@pytest.fixture(scope="module")
def read(tiny):
    """What `cache.decode` says of a token after each text, one by one, and the texts' caches."""
    rows, caches = [], []
    for text in TEXTS:
        _, cache = prefill(tiny.weights, tiny.spec, text)
        caches.append(jax.tree.map(jnp.array, cache))
        rows.append(decode(tiny.weights, tiny.spec, 4, cache=cache, position=len(text)))

    def heads_first(*each):
        return jnp.concatenate(each).swapaxes(1, 2)

    before = jax.tree.map(heads_first, *caches)
    after = jax.tree.map(heads_first, *[row[1] for row in rows])
    return jnp.concatenate([row[0] for row in rows]), before, after


def stacked(cache):
    return jax.tree.map(lambda *layer: jnp.stack(layer), *cache)


def run(tiny, weights, cache, *, driver):
    step = jax.jit(partial(decode_step, spec=tiny.spec, driver=driver))
    lengths = jnp.array([len(text) for text in TEXTS])
    return step(weights, ids=jnp.full(3, 4), cache=cache, lengths=lengths)


def close(found, expected):
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("driver", [loop, scan, scan_parts])
def test_sequences_of_different_lengths_at_once_are_as_each_alone(tiny, read, driver):
    logits, before, after = read
    weights = tiny.weights
    if driver is scan:
        weights, before, after = stack(weights), stacked(before), stacked(after)
    if driver is scan_parts:
        parts = [stack({"layers": [layer]})["layers"] for layer in weights["layers"]]
        weights = {**weights, "layers": parts}
        before, after = ([stacked([layer]) for layer in each] for each in (before, after))
    close(run(tiny, weights, before, driver=driver), (logits, after))


def test_a_cache_of_8_bits_is_rounded_where_it_is_written_and_nowhere_else(tiny, read):
    _, before, _ = read
    weights, cache = stack(tiny.weights), stacked(before)
    rounded = tuple(int8_heads(each, jnp.float32) for each in cache)
    wide = tuple(each.codes * each.scales[..., None] for each in rounded)
    (logits, found), (same, exact) = (
        run(tiny, weights, each, driver=scan) for each in (rounded, wide)
    )
    close(logits, same)
    for heads, numbers in zip(found, exact, strict=True):
        fresh = int8_heads(numbers[:, [0], :, [len(TEXTS[0])]], jnp.float32)
        close(heads.codes[:, [0], :, [len(TEXTS[0])]], fresh.codes)
        close(heads.scales[:, [0], :, [len(TEXTS[0])]], fresh.scales)
