from itertools import islice

import pytest

from tokenworks import model_spec
from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.prefill_decode.speed import first_token_seconds, intensity
from tokenworks.checks.prefill_decode.speed import user_seconds as exercise
from tokenworks.cost.parameters import matmul_parameter_count
from tokenworks.cost.roofline import matmul_operation
from tokenworks.cost.step_time import flops_per_token, prefill_flops, user_seconds


@pytest.mark.parametrize("name", ["llama-3-8b", "llama-3-70b", "smollm2-135m"])
def test_the_first_token_agrees_with_the_cost_model(name):
    spec = model_spec(name)
    head = spec.vocab_size * spec.d_model
    layers = matmul_parameter_count(spec) - head
    shape = (spec.n_layers, spec.n_heads, spec.d_head)
    floor = first_token_seconds(layers, *shape, 500, 1)
    assert floor == pytest.approx(prefill_flops(spec, 500) - flops_per_token(head))


def test_intensity_agrees_with_the_cost_model():
    for rows, d_in, d_out, width in (*intensity.cases, *islice(drawn_cases(intensity, "same"), 50)):
        call = matmul_operation(
            rows, d_in, d_out, bytes_per_param=width, bytes_per_activation=width
        )
        assert intensity(rows, d_in, d_out, width) == pytest.approx(call.intensity)


def test_intensity_is_at_most_the_rows_in_16_bits():
    assert intensity(1, 8192, 8192, 2) == pytest.approx(1, rel=1e-3)
    assert 400 < intensity(500, 8192, 8192, 2) < 500


def test_the_wait_agrees_with_the_cost_model():
    for queue, prefill, step, n in (*exercise.cases, *islice(drawn_cases(exercise, "same"), 50)):
        assert exercise(queue, prefill, step, n) == user_seconds(queue + prefill, step, n)


def test_one_token_has_no_gap():
    assert exercise(0.5, 0.2, 9, 1) == pytest.approx(0.7)
