from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tokenworks.cost.memory import kv_bytes_per_token
from tokenworks.model.cache import advance, empty_cache
from tokenworks.model.forward_pass import forward, hidden_states, last_logits, loop, scan
from tokenworks.model.weights import abstract, check_llama, nbytes, stack
from tokenworks.specs import model_spec

IDS = np.array([[5, 9, 200, 7, 33, 8], [1, 2, 3, 4, 5, 6]], np.int32)
LLAMAS = ["llama-3-8b", "llama-3-70b", "llama-3-405b"]


def test_scan_equals_loop(tiny):
    looped = forward(tiny.weights, tiny.spec, IDS, driver=loop)
    scanned = forward(stack(tiny.weights), tiny.spec, IDS, driver=scan)
    assert looped.shape == (2, 6, tiny.spec.vocab_size)
    np.testing.assert_allclose(scanned, looped, rtol=1e-4, atol=1e-4)


def test_the_future_does_not_change_the_past(tiny):
    whole = forward(tiny.weights, tiny.spec, IDS)
    part = forward(tiny.weights, tiny.spec, IDS[:, :4])
    np.testing.assert_allclose(whole[:, :4], part, rtol=1e-4, atol=1e-4)


def test_padding_after_the_last_token_changes_nothing(tiny):
    padded = np.pad(IDS, ((0, 0), (0, 10)))
    expected = forward(tiny.weights, tiny.spec, IDS)[:, 5]
    np.testing.assert_allclose(
        last_logits(tiny.weights, tiny.spec, padded, last=5), expected, rtol=1e-4, atol=1e-4
    )


def test_a_tied_head_is_the_embedding_table(tiny):
    x = hidden_states(tiny.weights, tiny.spec, IDS)
    logits = forward(tiny.weights, tiny.spec, IDS)
    np.testing.assert_allclose(logits, x @ tiny.weights["embed"].T, rtol=1e-4, atol=1e-4)
    untied = {**tiny.weights, "lm_head": 2 * tiny.weights["embed"]}
    np.testing.assert_allclose(forward(untied, tiny.spec, IDS), 2 * logits, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", LLAMAS)
def test_the_same_code_runs_at_true_shapes(name):
    spec = model_spec(name)
    ids = jax.ShapeDtypeStruct((1, 16), jnp.int32)
    weights = abstract(spec, jnp.bfloat16)
    logits = jax.eval_shape(lambda w, i: forward(w, spec, i), weights, ids)
    assert logits.shape == (1, 16, spec.vocab_size)
    assert logits.dtype == jnp.bfloat16


@pytest.mark.parametrize("name", LLAMAS)
def test_the_kv_cache_at_true_shapes_has_the_bytes_of_the_cost_model(name):
    spec = model_spec(name)
    weights = abstract(spec, jnp.bfloat16)
    before = jax.eval_shape(lambda: empty_cache(spec, 1024, jnp.bfloat16))
    one = jax.ShapeDtypeStruct((1, 1), jnp.int32)
    step = partial(advance, spec=spec, start=1000, last=0)
    logits, cache = jax.eval_shape(lambda w, i, c: step(w, ids=i, cache=c), weights, one, before)
    assert logits.shape == (1, spec.vocab_size)
    assert nbytes(cache) == 1024 * kv_bytes_per_token(spec, 2)


@pytest.mark.parametrize("windows", [{"window_tokens": 4}, {"layer_windows": (4,) * 30}])
def test_windows_are_refused(windows):
    with pytest.raises(ValueError, match="is not a Llama"):
        check_llama(replace(model_spec("smollm2-135m"), **windows))


@pytest.mark.parametrize("name", ["qwen3.5-397b-a17b", "glm-5", "kimi-k2.5", "minimax-m2.5"])
def test_a_hybrid_an_index_latents_and_experts_are_refused(name):
    with pytest.raises(
        ValueError, match=f"{name} is not a Llama; the model code runs dense Llamas"
    ):
        check_llama(model_spec(name))


def test_another_family_is_refused():
    spec = model_spec("qwen3-0.6b")
    ids = jax.ShapeDtypeStruct((1, 4), jnp.int32)
    with pytest.raises(ValueError, match=r"qwen3-0\.6b is not a Llama"):
        jax.eval_shape(lambda w, i: forward(w, spec, i), abstract(spec, jnp.float32), ids)
