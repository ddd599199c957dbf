"""Formulas with their values put in."""

import pytest

from tokenworks import chip, model_spec
from tokenworks.cost import kv_bytes, weight_bytes
from tokenworks.substitution import expression_of


def test_an_expression_is_filled_with_values_and_units():
    found = expression_of(
        "weight_bytes / hbm_bytes_per_s", {"weight_bytes": 1e9, "hbm_bytes_per_s": 2e12}
    )
    assert found.printed == "weight_bytes / hbm_bytes_per_s"
    assert found.substituted() == (
        "1 GB / (2 TB/s)",
        r"\frac{\text{1 GB}}{\text{2 TB/s}}",
    )
    assert found.evaluated() == pytest.approx(0.0005)


def test_a_function_shows_what_it_returns():
    found = expression_of(weight_bytes, {"spec": model_spec("llama-3-70b"), "bytes_per_param": 2})
    assert found.printed == "weight_bytes = parameter_count(spec) × bytes_per_param"
    assert found.substituted()[0] == "70.55 billion parameters × (2 bytes/parameter)"


def test_attributes_and_inner_calls_are_filled():
    spec = model_spec("llama-3-70b")
    found = expression_of(kv_bytes, {"spec": spec, "tokens": 4096, "bytes_per_value": 2})
    assert found.substituted()[0] == "327,680 × 2,048 × 2"


def test_a_row_is_called_by_its_name():
    found = expression_of("chip * 2", {"chip": chip("a100-80gb")})
    assert found.substituted()[0] == "a100-80gb × 2"


def test_an_expression_sees_its_inputs_and_nothing_else():
    with pytest.raises(NameError):
        expression_of("open('x')", {}).evaluated()
