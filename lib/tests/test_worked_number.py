import pytest

from tokenworks import model_spec, worked
from tokenworks.cost.memory import weight_bytes
from tokenworks.cost.parameters import parameter_count
from tokenworks.cost.step_time import decode_step_seconds
from tokenworks.worked_number import NumberMismatch


def test_a_library_formula_prints_what_runs():
    shown = worked("70 ms", decode_step_seconds, weight_bytes=140e9, hbm_bytes_per_s=2e12)
    assert repr(shown).splitlines() == [
        "decode_step_seconds = weight_bytes / hbm_bytes_per_s",
        "  = 140 GB / (2 TB/s)",
        "  = 70 ms",
    ]
    assert shown.value == pytest.approx(0.07)


def test_inner_counts_are_substituted():
    lines = repr(worked("141 GB", weight_bytes, spec=model_spec("llama-3-70b"), bytes_per_param=2))
    assert "= 70.55 billion parameters × (2 bytes/parameter)" in lines
    assert lines.endswith("≈ 141 GB")


def test_an_expression_uses_only_its_inputs():
    assert worked("7 GB", "params * bytes_per_param", params=7e9, bytes_per_param=1).value == 7e9
    with pytest.raises(NameError):
        worked("7 GB", "params * open('x')", params=7e9)


@pytest.mark.parametrize("literal", ["140 GB", "141.2 GB", "141 MB"])
def test_a_wrong_literal_fails(literal):
    with pytest.raises(NumberMismatch, match=f"the text says {literal}"):
        worked(literal, weight_bytes, spec=model_spec("llama-3-70b"), bytes_per_param=2)


def test_gib_for_gb_fails():
    spec = model_spec("llama-3-70b")
    assert worked("131 GiB", weight_bytes, spec=spec, bytes_per_param=2)
    with pytest.raises(NumberMismatch):
        worked("141 GiB", weight_bytes, spec=spec, bytes_per_param=2)


@pytest.mark.parametrize("literal", ["0 s", "0.0 s", "-0 s"])
def test_a_stated_zero_is_nothing_and_not_a_little(literal):
    """0.4 s rounds to "0 s" at its printed digit, and is still no zero."""
    assert worked(literal, "a - b", a=2, b=2).value == 0
    for little in (0.4, 0.04, 1e-9, -1e-9):
        with pytest.raises(NumberMismatch, match=f"the text says {literal}, but the formula"):
            worked(literal, "little", little=little)


def test_a_computed_zero_is_stated_as_zero():
    with pytest.raises(NumberMismatch):
        worked("1 s", "a - b", a=2, b=2)


def test_a_wrong_dimension_fails():
    with pytest.raises(NumberMismatch, match="is in seconds"):
        worked("141 s", weight_bytes, spec=model_spec("llama-3-70b"), bytes_per_param=2)


def test_a_missing_input_is_named():
    with pytest.raises(TypeError, match="hbm_bytes_per_s"):
        worked("70 ms", decode_step_seconds, weight_bytes=140e9)


def test_steps_stack():
    one = worked("70.55 billion parameters", parameter_count, spec=model_spec("llama-3-70b"))
    both = one + worked("4×", "a / b", a=8, b=2)
    assert repr(both).count("\n\n") == 1
    assert both.value == 4
