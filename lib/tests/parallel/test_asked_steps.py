"""Steps asked about again: the cheap ones of the record, and what they say against arithmetic."""

import pytest
from kernels.drawn import needs_compiler

from tokenworks.data.compiled_decode import decode_compile, decode_record
from tokenworks.parallel.asked_steps import STEPS, AskedStep, said
from tokenworks.tpu import compiler_version

COSTS = {"flops", "bytes_accessed", "seconds"}
AGAIN = [
    "llama-3-8b v5e:1x1 bf16/bf16 1 x 8192",
    "llama-3-8b v5e:1x1 int8/int8 8 x 8192",
    "llama-3-70b v5e:2x2 int8/int8 8 x 8192",
    "llama-3-70b v5e:2x4 int8/int8 32 x 8192",
    "llama-3-70b v5e:2x4 int8/int8 120 x 8192",
    "llama-3-70b v5e:4x4 int8/int8 32 x 8192 by sequence",
]


def test_names_are_what_is_asked():
    asked = AskedStep("llama-3-8b", "v5e:4x4", "int8", "fp8", 4, 2048, kv_cut="sequence", data=2)
    assert asked.name == "llama-3-8b v5e:4x4 int8/fp8 4 x 2048 by sequence 2 replicas"
    assert set(STEPS) == set(decode_record()["steps"])
    assert set(AGAIN) <= set(STEPS)


@needs_compiler
@pytest.mark.parametrize("name", AGAIN)
def test_the_compiler_says_again_what_it_said(name):
    """Costs, which need a second program, were written down with it and are left out here."""
    found, kept = said(STEPS[name], costs=False), decode_record()["steps"][name]
    assert found["fits"] == decode_compile(name).fits
    if compiler_version() == decode_record()["libtpu"]:
        assert {k: v for k, v in found.items() if k not in COSTS} == {
            k: v for k, v in kept.items() if k not in COSTS
        }
