"""What fits the chip, by hand and by trying everything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cost.drawn import BEARTYPE, same
from cost.test_attention import calls
from tokenworks.cost.attention import ORDERS, flash_traffic
from tokenworks.cost.attention_call import AttentionCall, Tiles
from tokenworks.cost.tiles import (
    ON_GPU,
    ON_TPU,
    PLAIN,
    best_tiles,
    paper_tiles,
    require_fit,
    tile_register_bytes,
    tile_sram,
    tile_sram_bytes,
    tiles_that_fit,
)

pytestmark = pytest.mark.filterwarnings(BEARTYPE)
LONG = AttentionCall(queries=4096, keys=4096, heads=1, kv_heads=1, d_head=128)
multiples = st.sampled_from([1, 4, 8])
A100 = 163 * 1024  # shared memory that one thread block may have
V5E = 16 * 2**20  # of VMEM, as the compiler grants it


def test_what_must_be_live_by_hand():
    live = tile_sram(LONG, Tiles(64, 32))
    assert live == {
        "Q": 64 * 128 * 2,
        "K": 32 * 128 * 2,
        "V": 32 * 128 * 2,
        "O": 64 * 128 * 4,
        "S": 64 * 32 * 4,
        "m": 64 * 4,
        "l": 64 * 4,
    }
    assert tile_sram_bytes(LONG, Tiles(64, 32)) == 74_240


def test_on_a_gpu_the_accumulators_are_registers():
    """FlashAttention-2's 128 × 64 at head dimension 128: 64 KiB of Q, K and V."""
    assert tile_sram(LONG, Tiles(128, 64), layout=ON_GPU) == {"Q": 32768, "K": 16384, "V": 16384}
    taken = tile_register_bytes(LONG, Tiles(128, 64), layout=ON_GPU)
    assert taken == 128 * (128 + 64 + 2) * 4
    assert tile_register_bytes(LONG, Tiles(128, 64), layout=PLAIN) == 0


def test_what_stands_in_registers_has_to_fit_there():
    """512 × 32 would leave room in the SRAM of an A100, but O alone takes all registers."""
    assert tile_sram_bytes(LONG, Tiles(512, 32), layout=ON_GPU) < A100
    message = (
        r"take 331,776 bytes, the register file has 262,144: the largest that fits is 404 × 32"
    )
    with pytest.raises(ValueError, match=message):
        require_fit(LONG, Tiles(512, 32), A100, layout=ON_GPU)
    assert best_tiles(LONG, A100, layout=ON_GPU) == Tiles(416, 16)


def test_on_a_tpu_blocks_come_in_pairs_and_rows_are_padded():
    narrow = AttentionCall(queries=4096, keys=4096, heads=1, kv_heads=1, d_head=64)
    live = tile_sram(narrow, Tiles(256, 64), layout=ON_TPU)
    assert live["Q"] == live["out"] == 2 * 256 * 128 * 2
    assert live["K"] == live["V"] == 2 * 64 * 128 * 2
    assert live["S"] == 256 * 128 * 4
    assert live["m"] == live["l"] == live["O"] == 256 * 128 * 4


def test_a_group_that_shares_has_a_row_for_each_head():
    group = AttentionCall(queries=64, keys=64, heads=8, kv_heads=2, d_head=16)
    alone = AttentionCall(queries=64, keys=64, heads=8, kv_heads=2, d_head=16, share_kv=False)
    one, four = tile_sram(alone, Tiles(16, 16)), tile_sram(group, Tiles(16, 16))
    assert four == {name: size * (1 if name in "KV" else 4) for name, size in one.items()}


@same
@given(
    call=calls(most=15),
    sram=st.integers(500, 20_000),
    order=st.sampled_from(ORDERS),
    multiple=multiples,
)
def test_the_best_tiles_fit_and_nothing_that_fits_moves_less(*, call, sram, order, multiple):
    fitting = tiles_that_fit(call, sram, multiple=multiple)
    if not fitting:
        with pytest.raises(ValueError, match="tiles take"):
            best_tiles(call, sram, order=order, multiple=multiple)
        return
    best = best_tiles(call, sram, order=order, multiple=multiple)
    least = flash_traffic(call, best, order=order).bytes
    assert tile_sram_bytes(call, best) <= sram
    for q in range(multiple, call.queries + multiple, multiple):
        for kv in range(multiple, call.keys + multiple, multiple):
            other = Tiles(q, kv)
            assert (tile_sram_bytes(call, other) <= sram) == (other in fitting)
            if other in fitting:
                assert least <= flash_traffic(call, other, order=order).bytes


def test_what_stays_is_large_and_what_streams_is_thin():
    assert best_tiles(LONG, A100, order="fa2") == Tiles(176, 16)
    assert best_tiles(LONG, A100, order="fa1") == Tiles(16, 256)
    least = flash_traffic(LONG, Tiles(176, 16)).bytes
    assert least < flash_traffic(LONG, Tiles(96, 96)).bytes
    assert best_tiles(LONG, V5E, multiple=128, layout=ON_TPU).q > 2000


def test_tiles_too_large_for_the_chip_name_the_largest_that_fits():
    require_fit(LONG, Tiles(64, 64), A100)
    with pytest.raises(ValueError, match=r"512 × 64 take 561,152 bytes.*166,912.*is 129 × 64"):
        require_fit(LONG, Tiles(512, 64), A100)
    with pytest.raises(ValueError, match="is 129 × 64"):  # one row too many
        require_fit(LONG, Tiles(130, 64), A100)
    for q, fits in ((129, True), (130, False)):
        assert (tile_sram_bytes(LONG, Tiles(q, 64)) <= A100) == fits
    with pytest.raises(ValueError, match="the largest that fits is 99 × 99"):
        require_fit(LONG, Tiles(64, 1024), A100)
    with pytest.raises(ValueError, match="none fits"):
        require_fit(LONG, Tiles(64, 64), 100)


def test_the_tiles_of_the_paper():
    """192 KB of 2-byte values: 384 keys and 64 queries at 64, and not quite room at 128."""
    values = 192 * 1024 // 2
    assert paper_tiles(64, values) == Tiles(64, 384)
    assert paper_tiles(128, values) == Tiles(128, 192)
    assert paper_tiles(128, 16_384) == Tiles(32, 32)
    assert paper_tiles(128, 16_385) == Tiles(33, 33)  # rounded up
    for d_head, fits in ((64, True), (128, False)):
        call = AttentionCall(
            queries=4096, keys=4096, heads=1, kv_heads=1, d_head=d_head, accumulator_bytes=2
        )
        taken = tile_sram_bytes(call, paper_tiles(d_head, values)) / 2
        assert (taken <= values) == fits


@pytest.mark.parametrize("sram", [0, -1, True])
def test_an_impossible_sram_is_refused(sram):
    with pytest.raises(ValueError, match="sram_bytes"):
        best_tiles(LONG, sram)
