import pytest

from tokenworks import model_spec
from tokenworks.checks.kv_cache.bytes_kept import quantized_bytes, tokens_kept
from tokenworks.cost.memory import kv_bytes
from tokenworks.specs import number_format


@pytest.mark.parametrize("name", ["gemma-2-27b", "gemma-3-27b", "gpt-oss-120b"])
@pytest.mark.parametrize("tokens", [1, 128, 129, 4096, 32768])
def test_windows_agree_with_the_cost_model(name, tokens):
    spec = model_spec(name)
    kept = tokens_kept(tokens, spec.n_layers, spec.window_tokens, spec.global_layer_period)
    assert kept * spec.kv_values_per_layer == kv_bytes(spec, tokens, bytes_per_value=1)


def test_scales_agree_with_the_formats():
    q8, q4 = number_format("q8_0"), number_format("q4_0")
    assert quantized_bytes(64, 8, 32, 16) == 64 * q8.bytes_per_value == 68
    assert quantized_bytes(64, 4, 32, 16) == 64 * q4.bytes_per_value == 36
