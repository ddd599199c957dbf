from itertools import islice

from tokenworks.checks.flash_attention.tiles import hbm_bytes, largest_tile
from tokenworks.checks.hidden import drawn_cases
from tokenworks.cost.attention import flash_traffic, naive_traffic
from tokenworks.cost.attention_call import AttentionCall, Tiles
from tokenworks.cost.tiles import tile_sram_bytes


def full_attention(tokens, d_head, *, heads, value_bytes):
    """Return an attention of all tokens to all, with keys and values for every head."""
    return AttentionCall(
        queries=tokens,
        keys=tokens,
        heads=heads,
        kv_heads=heads,
        d_head=d_head,
        bytes_per_value=value_bytes,
        causal=False,
    )


def test_the_tile_fits_and_one_of_twice_its_rows_does_not():
    for case in (*largest_tile.cases, *islice(drawn_cases(largest_tile, "fits"), 40)):
        d_head, value_bytes, kib = case
        rows, needed = largest_tile(*case)
        call = full_attention(2 * rows, d_head, heads=1, value_bytes=value_bytes)
        assert rows & (rows - 1) == 0
        assert needed == tile_sram_bytes(call, Tiles(rows, rows)) <= 1024 * kib
        assert tile_sram_bytes(call, Tiles(2 * rows, 2 * rows)) > 1024 * kib


def test_some_memories_are_full_to_the_last_byte_in_public_and_hidden_cases():
    for cases in (largest_tile.cases, islice(drawn_cases(largest_tile, "full"), 40)):
        assert any(largest_tile(*case)[1] == 1024 * case[2] for case in cases)


def test_the_bytes_are_those_of_the_cost_model():
    for case in (*hbm_bytes.cases, *islice(drawn_cases(hbm_bytes, "equal"), 40)):
        tokens, d_head, heads, bits, q_tile = case
        call = full_attention(tokens, d_head, heads=heads, value_bytes=bits / 8)
        both = (naive_traffic(call), flash_traffic(call, Tiles(q_tile, q_tile)))
        assert hbm_bytes(*case) == [traffic.bytes for traffic in both]


def test_a_tile_of_all_queries_reads_everything_once():
    for tokens, d_head, heads, bits, _ in islice(drawn_cases(hbm_bytes, "once"), 20):
        naive, flash = hbm_bytes(tokens, d_head, heads, bits, tokens)
        assert flash == 4 * tokens * d_head * heads * bits / 8
        assert naive - flash == 4 * tokens**2 * heads * bits / 8


def test_last_tiles_are_full_and_not_full():
    drawn = (*hbm_bytes.cases, *islice(drawn_cases(hbm_bytes, "rest"), 40))
    assert {bool(tokens % tile) for tokens, *_, tile in drawn} == {True, False}
