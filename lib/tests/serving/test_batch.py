import pytest

from tokenworks.serving.batch import Batch, Work
from tokenworks.serving.request import Request


def work(start, tokens, *, emits=True):
    return Work(Request(prompt_tokens=start + tokens, max_tokens=1), start, tokens, emits)


def test_the_load_of_a_mixed_step_counts_what_each_token_looks_at():
    batch = Batch((work(9, 1), work(4, 1), work(2, 3, emits=False)), slots=3)
    load = batch.load
    assert (load.sequences, load.new_tokens, load.logit_rows) == (3, 5, 2)
    assert load.context_tokens == 10 + 5 + 5
    assert load.pairs == 10 + 5 + (3 + 4 + 5)
    assert (load.prompts, load.prompt_pairs) == (1, 12)
    assert (batch.useful_tokens, batch.width, batch.decodes) == (5, 3, False)


def test_drafted_tokens_are_scored_and_are_no_piece_of_a_prompt():
    request = Request(prompt_tokens=4, max_tokens=9)
    batch = Batch((Work(request, 6, 4, True, 3), work(4, 1)), slots=2)
    assert (batch.work[0].decodes, batch.decodes, batch.useful_tokens) == (True, False, 5)
    load = batch.load
    assert (load.logit_rows, load.context_tokens) == (4 + 1, 10 + 5)
    assert load.pairs == 7 + 8 + 9 + 10 + 5


def test_a_padded_rectangle_counts_every_row_as_its_longest():
    prefill = Batch((work(0, 2), work(0, 5)), slots=2, padded_tokens=5).load
    assert (prefill.new_tokens, prefill.context_tokens, prefill.pairs) == (10, 10, 30)
    assert (prefill.prompts, prefill.prompt_pairs) == (2, 30)


def test_idle_slots_are_computed_like_the_others():
    decode = Batch((work(7, 1),), slots=4, padded_tokens=9)
    assert decode.useful_tokens == 1
    load = decode.load
    assert (load.sequences, load.new_tokens, load.logit_rows) == (4, 4, 4)
    assert (load.context_tokens, load.pairs, load.prompts) == (36, 36, 0)
    assert load.next().context_tokens == 40


@pytest.mark.parametrize(("piece", "decodes"), [((5, 1), True), ((0, 5), False)])
def test_a_step_decodes_when_every_piece_is_one_token(piece, decodes):
    assert Batch((work(3, 1), work(*piece)), slots=2).decodes is decodes


def test_a_chunk_of_one_token_in_mid_prompt_is_no_decode():
    assert not Batch((work(3, 1, emits=False),), slots=1).decodes
