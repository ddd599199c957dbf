"""Bytes by hand, laws that every tiling obeys, and the numbers that papers print."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cost.drawn import BEARTYPE, same
from tokenworks.cost import roofline
from tokenworks.cost.attention import flash_traffic, naive_traffic, paged_traffic, split_traffic
from tokenworks.cost.attention_call import (
    AttentionCall,
    Tiles,
    Traffic,
    call_of,
    matrix_bytes,
    score_passes,
)
from tokenworks.cost.tiles import paper_tiles
from tokenworks.specs import model_spec

pytestmark = pytest.mark.filterwarnings(BEARTYPE)
HEAD = {"heads": 1, "kv_heads": 1}
FOUR = AttentionCall(queries=4, keys=4, d_head=2, causal=False, **HEAD)
LLAMA = call_of(model_spec("llama-3-70b"), 4096, 4096)


@st.composite
def calls(draw, *, most=40):
    """Return attention calls with grouped heads, masks and more keys than queries."""
    group, queries = draw(st.sampled_from([1, 2, 3])), draw(st.integers(1, most))
    kv_heads = draw(st.sampled_from([1, 2]))
    return AttentionCall(
        queries=queries,
        keys=queries + draw(st.integers(0, most)),
        heads=group * kv_heads,
        kv_heads=kv_heads,
        d_head=draw(st.sampled_from([1, 3, 8])),
        batch=draw(st.sampled_from([1, 2])),
        causal=draw(st.booleans()),
        share_kv=draw(st.booleans()),
    )


tiles = st.builds(Tiles, st.integers(1, 50), st.integers(1, 50))


def test_naive_by_hand():
    """Four rows of two values of 2 bytes are 16 bytes; the 4 by 4 matrix is 32."""
    read, written = {"Q": 16, "K": 16, "V": 16, "S": 32, "P": 32}, {"S": 32, "P": 32, "O": 16}
    assert naive_traffic(FOUR) == Traffic(read, written, 128)
    with_mask = naive_traffic(FOUR, elementwise=1)
    assert with_mask.bytes == naive_traffic(FOUR).bytes + 64
    assert score_passes(FOUR, with_mask) == 6


def test_flash_by_hand():
    """Two tiles of two queries, two of two keys: K and V pass twice, or Q and O do."""
    outer_q = flash_traffic(FOUR, Tiles(2, 2))
    assert outer_q == Traffic({"Q": 16, "K": 32, "V": 32}, {"O": 16}, 128)
    outer_kv = flash_traffic(FOUR, Tiles(2, 2), order="fa1")
    read = {"Q": 32, "K": 16, "V": 16, "O": 32, "m": 16, "l": 16}
    assert outer_kv == Traffic(read, {"O": 32 + 16, "m": 32, "l": 32}, 128)
    kept = flash_traffic(FOUR, Tiles(2, 2), save_statistics=True)
    assert kept.written == {"O": 16, "lse": 16}


def test_a_causal_tile_reads_whole_tiles_up_to_the_diagonal():
    call = AttentionCall(queries=4, keys=4, d_head=2, **HEAD)
    moved = flash_traffic(call, Tiles(2, 2))
    assert moved.read["K"] == (2 + 4) * 4
    assert moved.flops == 4 * 2 * (2 * 2 + 2 * 4)
    assert naive_traffic(call) == naive_traffic(FOUR)


def test_four_passes_not_three():
    """Often printed: 64 heads · 3 · 4096² · 2 bytes = 6.4 GB a layer. P is read back too."""
    naive = naive_traffic(LLAMA)
    assert score_passes(LLAMA, naive) == 4
    assert naive.of("S", "P") == 4 * 64 * 4096**2 * 2 == 8_589_934_592
    assert 3 * matrix_bytes(LLAMA) == 6_442_450_944


def test_the_roofline_counts_the_same_bytes():
    spec = model_spec("llama-3-70b")
    assert naive_traffic(LLAMA).bytes == roofline.attention_operation(spec, 4096, flash=False).bytes
    free = AttentionCall(queries=4096, keys=4096, heads=64, kv_heads=8, d_head=128, causal=False)
    floor = roofline.attention_operation(spec, 4096, flash=True)
    assert flash_traffic(free, Tiles(4096, 128)).bytes == floor.bytes
    assert flash_traffic(free, Tiles(4096, 128)).flops == floor.flops
    decode = call_of(spec, 1, 2048)
    cache = flash_traffic(decode, Tiles(1, 128)).of("K", "V")
    assert 80 * cache == roofline.decode_attention_operation(spec, 2048).bytes


@same
@given(calls(), tiles)
def test_every_order_reads_what_it_must_and_writes_the_result_once(call, tiles):
    size = call.batch * call.heads * call.queries * call.row_bytes
    cache = call.streams * call.keys * call.row_bytes
    fa2, fa1 = flash_traffic(call, tiles), flash_traffic(call, tiles, order="fa1")
    assert fa2.read["Q"] == fa2.written["O"] == size
    assert fa1.read["K"] == fa1.read["V"] == cache
    assert min(fa2.read["K"] - cache, fa1.read["Q"] - size) >= 0
    assert fa1.flops == fa2.flops <= naive_traffic(call).flops
    assert fa1.written["O"] - fa1.read.get("O", 0) == size
    assert score_passes(call, fa1) == score_passes(call, fa2) == 0


@same
@given(calls(), tiles)
def test_a_tile_as_large_as_the_call_moves_everything_once(call, tiles):
    whole = Tiles(call.queries, call.keys)
    once = flash_traffic(call, whole)
    assert flash_traffic(call, whole, order="fa1").of("Q", "K", "V", "O") == once.bytes
    assert once.bytes <= flash_traffic(call, tiles).bytes
    wide = flash_traffic(call, Tiles(2 * tiles.q, tiles.kv))
    assert wide.bytes <= flash_traffic(call, tiles).bytes
    long = flash_traffic(call, Tiles(tiles.q, 2 * tiles.kv), order="fa1")
    assert long.bytes <= flash_traffic(call, tiles, order="fa1").bytes


@pytest.mark.parametrize("d_head", [64, 128])
@pytest.mark.parametrize("sram_values", [16_384, 49_152, 83_456])
def test_theorem_2(d_head, sram_values):
    """N²d²/M: 4dN/M passes over Q, O out and O back, so 12 as the constant, and less for 1·O."""
    tokens = 65_536
    sizes = {"queries": tokens, "keys": tokens, "d_head": d_head, "causal": False}
    call = AttentionCall(**sizes, **HEAD, bytes_per_value=2, accumulator_bytes=2)
    moved = flash_traffic(call, paper_tiles(d_head, sram_values), order="fa1").bytes / 2
    assert moved * sram_values / (tokens * d_head) ** 2 == pytest.approx(12, rel=0.05)
    assert naive_traffic(call).bytes / 2 == 4 * tokens**2 + 4 * tokens * d_head


@pytest.mark.parametrize("rows", [64, 128, 256])
def test_a_tile_of_queries_pays_for_one_pass_over_the_keys(rows):
    """2·T²·D/Bq values of K and V, and 2·T·D of Q and O: 64 rows save nothing at D = 128."""
    tokens, d_head = 4096, 128
    sizes = {"queries": tokens, "keys": tokens, "d_head": d_head, "causal": False}
    call = AttentionCall(**sizes, **HEAD)
    flash, naive = flash_traffic(call, Tiles(rows, 32)), naive_traffic(call)
    assert flash.bytes / 2 == 2 * tokens**2 * d_head / rows + 2 * tokens * d_head
    ratio = flash.of("K", "V") / naive.of("S", "P")
    assert ratio == 64 / rows


def test_the_table_is_a_small_price():
    """Four bytes for a block of 16 keys and values: a two-thousandth."""
    call = call_of(model_spec("llama-3-8b"), 1, 4096)
    moved = paged_traffic(call, 16)
    assert moved.read["table"] / moved.of("K", "V") == 4 / (16 * 2 * 128 * 2) == 1 / 2048


def test_half_a_triangle_is_skipped():
    long, sizes = 65_536, Tiles(128, 128)
    causal = AttentionCall(queries=long, keys=long, d_head=64, **HEAD)
    free = AttentionCall(queries=long, keys=long, d_head=64, causal=False, **HEAD)
    rest = flash_traffic(causal, sizes).read["K"] / flash_traffic(free, sizes).read["K"]
    assert rest == (512 + 1) / (2 * 512)


def test_sharing_divides_the_reads_of_a_group():
    alone = AttentionCall(queries=1, keys=100, heads=8, kv_heads=2, d_head=4, share_kv=False)
    shared = AttentionCall(queries=1, keys=100, heads=8, kv_heads=2, d_head=4)
    one, other = (flash_traffic(c, Tiles(1, 16)) for c in (alone, shared))
    assert one.read["K"] == 4 * other.read["K"] == 8 * 100 * 8
    assert one.read["Q"] == other.read["Q"]
    assert one.flops == other.flops


def test_split_by_hand():
    """One query of two values over 6 keys in 4 parts: the parts hold 2 keys, so there are 3."""
    call = AttentionCall(queries=1, keys=6, d_head=2, **HEAD)
    parts = {"partial": 3 * 8, "m": 12, "l": 12}
    expected = Traffic({"Q": 12, "K": 24, "V": 24} | parts, parts | {"O": 4}, 48)
    assert split_traffic(call, 4) == expected
    assert split_traffic(call, 1) == flash_traffic(call, Tiles(1, 2))
    single = AttentionCall(queries=1, keys=1, d_head=2, **HEAD)
    assert split_traffic(single, 4) == split_traffic(single, 1)  # one key is one part
    with pytest.raises(ValueError, match="only one query a sequence is split over its keys, got 4"):
        split_traffic(FOUR, 2)
    with pytest.raises(ValueError, match="splits must be a whole number greater than 0, got 0"):
        split_traffic(call, 0)


def test_paged_by_hand():
    """Five keys in blocks of 4: two entries, eight rows of keys and of values."""
    call = AttentionCall(queries=1, keys=5, d_head=2, **HEAD)
    expected = Traffic({"Q": 4, "K": 32, "V": 32, "table": 8}, {"O": 4}, 4 * 2 * 8)
    assert paged_traffic(call, 4) == expected
    exact = flash_traffic(call, Tiles(1, 5))
    assert paged_traffic(call, 5) == exact + Traffic({"table": 4})


@same
@given(calls(), tiles)
def test_paging_costs_the_table_and_the_end_of_a_block(call, sizes):
    paged = paged_traffic(call, sizes.kv, query_rows=sizes.q)
    flash = flash_traffic(call, sizes)
    entries = paged.read["table"] / 4
    assert paged.read["K"] == entries * sizes.kv * call.row_bytes
    ends = call.streams * -(-call.queries // sizes.q)  # each tile of queries reads one block's end
    assert 0 <= paged.read["K"] - flash.read["K"] < ends * sizes.kv * call.row_bytes
    assert (paged.read["K"] == flash.read["K"]) == (paged.flops == flash.flops)
    if call.keys % sizes.kv == 0:
        assert paged.of("Q", "K", "V", "O") == flash.bytes


def test_an_unknown_order_is_refused():
    with pytest.raises(ValueError, match="order must be one of fa1, fa2, got 'fa3'"):
        flash_traffic(FOUR, Tiles(2, 2), order="fa3")
