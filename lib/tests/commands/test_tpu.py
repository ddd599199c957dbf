"""`tokenworks tpu`: what the compiler says, as a table and as one object."""

import pytest
from kernels.drawn import needs_compiler

from tokenworks import tpu
from tokenworks.specs import chip

LINE = "tpu --model llama-3.2-1b --topology v5e:2x2 --weights int8 --kv int8 --batch 8"


@needs_compiler
def test_one_object_with_everything(command):
    found = command(f"{LINE} --context 2048 --memory-only --json").json
    assert (found["fits"], found["chips"], found["chip"]) == (True, 4, "tpu-v5e")
    assert (found["topology"], found["batch"], found["context"]) == ("v5e:2x2", 8, 2048)
    assert found["limit_bytes"] == chip("tpu-v5e").usable_bytes
    assert found["free_bytes"] == found["limit_bytes"] - found["needed_bytes"] > 0
    assert found["kv_bytes"] == 8 * 2048 * 2 * 16 * 8 * (64 + 2) / 4
    assert found["exchanged"] == [
        {
            "kind": "all-reduce",
            "operand": "bf16[8,1,2048]",
            "operand_bytes": 2 * 8 * 2048,
            "devices": 4,
            "calls": 33,
        }
    ]
    assert (found["flops"], found["notes"], found["warnings"]) == (None, [], [])
    assert found["libtpu"] == tpu.compiler_version()


@needs_compiler
def test_what_does_not_fit_has_exit_code_0_and_says_what_is_missing(command):
    line = "tpu --model llama-3-70b --topology v5e:2x2 --weights int8 --kv int8 --batch 8"
    done = command(line)
    assert (done.code, done.err) == (0, "")
    assert "Llama-3 70B on 4 x TPU v5e (v5e:2x2)" in done.out
    assert "\nmissing " in done.out
    assert "note: the compiler refused it" in done.out
    found = command(f"{line} --context 200000 --json").json
    assert not found["fits"]
    assert found["free_bytes"] < 0
    assert "200,000 tokens is beyond the 8,192 tokens" in found["warnings"][0]


@needs_compiler
def test_the_table_for_people(command):
    out = command(f"{LINE} --topology v5e:4x4 --kv-cut sequence --context 512").out
    for row in ("KV cache", "temporaries", "free", "FLOPs", "time, estimated"):
        assert f"\n{row} " in out
    assert "all-reduce of bf16[8,1,2048]" in out
    assert "33 x 32.77 KB = 32 KiB among 16 chips" in out
    assert "note: each KV head's cache is cut by tokens over 2 chips" in out
    assert "note: FLOPs, bytes accessed" in out


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ("--topology v5e:3x3", "no slice '3x3'; nearest: 2x4"),
        ("--topology v7q:2x2", "unknown TPU slice 'v7q:2x2'; nearest: "),
        ("--model nope", "unknown model 'nope'"),
        ("--batch 0", "'0' is not a whole number from 1"),
    ],
)
def test_bad_input_is_one_line_and_needs_no_compiler(command, changed, complaint):
    done = command(f"{LINE} {changed}")
    assert (done.code, done.out) == (2, "")
    assert complaint in done.err
    assert done.err.count("\n") == 1


@needs_compiler
@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ("--weights int3", "weights='int3' is none of bf16, int8, int4, fp8"),
        ("--kv int4", "kv='int4' is none of bf16, int8, fp8"),
        ("--model mixtral-8x7b", "the model code runs dense Llamas only"),
        ("--topology v5e:16x16", "cannot be sharded over 256 chips; take 1, 2, 4, 8, 16, 32"),
        ("--data 3", "4 chips do not make 3 replicas"),
        ("--data 4 --batch 6", "batch=6 does not divide into 4 equal parts"),
        ("--topology v5e:4x4 --kv-cut sequence --context 1001", "context=1001 does not divide"),
    ],
)
def test_what_cannot_be_is_refused(command, changed, complaint):
    done = command(f"{LINE} {changed}")
    assert (done.code, done.out) == (2, "")
    assert complaint in done.err


def test_without_the_compiler_the_line_says_how_to_get_it(command, monkeypatch):
    monkeypatch.setattr(tpu, "find_spec", lambda name: None)
    done = command(LINE)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("tokenworks: the TPU compiler is missing: `pip install")
    assert done.err.count("\n") == 1
