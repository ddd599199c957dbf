from tokenworks.checks.question import fresh_cases

from tokenworks.checks.attention_traffic import QUESTIONS, TRAFFIC


def test_the_chapters_question_about_traffic():
    assert [question.id for question in QUESTIONS] == ["08.3"]


def test_bytes_by_hand():
    assert TRAFFIC.oracle(4, 2, 1, 16, 2) == [4 * 16 + 4 * 32, 2 * 16 + 2 * 2 * 16]
    assert TRAFFIC.oracle(4, 2, 3, 16, 4) == [3 * 192, 3 * 4 * 16]


def test_a_tile_of_all_queries_reads_everything_once():
    for tokens, d_head, heads, bits, _ in fresh_cases(TRAFFIC, "once", count=20):
        naive, flash = TRAFFIC.oracle(tokens, d_head, heads, bits, tokens)
        assert flash == 4 * tokens * d_head * heads * bits / 8
        assert naive - flash == 4 * tokens**2 * heads * bits / 8


def test_last_tiles_are_full_and_not_full():
    drawn = (*TRAFFIC.cases, *fresh_cases(TRAFFIC, "rest", count=40))
    assert {bool(tokens % tile) for tokens, *_, tile in drawn} == {True, False}
