import pytest

from tokenworks.hlo_text import HBM, VMEM, held, read_program

TEXT = """HloModule jit_f, num_partitions=2

%add (a: f32[], b: f32[]) -> f32[] {
  %a = f32[] parameter(0)
  %b = f32[] parameter(1)
  ROOT %sum = f32[] add(%a, %b)
}

ENTRY %main (x: bf16[8,64]) -> f32[8] {
  %x = bf16[8,64]{1,0:T(8,128)(2,1)S(1)} parameter(0)
  %five = s32[] constant(5)
  %pair = (bf16[8,64]{1,0:T(8,128)(2,1)}, u32[]) copy-start(bf16[8,64]{1,0:T(8,128)(2,1)} %x), a={1}
  ROOT %out = f32[8]{0} fusion(%pair, /*index=1*/%five), kind=kLoop, calls=%add
}
"""


def test_a_program_is_its_computations_and_their_lines():
    program = read_program(TEXT)
    assert program.entry == "main"
    assert list(program.computations) == ["add", "main"]
    main = program.computations["main"]
    assert [step.operation for step in main.values()] == [
        "parameter",
        "constant",
        "copy-start",
        "fusion",
    ]
    assert main["five"].literal == "5"
    assert main["pair"].operands == ["x"]  # whether its type is written beside it or not
    assert main["pair"].attributes == ", a={1}"
    assert main["out"].operands == ["pair", "five"]
    assert [name for name, step in main.items() if step.is_root] == ["out"]


def test_a_result_is_its_arrays_with_their_bytes_and_place():
    main = read_program(TEXT).computations["main"]
    (x,) = main["x"].result
    assert (x.name, x.bytes, x.place) == ("bf16[8,64]", 2 * 8 * 64, VMEM)
    copied, flag = main["pair"].result
    assert (copied.bytes, copied.place) == (2 * 8 * 64, HBM)
    assert (flag.name, flag.bytes, flag.is_scalar) == ("u32[]", 4, True)


@pytest.mark.parametrize(
    ("kind", "name", "size"),
    [
        ("pred[3,5]{1,0}", "pred[3,5]", 15),
        ("s4[8,3]{1,0:T(8,128)(8,1)E(4)}", "s4[8,3]", 12),
        ("s4[8,3]{1,0}", "s4[8,3]", 24),
        ("f8e4m3fn[16]{0}", "f8e4m3fn[16]", 16),
        ("f64[2]", "f64[2]", 16),
        ("f32[0,4]{1,0}", "f32[0,4]", 0),
    ],
)
def test_an_element_takes_its_bits_and_a_byte_at_least_unless_packed(kind, name, size):
    (array,) = held(kind)
    assert (array.name, array.bytes) == (name, size)


def test_text_without_a_program_is_refused():
    with pytest.raises(ValueError, match="no ENTRY"):
        read_program("HloModule empty")
