"""The runner's choices of arithmetic: the same tokens, and logits as near as the formats allow."""

import jax.numpy as jnp
import numpy as np
import pytest

from serving.served import Ticks, engine_of, prompt, traffic
from tokenworks.model.forward_pass import forward
from tokenworks.serving.batch import Work
from tokenworks.serving.kv_memory import KVMemory
from tokenworks.serving.text_requests import TextRequest

IDS = prompt(3, 21)


def logits(engine, ids=IDS, chunk=8):
    """Read a sequence in chunks, so that what is cached is used; return the logits after it."""
    request = TextRequest(prompt_ids=ids, max_tokens=1)
    KVMemory(engine.pool).hold(request, len(ids))
    for start in range(0, len(ids), chunk):
        tokens = min(chunk, len(ids) - start)
        found = engine.runner.logits([Work(request, start, tokens, emits=True)])
    return found[0]


def test_on_a_cpu_it_computes_as_exactly_as_generate(tiny):
    runner = engine_of(tiny, {"max_batch": 4}).runner
    assert (runner.attention, runner.precision, runner.kv_dtype) == ("jax", "highest", "float32")
    assert runner.pages[0][0].dtype == jnp.float32


@pytest.mark.parametrize("attention", ["jax", "pallas"])
@pytest.mark.parametrize("chunk", [8, 1])
def test_a_cache_in_bfloat16_is_near_one_in_float32(tiny, attention, chunk):
    policy = {"max_batch": 4}
    exact = forward(tiny.weights, tiny.spec, np.array([IDS]))[0, -1]
    wide = logits(engine_of(tiny, policy, attention=attention), chunk=chunk)
    short = engine_of(tiny, policy, attention=attention, kv_dtype="bfloat16")
    assert all(layer.dtype == jnp.bfloat16 for pages in short.runner.pages for layer in pages)
    found = logits(short, chunk=chunk)
    np.testing.assert_allclose(wide, exact, rtol=1e-4, atol=1e-4)
    off = np.abs(found - wide).max() / np.abs(wide).max()
    assert 1e-5 < off < 2**-6  # 8 bits of mantissa: rounded, and no worse than that


@pytest.mark.parametrize("preemption", ["recompute", "swap"])
def test_requests_end_and_come_back_with_a_cache_in_bfloat16(tiny, preemption):
    engine = engine_of(tiny, {"max_batch": 4, "preemption": preemption}, kv_dtype=jnp.bfloat16)
    rows = traffic()
    engine.serve(rows, clock=Ticks())
    assert sum(row.preemptions for row in rows) > 0
    assert all(len(row.output_ids) == row.max_tokens for row in rows)
    assert engine.pool.free_blocks == engine.pool.blocks


@pytest.mark.parametrize("precision", ["default", "high", "highest"])
def test_precision_reaches_every_product(tiny, monkeypatch, precision):
    exact = forward(tiny.weights, tiny.spec, np.array([IDS]))[0, -1]
    seen, real = [], jnp.einsum

    def einsum(*args, **kwargs):
        seen.append(kwargs["precision"])
        return real(*args, **kwargs)

    monkeypatch.setattr(jnp, "einsum", einsum)
    engine = engine_of(tiny, {"max_batch": 4}, blocks=17, precision=precision)  # sizes of its own
    np.testing.assert_allclose(logits(engine), exact, rtol=1e-3, atol=1e-3)
    assert (len(seen) > 5, {*seen}) == (True, {precision})


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"attention": "flash"}, "attention must be one of jax, pallas, got 'flash'"),
        ({"precision": "exact"}, "precision must be one of default, high, highest, got 'exact'"),
        ({"kv_dtype": "float16"}, "kv_dtype must be one of float32, bfloat16, got 'float16'"),
        ({"kv_dtype": "fp8"}, "kv_dtype must be one of float32, bfloat16, got 'fp8'"),
    ],
)
def test_what_it_does_not_know_is_refused(tiny, bad, message):
    with pytest.raises(ValueError, match=message):
        engine_of(tiny, {"max_batch": 4}, **bad)
