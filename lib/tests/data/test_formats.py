"""Bytes of a stored number against the block sizes of the files that hold it."""

import gguf
import pytest

from tokenworks.quantization import element
from tokenworks.specs import FORMAT_NAMES, number_format, number_formats

# Bytes of one block and the values in it, written out by hand from the layouts.
BLOCKS = {
    "fp32": (4, 1),
    "bf16": (2, 1),
    "fp16": (2, 1),
    "fp8": (1, 1),
    "int8": (1, 1),
    "int4": (1, 2),
    "int8-g128": (128 + 2 + 1, 128),
    "int4-g128": (64 + 2 + 0.5, 128),
    "int8-head128": (128 + 2 + 2, 128),
    "int4-head128": (64 + 2 + 2, 128),
    "int2-g64": (16 + 2 + 0.25, 64),
    "nf4": (32 + 4, 64),
    "mxfp8": (32 + 1, 32),
    "mxfp4": (16 + 1, 32),
    "nvfp4": (8 + 1, 16),
    "q8_0": (32 + 2, 32),
    "q4_0": (16 + 2, 32),
    "q4_1": (16 + 2 + 2, 32),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_a_value_costs_its_share_of_the_block(name):
    size, values = BLOCKS[name]
    assert number_format(name).bytes_per_value == size / values


@pytest.mark.parametrize("name", ["Q8_0", "Q4_0", "Q4_1"])
def test_gguf_blocks_are_those_of_the_gguf_package(name):
    values, size = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[name]]
    assert number_format(name.lower()).bytes_per_value == size / values


@pytest.mark.parametrize(
    ("called", "name"),
    [
        *((word, "fp16") for word in ("f16", "float16", "torch.float16", "half", "FP16")),
        *((word, "bf16") for word in ("bfloat16", "torch.bfloat16", "BF16")),
        *((word, "fp8") for word in ("fp8_e4m3", "FP8_E5M2", "float8_e4m3fn", "F8_E4M3")),
        *((word, "fp32") for word in ("float32", "F32")),
        *((word, "int8") for word in ("I8", "int8")),
    ],
)
def test_a_format_is_found_by_its_usual_names(called, name):
    assert number_format(called).name == name


def test_a_format_says_what_its_values_and_scales_are():
    """Each a row of elements.csv, as wide as counted; an fp8 scale a tensor is not counted."""
    assert set(BLOCKS) == {row.name for row in number_formats()}
    for row in number_formats():
        assert element(row.element).bits == row.bits
        assert bool(row.scale_element) == bool(row.group)
        if row.scale_element:
            assert element(row.scale_element).bits == row.scale_bits


def test_no_other_name_is_taken_by_a_format():
    words = [word for words in FORMAT_NAMES.values() for word in words.split()]
    assert len(words) == len(set(words))
    assert not set(words) & {row.name for row in number_formats()}
    assert set(FORMAT_NAMES) <= {row.name for row in number_formats()}


def test_an_unknown_format_lists_the_known_ones():
    with pytest.raises(KeyError) as caught:
        number_format("fp7")
    message = caught.value.args[0]
    assert message.startswith("unknown format 'fp7'; known, closest first: fp")
    assert all(name in message for name in BLOCKS)
