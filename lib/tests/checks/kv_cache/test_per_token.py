import pytest

from tokenworks import model_spec
from tokenworks.checks.kv_cache.per_token import kv_bytes_per_token as exercise
from tokenworks.checks.kv_cache.per_token import mla_bytes_per_token
from tokenworks.cost.memory import kv_bytes_per_token


@pytest.mark.parametrize("name", ["llama-3-8b", "llama-3-70b", "smollm2-135m", "gemma-2b"])
def test_a_token_has_the_models_own_bytes(name):
    spec = model_spec(name)
    shape = (spec.n_layers, spec.n_heads, spec.n_kv_heads, spec.d_head)
    assert exercise(*shape, 16) == kv_bytes_per_token(spec, 2)


def test_the_llamas_by_hand():
    assert exercise(80, 64, 8, 128, 16) == 327_680
    assert exercise(80, 64, 8, 128, 8) == 163_840
    assert exercise.wrong[0](80, 64, 8, 128, 16) == 8 * 327_680


def test_the_latent_of_deepseek_v3():
    spec = model_spec("deepseek-v3")
    shape = (spec.n_layers, spec.n_heads, spec.kv_lora_rank, spec.d_head_rope)
    assert mla_bytes_per_token(*shape, 16) == kv_bytes_per_token(spec, 2) == 61 * 576 * 2
