import json

import pytest

from tokenworks import chip, claim, model_spec, number_format, worked
from tokenworks.cost.memory import weight_bytes
from tokenworks.cost.parameters import parameter_count
from tokenworks.cost.step_time import decode_step_seconds
from tokenworks.data import draft_acceptance, measured_speculation
from tokenworks.worked_number import MIME, NumberMismatch


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


def test_a_number_is_handed_over_as_data():
    rate = chip("a100-80gb").hbm_bytes_per_s
    shown = worked("70 ms", decode_step_seconds, weight_bytes=142.7e9, hbm_bytes_per_s=rate)
    bundle = shown._repr_mimebundle_()
    assert bundle["text/plain"] == repr(shown)
    (entry,) = bundle[MIME]
    assert entry == json.loads(json.dumps(entry)), "nothing but JSON"
    assert entry["literal"] == "70 ms"
    assert entry["formula"] == "decode_step_seconds = weight_bytes / hbm_bytes_per_s"
    assert entry["tex"] == r"\frac{\text{weight bytes}}{\text{HBM bytes/s}}"
    assert entry["steps"] == ["142.7 GB / (2.039 TB/s)", "69.99 ms"]
    assert entry["steps_tex"][0] == r"\frac{\text{142.7 GB}}{\text{2.039 TB/s}}"
    assert entry["value"] == pytest.approx(0.06998528)
    assert [source["what"] for source in entry["sources"]] == ["A100 80GB SXM"]
    assert {"what", "source", "accessed"} == set(entry["sources"][0])
    assert entry["fact"] == ""


def test_a_value_is_handed_over_with_ten_digits():
    (entry,) = worked("0.33×", "a / b", a=1, b=3).data()
    assert entry["value"] == 0.3333333333


def test_joined_numbers_are_one_list():
    several = sum(worked(f"{n}×", "n * 1", n=n) for n in (2, 3, 4))
    assert [entry["literal"] for entry in several.data()] == ["2×", "3×", "4×"]
    assert several.value == 4
    assert repr(several).count("\n\n") == 2


def test_joining_to_anything_else_is_an_error():
    with pytest.raises(TypeError):
        sum([worked("2×", "n * 1", n=2)], 1.5)


def test_a_published_figure_shows_its_citation():
    row = claim("paged-used-vllm")
    shown = worked("96.3 %", row)
    assert repr(shown) == f"96.3 %: {row.label}\n  {row.source}, read {row.accessed}"
    (entry,) = shown.data()
    assert (entry["formula"], entry["fact"]) == ("", row.label)
    assert shown.value == pytest.approx(0.963)
    with pytest.raises(NumberMismatch, match=r"the text says 96.4 %, but .* is 96.3 %"):
        worked("96.4 %", row)


def test_a_published_figure_gets_no_digits_that_its_source_does_not_have():
    row = claim("openai-final-runs-2024")  # "about USD 500 million", says the source
    shown = worked("USD 0.5 billion", row)
    assert repr(shown).splitlines()[0] == f"USD 0.5 billion: {row.label}"
    assert shown.data()[0]["steps"] == ["USD 0.5 billion"]
    assert "outside estimate" in row.label


def test_what_is_read_off_a_row_shows_its_citation():
    h100 = chip("h100-sxm")
    shown = worked("85.5 GB", "h100.usable_bytes", h100=h100)
    assert repr(shown).splitlines() == [
        "85.52 GB ≈ 85.5 GB: H100 SXM, usable bytes",
        f"  {h100.usable_source}, read {h100.usable_accessed}",
    ]
    with pytest.raises(NumberMismatch, match="the text says 87 GB"):
        worked("87 GB", "h100.usable_bytes", h100=h100)


def test_what_is_read_off_a_part_of_a_row_shows_its_citation():
    run = measured_speculation().run("prompt_lookup", "copy")
    median = run.speedup.median
    entry = worked(f"{median}×", "run.speedup.median", run=run).data()[0]
    assert entry["fact"] == "prompt lookup on copy, speedup, median"
    assert entry["sources"][0]["source"] == run.source
    row = draft_acceptance().row("trained", "chat")
    entry = worked(f"{100 * row.match[1]:.0f} %", "row.match[1]", row=row).data()[0]
    assert entry["fact"].endswith(", match, no. 2")
    assert entry["sources"]
    record = draft_acceptance()
    printed = f"{100 * record.coverage['chat']:.0f} %"
    entry = worked(printed, "record.coverage['chat']", record=record).data()[0]
    assert entry["fact"].endswith(", coverage, chat")
    computed = worked("2×", "run.speedup.median / half", run=run, half=median / 2)
    assert computed.data()[0]["fact"] == ""


def test_a_property_of_a_row_is_no_citation():
    assert worked("2 bytes/parameter", "f.bytes_per_value", f=number_format("bf16")).data()[0][
        "formula"
    ]


@pytest.mark.parametrize("formula", [3, chip("h100-sxm"), None], ids=["number", "chip", "nothing"])
def test_what_is_no_formula_and_no_figure_is_refused(formula):
    with pytest.raises(ValueError, match="needs a function, an expression or a published figure"):
        worked("3 GB", formula)
