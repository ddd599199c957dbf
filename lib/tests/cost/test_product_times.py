"""Timed products stand under their roofs, and the chapter's sentences about them are true."""

import pytest

from tokenworks.cost.product_times import (
    TIMED,
    speeds_over_bf16,
    timed_product,
    timed_products,
    typical_share,
)
from tokenworks.data.silicon import CHIP_OF, gemm_times
from tokenworks.specs import chip

ARITHMETIC = {"bf16": "bf16", "fp8": "fp8", "fp4": "fp4", "int4": "bf16"}
CHIPS = ("a100-80gb", "h100-sxm", "b200")


LARGE_CACHE = {"l40s", "rtx-pro-6000-server"}  # L2 caches of 96 and 128 MB


@pytest.mark.parametrize("on", sorted(set(CHIP_OF.values())))
@pytest.mark.parametrize("precision", TIMED)
def test_only_what_stays_in_a_large_cache_beats_the_floor_of_hbm(on, precision):
    if not chip(on).has(ARITHMETIC[precision]):
        with pytest.raises(ValueError, match="rate is known"):
            timed_products(on, precision)
        return
    for one in timed_products(on, precision):
        assert 0 < one.flops_per_s < chip(on).peak(ARITHMETIC[precision]), one.timed
        if one.share_of_floor > 1:
            assert on in LARGE_CACHE, one.timed
            assert one.operation.bytes < 41e6, one.timed


def test_each_is_a_row_of_the_table_beside_its_operation():
    rows = [t for t in gemm_times() if (t.system, t.format) == ("h100_sxm", "fp8")]
    found = timed_products("h100-sxm", "fp8")
    assert sorted(map(repr, rows)) == sorted(repr(one.timed) for one in found)
    one = next(p for p in found if (p.timed.n, p.timed.k, p.timed.tokens) == (8192, 1024, 64))
    assert one.operation.flops == 2 * 64 * 8192 * 1024
    assert one.operation.bytes == 8192 * 1024 + 64 * (8192 + 1024)
    assert one.floor_seconds == one.operation.bytes / chip("h100-sxm").hbm_bytes_per_s
    assert one.share_of_floor == one.floor_seconds / one.timed.seconds


def test_a_chip_that_nobody_timed_has_none():
    assert timed_products("tpu-v5e", "bf16") == ()
    assert timed_products("h100-sxm", "int8") == ()
    with pytest.raises(KeyError, match="no precision 'fp16'"):
        timed_products("h100-sxm", "fp16")


def test_one_is_found_by_its_sides():
    one = timed_product("b200", "fp4", n=7168, k=8192, tokens=4096)
    assert one in timed_products("b200", "fp4")
    assert (one.timed.n, one.timed.k, one.timed.tokens) == (7168, 8192, 4096)
    with pytest.raises(KeyError, match="nobody timed 7168 x 8192 with 3 tokens in bf16 on b200"):
        timed_product("b200", "bf16", n=7168, k=8192, tokens=3)


def test_large_matrices_come_near_their_floor_and_small_ones_do_not():
    for on in CHIPS:
        sizes = {"large": range(2**26, 2**30), "small": range(2**24)}
        of = {k: typical_share(on, "bf16", weights=w, tokens=range(257)) for k, w in sizes.items()}
        assert of["large"] > 0.65 > 0.6 > of["small"], on
    with pytest.raises(ValueError, match="no product of such a size was timed in bf16 on b200"):
        typical_share("b200", "bf16", weights=range(9), tokens=range(9))


def test_a_typical_share_is_a_median():
    found = timed_products("h100-sxm", "bf16")
    some = [p.share_of_floor for p in found if (p.timed.n, p.timed.k) == (65536, 8192)]
    share = typical_share("h100-sxm", "bf16", weights=range(2**29, 2**30), tokens=range(2**20))
    assert sorted(some)[7] == share
    assert len(some) == 15


@pytest.mark.parametrize(
    ("on", "precision", "speeds"),
    [
        ("h100-sxm", "fp8", {1: 1.71, 256: 1.36, 8192: 1.84}),
        ("b200", "fp4", {1: 1.61, 1024: 2.22, 16384: 2.25}),
        ("a100-80gb", "int4", {1: 2.56, 256: 0.96, 8192: 0.88}),
    ],
)
def test_what_a_narrow_format_gains_depends_on_the_tokens(on, precision, speeds):
    """Recomputed by hand from the lines of gemm.csv."""
    found = {one.tokens: one for one in speeds_over_bf16(on, precision, n=8192, k=8192)}
    assert {n: round(found[n].measured, 2) for n in speeds} == speeds
    assert list(found) == sorted(found)


def test_the_roofline_predicts_bytes_where_they_bound_and_flops_where_those_do():
    eights = {one.tokens: one for one in speeds_over_bf16("h100-sxm", "fp8", n=8192, k=8192)}
    on = chip("h100-sxm")
    assert eights[1].predicted == pytest.approx(2)  # all operands of half as many bytes
    assert eights[16384].predicted == pytest.approx(on.peak("fp8") / on.peak("bf16"))
    fours = {one.tokens: one for one in speeds_over_bf16("a100-80gb", "int4", n=8192, k=8192)}
    assert fours[1].predicted == pytest.approx(16 / 4.16, rel=1e-3)  # scales and zero points too
    assert fours[8192].predicted == 1  # multiplied in bf16, as before


def test_a_matrix_that_was_not_timed_in_both_is_refused():
    with pytest.raises(KeyError, match="nobody timed 5 x 7 in fp8 and in bf16 on h100-sxm"):
        speeds_over_bf16("h100-sxm", "fp8", n=5, k=7)
    with pytest.raises(KeyError, match="nobody timed 8192 x 8192 in int4 and in bf16 on h100-sxm"):
        speeds_over_bf16("h100-sxm", "int4", n=8192, k=8192)
