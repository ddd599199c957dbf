"""What a chip of a slice holds: against every recorded word of the TPU compiler, and by hand."""

import pytest

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.slice_memory import model_shapes, slice_batch, slice_budget, smallest_slice
from tokenworks.data.compiled_decode import decode_compiles
from tokenworks.specs import chip, model_spec

V5E, LARGE = chip("tpu-v5e"), model_spec("llama-3-70b")
INT8 = Deployment(LARGE, V5E, weights="int8", kv="int8")
ROWS = decode_compiles()
HALVES = {"4x4": "2x4"}  # one of two replicas


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_it_is_what_the_compiler_says(row):
    generation, _, shape = row.topology.partition(":")
    on = Deployment(
        model_spec(row.model), chip(f"tpu-{generation}"), weights=row.weights, kv=row.kv
    )
    held = slice_budget(
        on,
        shape if row.data == 1 else HALVES[shape],
        batch=row.batch // row.data,
        context_tokens=row.context,
        kv_cut=row.kv_cut,
    )
    assert held.fits == row.fits
    assert held.capacity_bytes == row.limit_bytes
    assert held.needed_bytes == pytest.approx(row.needed_bytes, rel=0.0025)


def test_all_rows_are_asked():
    assert len(ROWS) == 27


def test_a_batch_that_fits_and_one_more_that_does_not():
    for shape in ("2x4", "4x4", "4x8"):
        most = slice_batch(INT8, shape, context_tokens=8192)
        for batch, fits in ((most, True), (most + 1, False)):
            assert slice_budget(INT8, shape, batch=batch, context_tokens=8192).fits is fits
    assert slice_batch(INT8, "2x4", context_tokens=8192) == 45  # compiled: 44 fit, 48 do not
    assert slice_batch(INT8, "2x2", context_tokens=8192) == 0


def test_the_smallest_slices_of_the_book():
    formats = {"bf16": "4x4", "int8": "2x4", "int4": "2x2"}
    for weights, shape in formats.items():
        on = Deployment(LARGE, V5E, weights=weights, kv="int8")
        assert smallest_slice(on, batch=8, context_tokens=8192) == shape
    assert smallest_slice(INT8, batch=64, context_tokens=8192) == "4x4"
    whole = {"batch": 1, "context_tokens": 131072, "prompt_tokens": 131072}
    assert smallest_slice(INT8, **whole) == "4x4"  # a prompt read whole has activations
    assert smallest_slice(INT8, batch=1, context_tokens=131072) == "2x4"


def test_what_cannot_be_is_refused():
    assert model_shapes(INT8) == ["1x1", "2x2", "2x4", "4x4", "4x8", "8x8"]
    with pytest.raises(ValueError, match=r"64 heads go on 8x8 at most, which holds"):
        smallest_slice(INT8, batch=5000, context_tokens=8192)
    with pytest.raises(ValueError, match="take a TPU"):
        model_shapes(Deployment(LARGE, chip("h100-sxm")))
    with pytest.raises(ValueError, match="sequence, copies"):
        slice_budget(INT8, "2x4", batch=1, context_tokens=1, kv_cut="heads")
    with pytest.raises(ValueError, match="nearest: 2x4"):
        slice_budget(INT8, "4x2", batch=1, context_tokens=1)
    with pytest.raises(ValueError, match="cannot be sharded over 128 chips"):
        slice_budget(INT8, "8x16", batch=1, context_tokens=1)
