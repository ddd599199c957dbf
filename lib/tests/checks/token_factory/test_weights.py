from dataclasses import replace
from itertools import islice

import pytest

from tokenworks import model_spec
from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.token_factory.weights import chips_needed, layer_parameters
from tokenworks.checks.token_factory.weights import weight_bytes as exercise
from tokenworks.cost.memory import min_chips, weight_bytes
from tokenworks.cost.parameters import layer_parameter_count, parameter_count
from tokenworks.units import BINARY

GIB = BINARY["Gi"]


def test_bytes_agree_with_the_cost_model():
    spec = model_spec("llama-3-70b")
    assert exercise(parameter_count(spec), 16) == weight_bytes(spec, 2)
    assert exercise(70e9, 16) == 140e9


def test_drawn_weights_take_whole_bytes():
    for case in islice(drawn_cases(exercise, "whole"), 100):
        assert exercise(*case) == int(exercise(*case))


@pytest.mark.parametrize(
    ("weight", "hbm_gib", "chips"),
    [(140e9, 80, 2), (160 * GIB, 80, 2), (160 * GIB + 1, 80, 3), (164e9, 80, 2), (1, 80, 1)],
)
def test_chips_are_counted_in_gib(weight, hbm_gib, chips):
    assert chips_needed(weight, hbm_gib) == chips == min_chips(weight, hbm_gib * GIB)


def test_chips_agree_with_the_cost_model():
    for weight, hbm_gib in (*chips_needed.cases, *islice(drawn_cases(chips_needed, "same"), 100)):
        assert chips_needed(weight, hbm_gib) == min_chips(weight, hbm_gib * GIB)


@pytest.mark.parametrize("name", ["llama-3-8b", "llama-3-70b", "smollm2-135m"])
def test_a_layer_has_the_models_own_count(name):
    spec = model_spec(name)
    shape = (spec.d_model, spec.n_heads, spec.n_kv_heads, spec.d_head, spec.d_ff)
    assert layer_parameters(*shape) == layer_parameter_count(spec)


def test_drawn_layers_agree_with_the_cost_model():
    names = ("d_model", "n_heads", "n_kv_heads", "d_head", "d_ff")
    for case in islice(drawn_cases(layer_parameters, "same"), 50):
        spec = replace(model_spec("llama-3-8b"), **dict(zip(names, case, strict=True)))
        assert layer_parameters(*case) == layer_parameter_count(spec)


def test_the_sources_layer_count_is_a_named_mistake():
    wide = layer_parameters.mistakes[0]
    count = layer_parameters.wrong[0](8192, 64, 8, 128, 28672)
    assert count == 4 * 8192**2 + 3 * 8192 * 28672 + 2 * 8192
    assert "GQA" in wide.name
