import pytest

from tokenworks.cost.attention import naive_traffic, paged_traffic
from tokenworks.cost.attention_call import AttentionCall, Tiles, matrix_bytes
from tokenworks.cost.tiles import ON_TPU, tile_sram
from tokenworks.data.compiled_attention import attention_compile, attention_compiles, compile_record


def call(tokens, **changed):
    sizes = {"queries": tokens, "keys": tokens, "heads": 8, "kv_heads": 8, "d_head": 128}
    return AttentionCall(**sizes | changed)


def test_the_record_says_where_it_comes_from():
    assert {"command", "date", "chip", "libtpu", "jax"} <= set(compile_record())
    assert len(attention_compiles()) == len(compile_record()["programs"]) > 9
    with pytest.raises(KeyError, match="known: naive-1024, naive-4096"):
        attention_compile("naive")


def test_the_compiler_passes_the_matrix_by_three_times_where_the_textbook_does_four():
    for tokens in (4096, 16384):
        row, here = attention_compile(f"naive-{tokens}"), call(tokens)
        matrix, rows = matrix_bytes(here), row.argument_bytes + row.output_bytes
        mask = 0 if tokens == 4096 else tokens**2  # written, and read three times
        assert row.hbm_bytes == rows + 3 * matrix + 4 * mask
        assert row.temp_bytes == pytest.approx(matrix + mask, rel=0.001)
        assert naive_traffic(here).bytes == rows + 4 * matrix


def test_a_small_matrix_stays_in_vmem_though_nothing_is_fused():
    row = attention_compile("naive-1024")
    assert (row.temp_bytes, row.hbm_bytes) == (0, row.argument_bytes + row.output_bytes)
    assert row.vmem_arrays == ["bf16[8,1024,1024]"]


def test_only_the_bare_pattern_is_replaced_by_a_kernel_of_the_compilers_own():
    assert [attention_compile(name).kernels for name in ("bare-4096", "scaled-4096")] == [1, 0]
    assert attention_compile("scaled-4096").temp_bytes >= 1.5 * matrix_bytes(call(4096))


def test_the_vmem_that_the_compiler_takes_is_the_sum_of_the_tiles():
    tiles, scores = Tiles(128, 128), {"S"}  # which the compiler keeps in registers
    parts = tile_sram(call(65536), tiles, layout=ON_TPU)
    taken = sum(size for name, size in parts.items() if name not in scores)
    assert attention_compile("small-65536").vmem_bytes == taken == 458_752


def test_our_kernel_and_that_of_jax_move_each_array_once():
    for name, extra in (("flash-4096", 4), ("jax-4096", 0), ("bare-4096", 0)):
        row = attention_compile(name)
        assert row.hbm_bytes == row.argument_bytes + row.output_bytes + extra, name
    refused = attention_compile("naive-65536").refused
    assert refused is not None
    assert "exceeds available HBM (15.75G)" in refused
    assert attention_compile("flash-65536").refused is None


def test_the_paged_kernel_reads_every_page_once_and_gathering_moves_them_three_times():
    decode = call(4096, queries=1, heads=32, batch=8)
    counted = paged_traffic(decode, 16, entry_bytes=4 / 8)  # one table for all its 8 KV heads
    paged, gathered = attention_compile("paged"), attention_compile("gathered")
    assert paged.hbm_bytes == counted.bytes + 8 * 4  # and the lengths
    assert gathered.hbm_bytes == pytest.approx(3.5 * paged.hbm_bytes, rel=0.02)
