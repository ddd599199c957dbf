import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tokenworks.model.cache import advance, advance_all, bucket, decode, empty_cache, grow, prefill
from tokenworks.model.forward_pass import forward, hidden_states, loop, scan
from tokenworks.model.layers import TreeMask
from tokenworks.model.weights import abstract, nbytes, stack
from tokenworks.specs import model_spec


def test_buckets_are_powers_of_two():
    sizes = [bucket(n) for n in (1, 255, 256, 257, 512, 513, 8192)]
    assert sizes == [256, 256, 256, 512, 512, 1024, 8192]
    assert [bucket(n, smallest=16) for n in (1, 16, 17, 40)] == [16, 16, 32, 64]


def test_an_empty_cache_has_keys_and_values_for_every_layer(tiny):
    cache = empty_cache(tiny.spec, 300)
    assert len(cache) == 2
    assert [kv.shape for kv in cache[0]] == [(1, 512, 2, 8), (1, 512, 2, 8)]


def test_growing_keeps_what_is_there(tiny):
    cache = [(k + 1, v + 2) for k, v in empty_cache(tiny.spec, 256)]
    assert grow(cache, 256) is cache
    (keys, values), _ = grow(cache, 257)
    assert keys.shape == (1, 512, 2, 8)
    assert (float(keys[:, :256].min()), float(keys[:, 256:].max())) == (1, 0)
    assert float(values[:, :256].min()) == 2


@pytest.mark.parametrize("tokens", [1, 16, 17])
def test_prefill_then_decode_equals_the_oracle(tiny, tokens):
    ids = np.random.default_rng(tokens).integers(0, tiny.spec.vocab_size, tokens + 3).tolist()
    expected = np.asarray(forward(tiny.weights, tiny.spec, np.array([ids])))[0]
    logits, cache = prefill(tiny.weights, tiny.spec, ids[:tokens])
    np.testing.assert_allclose(logits[0], expected[tokens - 1], rtol=1e-3, atol=1e-3)
    for position in range(tokens, tokens + 3):
        logits, cache = decode(
            tiny.weights, tiny.spec, ids[position], cache=cache, position=position
        )
        np.testing.assert_allclose(logits[0], expected[position], rtol=1e-3, atol=1e-3)


def test_a_prompt_longer_than_a_chunk_and_than_the_first_buffer(tiny):
    ids = np.random.default_rng(0).integers(0, tiny.spec.vocab_size, 1025).tolist()
    expected = np.asarray(forward(tiny.weights, tiny.spec, np.array([ids])))[0]
    logits, cache = prefill(tiny.weights, tiny.spec, ids[:1024])  # two chunks, a full buffer
    np.testing.assert_allclose(logits[0], expected[1023], rtol=1e-3, atol=1e-3)
    logits, cache = decode(tiny.weights, tiny.spec, ids[1024], cache=cache, position=1024)
    np.testing.assert_allclose(logits[0], expected[1024], rtol=1e-3, atol=1e-3)
    assert cache[0][0].shape[1] == 2048


def test_scan_equals_loop(tiny):
    _, cache = prefill(tiny.weights, tiny.spec, [1, 2, 3])
    stacked = jax.tree.map(lambda *kv: jnp.stack(kv), *cache)
    step = {"ids": np.array([[4]], np.int32), "start": 3, "last": 0}
    scanned = advance(stack(tiny.weights), tiny.spec, **step, cache=stacked, driver=scan)
    looped = advance(tiny.weights, tiny.spec, **step, cache=cache, driver=loop)
    np.testing.assert_allclose(scanned[0], looped[0], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(scanned[1][0][1], looped[1][1][0], rtol=1e-4, atol=1e-4)


def test_a_compiled_step_does_not_copy_weights():
    spec = model_spec("smollm2-135m")
    weights = abstract(spec, jnp.float32)
    cache = jax.eval_shape(lambda: empty_cache(spec, 256))
    ids = jax.ShapeDtypeStruct((1, 1), jnp.int32)
    lowered = advance.lower(weights, spec, ids, cache=cache, start=np.int32(9), last=0)
    memory = lowered.compile().memory_analysis()
    assert memory.temp_size_in_bytes < nbytes(weights["layers"][0]) / 10
    assert memory.alias_size_in_bytes == nbytes(cache)  # the cache is updated in place


def test_a_step_consumes_the_cache_it_was_given(tiny):
    _, cache = prefill(tiny.weights, tiny.spec, [1, 2, 3])
    decode(tiny.weights, tiny.spec, 4, cache=cache, position=3)
    assert cache[0][0].is_deleted()
    assert not tiny.weights["embed"].is_deleted()


def test_a_cache_may_be_narrower_than_float32(tiny):
    assert empty_cache(tiny.spec, 1, jnp.bfloat16)[0][0].dtype == jnp.bfloat16


def test_a_pass_over_several_tokens_scores_all_of_them(tiny):
    ids = np.random.default_rng(1).integers(0, tiny.spec.vocab_size, 9).tolist()
    logits = np.asarray(forward(tiny.weights, tiny.spec, np.array([ids])))[0]
    states = np.asarray(hidden_states(tiny.weights, tiny.spec, np.array([ids])))[0]
    _, cache = prefill(tiny.weights, tiny.spec, ids[:5])
    new = np.array([ids[5:]], np.int32)
    found = advance_all(tiny.weights, tiny.spec, new, cache=cache, start=5)
    np.testing.assert_allclose(found.logits[0], logits[5:], rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(found.states[0], states[5:], rtol=1e-3, atol=1e-3)
    states_alone = advance_all(
        tiny.weights, tiny.spec, new, cache=found.cache, start=5, scored=False
    )
    assert states_alone.logits is None
    np.testing.assert_array_equal(states_alone.states, found.states)


def test_a_tree_scores_each_node_as_the_text_on_its_way_down(tiny):
    text, nodes = [3, 1, 4], [1, 5, 9, 2, 6]
    parents = [-1, 0, 0, 1, -1]  # 1 - 5 - 2, 1 - 9, and 6 beside 1
    ways = [[0], [0, 1], [0, 2], [0, 1, 3], [4]]
    ancestors = np.array([[i in way for i in range(5)] for way in ways])
    mask = TreeMask(np.array([len(way) - 1 for way in ways]), ancestors)
    _, cache = prefill(tiny.weights, tiny.spec, text)
    found = advance_all(
        tiny.weights, tiny.spec, np.array([nodes], np.int32), cache=cache, start=3, tree=mask
    )
    assert [way[-2] if len(way) > 1 else -1 for way in ways] == parents
    for i, way in enumerate(ways):
        whole = np.array([text + [nodes[j] for j in way]])
        expected = np.asarray(forward(tiny.weights, tiny.spec, whole))[0, -1]
        np.testing.assert_allclose(found.logits[0, i], expected, rtol=1e-3, atol=1e-3)
