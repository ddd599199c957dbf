"""What attention multiplies, by hand: heads, latents, an index, a state."""

from tokenworks.cost.attention_flops import (
    attention_flops_per_token,
    decode_width,
    index_flops_per_pair,
    linear_flops_per_token,
    prefill_attention_flops,
)
from tokenworks.cost.parameters import matmul_parameter_count
from tokenworks.cost.step_time import prefill_flops
from tokenworks.specs import model_spec


def test_attention_arithmetic_is_two_products_a_layer_and_token_seen():
    spec = model_spec("smollm2-135m")
    by_hand = 30 * (2 * 9 * 64 + 2 * 9 * 64) * 100  # scores and mix, a FLOP pair each
    assert attention_flops_per_token(spec, 100) == by_hand


def test_attention_of_mla_is_counted_on_the_latents_when_decoding():
    v3 = model_spec("deepseek-v3")
    assert attention_flops_per_token(v3, 100) == 2 * 61 * 128 * (512 + 64 + 512) * 100
    pairs = 100 * 101 // 2
    head = 129280 * 7168
    matmul = 2 * (matmul_parameter_count(v3) - head) * 100 + 2 * head
    assert prefill_flops(v3, 100) == matmul + 2 * 61 * 128 * (128 + 64 + 128) * pairs


def test_an_indexer_scores_every_token_and_attention_sees_the_chosen_ones():
    glm, tokens, top = model_spec("glm-5"), 5000, 2048
    assert index_flops_per_pair(glm) == 2 * 32 * 128
    seen = 2 * 78 * 64 * (512 + 64 + 512) * top
    assert attention_flops_per_token(glm, tokens) == seen + 78 * 2 * 32 * 128 * tokens
    chosen = sum(min(i, top) for i in range(1, tokens + 1))
    scored = tokens * (tokens + 1) // 2
    heads = 78 * 2 * 64 * (256 + 256)
    assert prefill_attention_flops(glm, tokens) == heads * chosen + 78 * 8192 * scored
    square = prefill_attention_flops(glm, tokens, causal=False)  # only the index has a masked half
    assert square == heads * chosen + 78 * 8192 * tokens**2
    assert index_flops_per_pair(model_spec("deepseek-v3")) == 0


def test_a_linear_layer_does_the_same_at_every_length():
    hybrid = model_spec("qwen3.5-397b-a17b")
    state = 45 * 3 * 2 * 64 * 128 * 128  # three products with each head's matrix
    assert linear_flops_per_token(hybrid) == state
    full = 15 * 2 * 32 * decode_width(hybrid)
    assert attention_flops_per_token(hybrid, 1000) == full * 1000 + state
    assert prefill_attention_flops(hybrid, 1000) == full * 500_500 + 1000 * state
    assert prefill_attention_flops(hybrid, 1000, causal=False) == full * 10**6 + 1000 * state
    assert linear_flops_per_token(model_spec("llama-3-8b")) == 0
