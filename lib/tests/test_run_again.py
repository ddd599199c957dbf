"""A printed formula with a reader's values: as Python computes it, or one line of what to do."""

import pytest

from tokenworks import chip, model_spec, worked
from tokenworks.cost import Deployment, prefill_seconds
from tokenworks.formula_inputs import Input, NotArithmetic
from tokenworks.run_again import Refused, input_labels, run_printed, shown_value, typed_value

WEIGHTS = Input("weight_bytes", 140_000_000_000, "bytes")
RATE = Input("chip.hbm_bytes_per_s", 2_000_000_000_000, "bytes_per_s")
BATCH = Input("batch", 16, None)
LAYERS = Input("L", 80, None)
SHARE = Input("used", 0.25, None)
PRICE = Input("usd_per_hour", 3.2, "usd_per_hour")
FIXED = Input("tokens", 4, None, fixed=True)
POWER = Input("row.watts", 700, None)
STEP = ["decode_step_seconds = weight_bytes / chip.hbm_bytes_per_s"]


def run(changed):
    return run_printed(STEP, [WEIGHTS, RATE], literal="70 ms", changed=changed)


def of(working):
    formulas = [working.formula, *(part.formula for part in working.parts)]
    return run_printed(formulas, working.inputs, literal=working.literal)


def test_without_a_change_it_shows_what_worked_shows():
    on = Deployment(model_spec("llama-3-70b"), chip("a100-80gb"), 2)
    (working,) = worked("143 ms", prefill_seconds, on=on, prompt_tokens=650).workings
    assert len(working.inputs) >= 2
    found = of(working)
    assert (found.substituted, found.result) == working.steps
    assert found.parts == tuple(part.step for part in working.parts)


def test_a_changed_input_gives_what_python_gives():
    found = run({"weight_bytes": "80 GB"})
    assert (found.substituted, found.result) == ("80 GB / (2 TB/s)", "40 ms")
    assert (
        run({"weight_bytes": "70.5 GB", "chip.hbm_bytes_per_s": "3.35 TB/s"}).result == "21.04 ms"
    )


def test_a_change_runs_through_the_parts():
    formulas = ["late = first_seconds + later", "later = (tokens - 1) × step_seconds"]
    inputs = [Input("first_seconds", 1, "seconds"), Input("tokens", 5, None)]
    inputs.append(Input("step_seconds", 0.25, "seconds"))
    found = run_printed(formulas, inputs, literal="2 s", changed={"tokens": "9"})
    assert (found.result, found.parts) == ("3 s", ("(9 - 1) × 250 ms",))
    assert found.substituted == "1 s + 2 s"


@pytest.mark.parametrize(
    ("text", "one", "value"),
    [
        ("", WEIGHTS, 140e9),
        ("140 GB", WEIGHTS, 140e9),
        (" 80  GB ", WEIGHTS, 80e9),
        ("80GB", WEIGHTS, 80e9),
        ("80 GiB", WEIGHTS, 80 * 2**30),
        ("80", WEIGHTS, 80e9),
        ("1e9 bytes", WEIGHTS, 1e9),
        ("1,000", WEIGHTS, 1e12),
        ("3.35 TB/s", RATE, 3.35e12),
        ("16", BATCH, 16),
        ("1e9", BATCH, 1e9),
        ("16.0", BATCH, 16),
        (".5", SHARE, 0.5),
        ("50 %", SHARE, 0.5),
        ("2×", SHARE, 2),
        ("USD 2/h", PRICE, 2),
        ("2", PRICE, 2),
        ("400 W", POWER, 400),
        ("400", POWER, 400),
    ],
)
def test_a_value_may_be_typed_as_people_write_it(text, one, value):
    assert typed_value(text, one) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "one", "says"),
    [
        ("2 ms", WEIGHTS, "“2 ms” is no value for weight bytes; write it like 140 GB."),
        ("16 GB", BATCH, "“16 GB” is no value for batch (B); write it like 16."),
        ("USD 2", PRICE, "“USD 2” is no value for usd/hour; write it like USD 3.20/h."),
        ("USD x", PRICE, "“USD x” has a unit that is not known here; write it like USD 3.20/h."),
        ("80 gb", WEIGHTS, "“80 gb” has a unit that is not known here; write it like 140 GB."),
        ("1e9", WEIGHTS, "1e9 has no unit; write it like 140 GB."),
        ("many", BATCH, "“many” is no number; write it like 16."),
        ("1,00", BATCH, "“1,00” has a comma: write a point before decimals."),
        ("USD 2,50", PRICE, "“USD 2,50” has a comma: write a point before decimals."),
        ("1e-300 GB", WEIGHTS, "1e-300 GB is too small; write a larger number."),
        ("50 %", LAYERS, "L is a count; write a whole number."),
        ("nan", BATCH, "“nan” is no number; write it like 16."),
        ("-inf", BATCH, "“-inf” is no number; write it like 16."),
        ("9" * 41, BATCH, "That is longer than 40 characters; write it like 16."),
        ("1.5", BATCH, "batch (B) is a count; write a whole number."),
        ("-1", BATCH, "batch (B) cannot be below 0."),
        ("−3 GB", WEIGHTS, "weight bytes cannot be below 0."),
        ("3", FIXED, "tokens stays: another value was computed from it."),
        ("1e999", BATCH, "1e999 is too large; write a smaller number."),
    ],
)
def test_a_value_that_cannot_be_is_refused_in_one_line(text, one, says):
    with pytest.raises(Refused) as refused:
        typed_value(text, one)
    assert str(refused.value) == says
    assert refused.value.name == one.name


@pytest.mark.parametrize(
    ("formula", "changed", "says"),
    [
        ("a / b", {"b": "0"}, "divides by zero"),
        ("a % b", {"b": "0"}, "divides by zero"),
        ("a ** b", {"a": "1e300", "b": "1e300"}, "gives no number"),
        ("a * b", {"a": "1e300", "b": "1e300"}, "gives no number"),
        ("log2(a)", {"a": "0"}, "gives no number"),
        ("(a - b) ** 0.5", {"b": "100"}, "gives no number"),
        ("ceil((a - b) ** 0.5)", {"b": "100"}, "gives no number"),
    ],
)
def test_a_formula_that_gives_nothing_says_so(formula, changed, says):
    own = [Input(name, 4, None) for name in "ab" if name in formula]
    with pytest.raises(Refused, match=says):
        run_printed([formula], own, literal="1×", changed=changed)


def test_what_is_no_arithmetic_is_not_run():
    with pytest.raises(NotArithmetic):
        run_printed(["open(a)"], [Input("a", 4, None)], literal="1×")


def test_inputs_are_named_in_words_with_the_letter_of_the_book():
    assert input_labels([WEIGHTS, RATE, BATCH]) == ["weight bytes", "HBM bytes/s", "batch (B)"]


def test_two_inputs_never_have_one_name():
    pair = [Input(f"{row}.timed.seconds", 1, "seconds") for row in ("wide", "narrow")]
    assert input_labels(pair) == ["wide timed seconds", "narrow timed seconds"]


def test_a_value_is_shown_as_in_the_substitution():
    assert [shown_value(one) for one in (WEIGHTS, RATE, BATCH)] == ["140 GB", "2 TB/s", "16"]
