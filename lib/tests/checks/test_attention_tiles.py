from tokenworks.checks.attention_tiles import QUESTIONS, TILE, full_attention
from tokenworks.checks.question import fresh_cases
from tokenworks.cost.attention_call import Tiles
from tokenworks.cost.tiles import tile_sram_bytes


def test_the_chapters_question_about_a_tile():
    assert [question.id for question in QUESTIONS] == ["08.2"]


def test_a_tile_by_hand():
    assert TILE.oracle(2, 2, 1) == [8, 8 * 3 * 2 * 2 + 8 * 2 * 4 + 8 * 8 * 4 + 2 * 8 * 4]


def test_the_tile_fits_and_one_of_twice_its_rows_does_not():
    for case in (*TILE.cases, *fresh_cases(TILE, "fits", count=40)):
        d_head, value_bytes, kib = case
        rows, needed = TILE.oracle(*case)
        call = full_attention(2 * rows, d_head, value_bytes=value_bytes)
        assert rows & (rows - 1) == 0
        assert needed == tile_sram_bytes(call, Tiles(rows, rows)) <= 1024 * kib
        assert tile_sram_bytes(call, Tiles(2 * rows, 2 * rows)) > 1024 * kib


def test_some_memories_are_full_to_the_last_byte_in_public_and_hidden_cases():
    for cases in (TILE.cases, fresh_cases(TILE, "full", count=40)):
        assert any(TILE.oracle(*case)[1] == 1024 * case[2] for case in cases)
