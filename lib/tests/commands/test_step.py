"""`tokenworks step`: every kernel with its floor and what to expect, against the library."""

import pytest

from tokenworks.cost.checkpoints import served_plan
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.step_kernels import decode_step, prefill_step
from tokenworks.specs import chip, model_spec

LINE = "step --model llama-3-70b --chip h100 --chips 4 --weights fp8 --batch 32 --context 4096"


def test_the_object_is_what_the_library_says(command):
    found = command(f"{LINE} --prompt 1024 --json").json
    plan = served_plan(
        model_spec("llama-3-70b"), chip("h100-sxm"), 4, engine="vllm", precision="fp8"
    )
    decode = decode_step(plan, 32, 4096, constants=Constants.fitted())
    reading = prefill_step(plan, 1024, constants=Constants.fitted())
    assert found["decode"]["floor_seconds"] == pytest.approx(decode.floor_seconds)
    assert found["decode"]["expected_seconds"] == pytest.approx(decode.expected_seconds)
    assert found["prefill"]["expected_seconds"] == pytest.approx(reading.expected_seconds)
    assert [one["name"] for one in found["decode"]["kernels"]] == [
        kernel.name for kernel in decode.kernels
    ]
    assert found["formats"] == {
        "attention": "fp8",
        "dense": "fp8",
        "experts": None,
        "cache": "bf16",
    }
    assert found["notes"] == []


def test_the_table_for_people(command):
    out = command(LINE).out
    assert "decode step of 32 sequences at 4,096 tokens, Llama-3 70B on 4 x H100 SXM, fp8" in out
    assert out.splitlines()[-2].startswith("the step")
    assert "floor of one" in out
    assert "all, expected" in out


def test_a_chip_that_nobody_timed_says_so(command):
    out = command("step --model llama-3-8b --chip mi300x --context 1000").out
    assert (
        "note: gemm bfloat16 on Instinct MI300X: no fit to rely on, so the card's constants" in out
    )


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("step --model llama-3-70b --chip h100 --context 100", "GB of weights do not fit in"),
        ("step --model nope --chip h100 --context 100", "unknown model 'nope'"),
        ("step --model llama-3-8b --chip h100", "--context"),
        ("step --model llama-3-8b --chip h100 --context 0", "'0' is not a whole number from 1"),
        ("step --model llama-3-8b --chip h100 --context 9 --weights fp4", "no fp4 rate is known"),
        ("step --model llama-3-8b --chip h100 --context 9 --chips 3", "cannot be sharded over 3"),
    ],
)
def test_bad_input_is_one_line(command, line, complaint):
    done = command(line)
    assert done.code == 2
    assert complaint in done.err
    assert done.err.count("\n") == 1
