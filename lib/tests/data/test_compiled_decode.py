"""The record of compiled steps against arithmetic: what fits, and every byte of the difference."""

import pytest

from tokenworks.configs.quantization import USUAL
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.memory_budget import budget
from tokenworks.data.compiled_decode import decode_compile, decode_compiles, decode_record
from tokenworks.specs import chip, model_spec

ROWS = decode_compiles()
HUNDREDTH = 2**30 / 100  # of a GiB: as the compiler prints what does not fit
by_name = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


def shape(row):
    """Return the chip, how many hold one copy of the model, and the model."""
    generation, _, axes = row.topology.partition(":")
    chips = 1
    for axis in axes.split("x"):
        chips *= int(axis)
    return chip(f"tpu-{generation}"), chips // row.data, model_spec(row.model)


def counted(row):
    """Return the budget that arithmetic makes of the same: embedding, head and norms at 16 bits."""
    on, chips, model = shape(row)
    kept = USUAL if row.weights != "bf16" else ()
    plan = Deployment(model, on, chips, weights=row.weights, kv=row.kv, kept=kept)
    return budget(plan, context_tokens=row.context, batch=row.batch // row.data)


def counted_bytes(row):
    part = counted(row)
    split = row.kv_copies if row.kv_cut == "sequence" else 1
    return part.weight_bytes + part.kv_bytes / split


def uncounted(row):
    """Return what arithmetic leaves out of one chip's weights and cache, by name, in bytes."""
    _, chips, model = shape(row)
    heads = min(chips, model.n_kv_heads)
    narrow = row.weights != "bf16"
    M, L, kv_rows = model.d_model, model.n_layers, model.n_kv_heads * model.d_head
    width = {"bf16": 2, "int8": 1, "fp8": 1, "int4": 0.5}[row.weights]
    cut = model.n_heads * model.d_head + 2 * model.d_ff  # rows of wq, w_gate and w_up
    cells = row.batch // row.data * row.context * model.n_kv_heads * L
    split = row.kv_copies if row.kv_cut == "sequence" else 1
    return {
        "norms on every chip": 2 * (2 * L + 1) * M * (1 - 1 / chips),
        "wk and wv where chips share a head": 2 * L * kv_rows * M * width * (1 / heads - 1 / chips),
        "scales of rows": narrow * 2 * L * (cut / chips + 2 * kv_rows / heads + 2 * M),
        "scales of cached heads": (row.kv == "int8") * 2 * 2 * cells / heads / split,
    }


def test_the_record_says_where_it_comes_from():
    assert {"command", "date", "libtpu", "jax"} <= set(decode_record())
    assert decode_compile(ROWS[0].name) == ROWS[0]
    assert ROWS[0].source == "benchmarks/record_decode_compiles.py"
    assert ROWS[0].label == f"libtpu {decode_record()['libtpu']}, {ROWS[0].name}"
    with pytest.raises(KeyError, match="no compiled step 'x'; known: llama-3-8b v5e:1x1"):
        decode_compile("x")


def test_there_are_slices_that_do_and_that_do_not_of_both_models_in_three_precisions():
    """At 8,192 tokens; and of each the other answer on the next slice or batch."""
    for model in ("llama-3-8b", "llama-3-70b"):
        rows = [row for row in ROWS if row.model == model]
        for weights in ("bf16", "int8", "int4"):
            assert {row.fits for row in rows if row.weights == weights} == {True, False}


@by_name
def test_arithmetic_and_compiler_agree_on_what_fits(row):
    assert row.fits == (counted_bytes(row) <= counted(row).capacity_bytes)
    assert abs(row.limit_bytes - counted(row).capacity_bytes) <= HUNDREDTH


@by_name
def test_every_byte_of_the_difference_has_a_name(row):
    held = row.weight_bytes + row.kv_bytes
    assert held == pytest.approx(counted_bytes(row) + sum(uncounted(row).values()), abs=1)
    if not row.fits:
        assert abs(row.needed_bytes - held) <= HUNDREDTH + 0.005 * held
        return
    arguments = row.argument_bytes - held
    assert 0 <= arguments <= 1_000_000  # padding, token ids and lengths
    assert row.needed_bytes == (
        row.argument_bytes + row.output_bytes - row.alias_bytes + row.temp_bytes + row.code_bytes
    )


@by_name
def test_no_step_copies_its_cache_or_writes_a_weight_out_wide(row):
    """Of the least of them, one layer's keys, nothing like it stands in the temporaries."""
    _, chips, model = shape(row)
    keys = row.kv_bytes / (2 * model.n_layers)
    wide = 2 * model.d_model * model.d_ff / chips
    assert row.temp_bytes < min(keys, wide, 8e6)
    if row.fits:
        assert row.alias_bytes >= row.kv_bytes


def test_the_known_outcomes():
    assert decode_compile("llama-3-70b v5e:2x4 int8/int8 32 x 8192").fits
    assert not decode_compile("llama-3-70b v5e:2x4 int8/int8 120 x 8192").fits
    assert not decode_compile("llama-3-70b v5e:2x2 int8/int8 8 x 8192").fits


@by_name
def test_a_layer_has_two_sums_and_the_embedding_one(row):
    on, _, model = shape(row)
    assert on.kind == "tpu"
    size = 2 * row.batch // row.data * model.d_model
    sums = [each for each in row.exchanged if each["operand_bytes"] == size]
    if row.fits and row.topology != "v5e:1x1":
        assert {each["kind"] for each in sums} == {"all-reduce"}
        assert sum(each["calls"] for each in sums) == 2 * model.n_layers + 1


def test_tokens_instead_of_copies_halve_the_cache_and_its_time():
    copies, tokens = (
        decode_compile(f"llama-3-70b v5e:4x4 int8/int8 32 x 8192{how}")
        for how in ("", " by sequence")
    )
    assert copies.kv_bytes == 2 * tokens.kv_bytes
    assert copies.seconds is not None
    assert tokens.seconds is not None
    assert tokens.seconds < 0.85 * copies.seconds
    small = [each for each in tokens.exchanged if each["devices"] == 2]
    assert sum(each["operand_bytes"] * each["calls"] for each in small) < tokens.kv_bytes / 50
