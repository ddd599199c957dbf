import jax
import jax.numpy as jnp
import numpy as np
import pytest
from kernels.drawn import needs_compiler

from tokenworks import model_spec
from tokenworks.kernels import vmem
from tokenworks.model.forward_pass import forward
from tokenworks.serving.kv_pages import empty_pages
from tokenworks.serving.ragged import (
    Rectangle,
    Rows,
    embed_rows,
    paged_block,
    score_rows,
    top_weights,
)
from tokenworks.tpu import compile_for

SIZE = 4
TEXTS = [np.random.default_rng(seed).integers(3, 262, (1, 11)) for seed in range(3)]
TABLES = [[7, 0, 3], [2, 5, 9], [1, 8, 4]]


def part(texts, start, tokens):
    """Tokens start .. start+tokens-1 of some of the texts, in their pages."""
    at = np.broadcast_to(np.arange(start, start + tokens), (len(texts), tokens)).astype(np.int32)
    tables = np.array([TABLES[i] for i in texts], np.int32)
    pages = np.take_along_axis(tables, at // SIZE, axis=1)
    ids = np.stack([TEXTS[i][0, start : start + tokens] for i in texts]).astype(np.int32)
    return Rectangle(ids, at, pages * SIZE + at % SIZE, tables)


def run(lm, pages, *parts):
    """Return the logits of every row; the pages are changed."""
    rows = Rows(parts, jnp.arange(sum(p.ids.size for p in parts)))
    x = embed_rows(lm.weights["embed"], rows)
    for i, layer in enumerate(lm.fused["layers"]):
        around = {"rows": rows, "spec": lm.spec, "block_size": SIZE, "precision": "highest"}
        x, pages[i] = paged_block(x, layer, pages[i], **around)
    top = top_weights(lm.weights)
    eps = lm.spec.norm_eps
    scores = score_rows(top, x, rows.scored, eps=eps, precision="highest")
    np.testing.assert_array_equal(scores.tokens, np.asarray(scores.logits).argmax(-1))
    assert np.asarray(scores.finite).all()
    return np.asarray(scores.logits)


@pytest.fixture
def oracle(tiny):
    return [np.asarray(forward(tiny.weights, tiny.spec, ids))[0] for ids in TEXTS]


def near(got, *wanted):
    np.testing.assert_allclose(got, np.concatenate(wanted), rtol=1e-3, atol=1e-3)


def test_a_mixed_step_equals_each_text_alone(tiny, oracle):
    pages = empty_pages(tiny.spec, 9, SIZE)
    near(run(tiny, pages, part([0, 1], 0, 9)), oracle[0][:9], oracle[1][:9])
    mixed = run(tiny, pages, part([1, 0], 9, 1), part([2], 0, 6))
    near(mixed, oracle[1][9:10], oracle[0][9:10], oracle[2][:6])
    mixed = run(tiny, pages, part([0, 1], 10, 1), part([2], 6, 5))
    near(mixed, oracle[0][10:], oracle[1][10:], oracle[2][6:])


def test_pages_of_others_and_stale_numbers_are_not_seen(tiny, oracle):
    pages = [(k + 50, v - 50) for k, v in empty_pages(tiny.spec, 9, SIZE)]
    near(run(tiny, pages, part([2], 0, 5)), oracle[2][:5])
    near(run(tiny, pages, part([2], 5, 1)), oracle[2][5:6])
    keys = np.asarray(pages[0][0])
    assert (keys[[4 + i for i in range(4)]] != 50).all()  # page 1, its first
    assert (keys[32 + 2 :] == 50).all()  # page 8 from the seventh token on, and page 9
    assert (keys[:SIZE] == 50).all()


def test_the_pages_of_a_step_are_updated_in_place(tiny):
    pages = empty_pages(tiny.spec, 9, SIZE)
    before = pages[0][0]
    run(tiny, pages, part([0], 0, 2))
    assert before.is_deleted()
    assert not tiny.fused["layers"][0]["wqkv"].is_deleted()


@needs_compiler
@pytest.mark.parametrize(
    ("kv_dtype", "precision"),
    [("float32", "highest"), ("bfloat16", "default"), ("bfloat16", "highest")],
)
def test_a_decode_step_of_the_real_model_compiles_for_a_tpu_with_the_kernel_in_it(
    monkeypatch, kv_dtype, precision
):
    monkeypatch.setattr(vmem, "interpreted", lambda interpret: False)
    spec, pages, batch = model_spec("smollm2-135m"), 513, 8

    def shape(*axes, dtype=jnp.float32):
        return jax.ShapeDtypeStruct(axes, dtype)

    wide, heads = spec.d_model, spec.n_heads * spec.d_head
    layer = {"attn_norm": shape(wide), "ffn_norm": shape(wide), "wo": shape(wide, heads)}
    layer["wqkv"] = shape(heads + 2 * spec.n_kv_heads * spec.d_head, wide)
    layer |= {"w_gate_up": shape(2 * spec.d_ff, wide), "w_down": shape(wide, spec.d_ff)}
    cache = (shape(16 * pages, spec.n_kv_heads, spec.d_head, dtype=kv_dtype),) * 2
    sides = ((batch, 1), (batch, 1), (batch, 1), (batch, 64))
    numbers = Rectangle(*(shape(*side, dtype=jnp.int32) for side in sides))
    rows = Rows((numbers,), shape(batch, dtype=jnp.int32))

    def step(x, layer, *rest):
        cache, rows = rest
        around = {"spec": spec, "block_size": 16, "precision": precision, "attention": "pallas"}
        return paged_block(x, layer, cache, rows=rows, **around)

    found = compile_for(step, shape(1, batch, wide), layer, cache, rows)
    assert (found.kernels, found.temp_bytes) == (1, 0)
