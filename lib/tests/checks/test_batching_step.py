from tokenworks.checks.question import fresh_cases

from tokenworks.checks.batching_step import CHUNKS, QUESTIONS


def test_the_chapters_question_about_a_step():
    assert [question.id for question in QUESTIONS] == ["07.6"]


def test_chunks_by_hand():
    assert CHUNKS.oracle(4, [10, 50], 32) == [10, 18]
    assert CHUNKS.oracle(30, [10, 50], 32) == [2, 0]


def test_a_step_is_full_or_every_prompt_is_read():
    for decodes, prompts, budget in fresh_cases(CHUNKS, "full", count=40):
        read = CHUNKS.oracle(decodes, prompts, budget)
        assert sum(read) == min(sum(prompts), budget - decodes)
        assert all(part <= prompt for part, prompt in zip(read, prompts, strict=True))
