import pytest

from tokenworks.parallel.slices import GENERATIONS, tpu_slice, tpu_slices
from tokenworks.specs import chip


@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_slice_that_can_be_rented_has_a_name_and_the_chips_of_its_row(generation):
    on = chip(GENERATIONS[generation])
    found = tpu_slices(on)
    assert [tpu_slice(each.name) for each in found] == found
    assert {each.chips for each in found} <= {*on.slices, 2048}
    assert all(each.name.startswith(f"{generation}:") for each in found)


def test_a_slice_of_a_v5e():
    found = tpu_slice(" V5E:4x4 ")
    assert (found.name, found.chip.name, found.chips) == ("v5e:4x4", "tpu-v5e", 16)
    assert [each.shape for each in tpu_slices(chip("tpu-v5e"))] == (
        ["1x1", "2x2", "2x4", "4x4", "4x8", "8x8", "8x16", "16x16"]
    )


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("v5e:3x3", "no slice '3x3'; nearest: 2x4"),
        ("v5e:1x2", "no slice '1x2'"),  # the compiler would take it, nobody rents it out
        ("v5e:", "no slice ''"),
        ("v5:2x2", "unknown TPU slice 'v5:2x2'; nearest: v5e:2x2"),
        ("v6:2x4", "nearest: v6e:2x4"),
        ("v9z:4x4x4", "unknown TPU slice 'v9z:4x4x4'"),
        ("2x2", "unknown TPU slice '2x2'"),
        ("v5e", "unknown TPU slice 'v5e'"),
    ],
)
def test_any_other_is_refused_and_the_nearest_named(name, complaint):
    with pytest.raises(ValueError, match=complaint):
        tpu_slice(name)
