import pytest

from tokenworks import model_spec
from tokenworks.checks.factory_bytes import GIB, LAYER, MIN_CHIPS, QUESTIONS, WEIGHT_BYTES
from tokenworks.cost.memory import weight_bytes
from tokenworks.cost.parameters import layer_parameter_count, parameter_count


def test_the_chapters_bytes_questions():
    assert [question.id for question in QUESTIONS] == ["01.1", "01.3", "01.6"]


def test_bytes_agree_with_the_cost_model():
    spec = model_spec("llama-3-70b")
    assert WEIGHT_BYTES.oracle(parameter_count(spec), 16) == weight_bytes(spec, 2)
    assert WEIGHT_BYTES.oracle(70e9, 16) == 140e9


@pytest.mark.parametrize(
    ("weight", "hbm_gib", "chips"),
    [(140e9, 80, 2), (160 * GIB, 80, 2), (160 * GIB + 1, 80, 3), (164e9, 80, 2), (1, 80, 1)],
)
def test_chips_are_counted_in_gib(weight, hbm_gib, chips):
    assert MIN_CHIPS.oracle(weight, hbm_gib) == chips


@pytest.mark.parametrize("name", ["llama-3-8b", "llama-3-70b", "smollm2-135m"])
def test_a_layer_has_the_models_own_count(name):
    spec = model_spec(name)
    shape = (spec.d_model, spec.n_heads, spec.n_kv_heads, spec.d_head, spec.d_ff)
    assert LAYER.oracle(*shape) == layer_parameter_count(spec)


def test_the_sources_layer_count_is_a_named_mistake():
    wide = LAYER.misconceptions[0]
    assert wide.wrong(8192, 64, 8, 128, 28672) == 4 * 8192**2 + 3 * 8192 * 28672 + 2 * 8192
    assert "GQA" in wide.name
