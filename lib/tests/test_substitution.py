"""Formulas with their values put in."""

import pytest

from tokenworks import chip, model_spec
from tokenworks.cost import (
    Deployment,
    kv_bytes,
    parameter_count,
    prefill_seconds,
    weight_bytes,
)
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


def test_local_names_stand_with_their_own_arithmetic():
    on = Deployment(model_spec("llama-3-70b"), chip("a100-80gb"), 2)
    found = expression_of(prefill_seconds, {"on": on, "prompt_tokens": 650})
    assert found.substituted()[0] == "max(143.5 ms, 34.14 ms)"
    multiplying, moving = found.parts()
    assert multiplying.substituted()[0] == "1 × 89.54 TFLOP / (624 TFLOP/s)"
    assert moving.substituted()[0] == "(139 GB + 1 × 213 MB) / (4.078 TB/s)"


def test_a_sum_is_written_out_with_equal_terms_together():
    found = expression_of(parameter_count, {"spec": model_spec("llama-3-70b")})
    assert found.printed == (
        "parameter_count = sum(math.prod(shape) for shape in weight_shapes(spec).values())"
    )
    assert found.substituted()[0] == (
        "240 × 234,881,024 + 160 × 67,108,864 + 2 × 1,050,673,152 + 160 × 8,388,608 + 161 × 8,192"
    )


def test_what_is_added_has_the_unit_of_the_result():
    found = expression_of("a + b", {"a": 0.0004, "b": 2.0})
    assert found.substituted("seconds")[0] == "400 µs + 2 s"
    assert found.substituted()[0] == "0.0004 + 2"


def test_typed_numbers_are_written_as_people_do():
    assert expression_of("3.6e6 * x / 2.0", {"x": 1}).printed == "3,600,000 × x / 2"


def test_a_call_that_cannot_be_opened_shows_what_goes_in():
    found = expression_of(round_trip, {"tokens": 7})
    assert found.printed == "round_trip(tokens)"
    assert found.substituted()[0] == "round_trip(7)"


def round_trip(tokens):
    return len(str(tokens))
