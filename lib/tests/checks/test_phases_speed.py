import pytest

from tokenworks.checks.phases_speed import FIRST_TOKEN, INTENSITY, QUESTIONS, USER_WAIT
from tokenworks.cost.parameters import matmul_parameter_count
from tokenworks.cost.step_time import flops_per_token, prefill_flops
from tokenworks.specs import model_spec


def test_the_chapters_speed_questions():
    assert [question.id for question in QUESTIONS] == ["03.1", "03.2", "03.3"]


@pytest.mark.parametrize("name", ["llama-3-8b", "llama-3-70b", "smollm2-135m"])
def test_the_first_token_agrees_with_the_cost_model(name):
    spec = model_spec(name)
    head = spec.vocab_size * spec.d_model
    layers = matmul_parameter_count(spec) - head
    shape = (spec.n_layers, spec.n_heads, spec.d_head)
    floor = FIRST_TOKEN.oracle(layers, *shape, 500, 1)
    assert floor == pytest.approx(prefill_flops(spec, 500) - flops_per_token(head))


def test_intensity_is_at_most_the_rows_in_16_bits():
    assert INTENSITY.oracle(1, 8192, 8192, 2) == pytest.approx(1, rel=1e-3)
    assert 400 < INTENSITY.oracle(500, 8192, 8192, 2) < 500


def test_one_token_has_no_gap():
    assert USER_WAIT.oracle(0.5, 0.2, 9, 1) == pytest.approx(0.7)
