import numpy as np
import pytest

from tokenworks.serving.batch import Batch, Work
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.buckets import Buckets, Shape
from tokenworks.serving.request import Request
from tokenworks.serving.step_rows import passes, rows_of
from tokenworks.serving.text_requests import TextRequest
from tokenworks.speculation import drafted

POOL = BlockPool(9, 4)  # the scratch page is page 9, its cells begin at 36
BUCKETS = Buckets(decodes=(1, 2, 4), prompts=1, widths=(2, 8), contexts=(8, 16))


def text(tokens, blocks):
    request = TextRequest(prompt_ids=list(range(100, 100 + tokens)), max_tokens=9)
    request.blocks = blocks
    return request


def batch(*work, **changed):
    return Batch(tuple(work), changed.pop("slots", len(work)), **changed)


def pieces(each):
    return [(w.start, w.tokens, w.emits) for w in each.prompts]


def test_decodes_run_beside_the_first_prompt_and_other_prompts_alone():
    one, two, three = text(5, [0, 1]), text(6, [2, 3]), text(4, [4])
    work = (Work(one, 4, 1, True), Work(two, 0, 6, True), Work(three, 0, 3, False))
    first, second = passes(batch(*work), BUCKETS)
    assert (first.decodes, pieces(first), first.slots) == ([work[0]], [(0, 6, True)], 1)
    assert (second.decodes, pieces(second), second.slots) == ([], [(0, 3, False)], 0)
    assert first.shape(BUCKETS) == Shape(4, 1, 8, 8)
    assert second.shape(BUCKETS) == Shape(0, 1, 8, 8)


def test_one_token_of_a_prompt_is_a_row_like_a_decode():
    last = Work(text(9, [0, 1, 2]), 8, 1, True)
    chunk = Work(text(9, [3, 4, 5]), 0, 1, False)
    (only,) = passes(batch(last, chunk), BUCKETS)
    assert (only.decodes, only.prompts) == ([last, chunk], ())
    assert only.shape(BUCKETS) == Shape(2, 0, 0, 16)


def test_what_is_wider_than_the_widest_shape_is_read_in_pieces_and_emits_once():
    ends = [
        [pieces(each)[0] for each in passes(batch(Work(text(40, []), 3, n, True)), BUCKETS)]
        for n in (8, 16, 17)
    ]
    assert ends[0] == [(3, 8, True)]
    assert ends[1] == [(3, 8, False), (11, 8, True)]
    assert ends[2] == [(3, 8, False), (11, 8, False), (19, 1, True)]
    unfinished = passes(batch(Work(text(40, []), 0, 9, False)), BUCKETS)
    assert not any(pieces(each)[0][2] for each in unfinished)


def test_a_batch_of_whole_requests_is_one_rectangle_or_several_side_by_side():
    work = [Work(text(n, []), 0, n, True) for n in (3, 10, 1)]
    first, second = passes(batch(*work, padded_tokens=10), BUCKETS)
    assert pieces(first) == [(0, 3, True), (0, 8, False), (0, 1, True)]
    assert pieces(second) == [(8, 2, True)]
    assert first.decodes == second.decodes == ()


def test_idle_slots_of_a_batch_of_whole_requests_stay_rows():
    (only,) = passes(batch(Work(text(5, [0, 1]), 4, 1, True), slots=3, padded_tokens=9), BUCKETS)
    assert (only.slots, only.shape(BUCKETS)) == (3, Shape(4, 0, 0, 8))


def test_the_arrays_of_a_pass():
    decode, prompt = Work(text(6, [5, 2, 7]), 5, 1, True), Work(text(7, [8, 0]), 2, 4, True)
    (each,) = passes(batch(decode, prompt), BUCKETS)
    rows = rows_of(each, each.shape(BUCKETS), POOL)
    decodes, prompts = rows.rectangles
    assert decodes.ids.tolist() == [[105], [0], [0], [0]]
    assert decodes.positions.tolist() == [[5], [0], [0], [0]]
    assert decodes.slot_mapping.tolist() == [[2 * 4 + 1], [36], [36], [36]]
    assert decodes.tables.tolist() == [[5, 2], [9, 9], [9, 9], [9, 9]]  # page 7 is not needed yet
    assert prompts.ids.tolist() == [[102, 103, 104, 105, 0, 0, 0, 0]]
    assert prompts.positions.tolist() == [[2, 3, 4, 5, 0, 0, 0, 0]]
    assert prompts.slot_mapping.tolist() == [[8 * 4 + 2, 8 * 4 + 3, 0, 1, 36, 36, 36, 36]]
    assert prompts.tables.tolist() == [[8, 0]]
    assert rows.scored.tolist() == [0, 1, 2, 3, 4 + 3]
    assert all(array.dtype == np.int32 for array in (*decodes, *prompts, rows.scored))


def test_drafted_tokens_are_rows_beside_the_last_token_and_all_are_scored():
    wide = Buckets(decodes=(2,), prompts=1, widths=(2, 8), contexts=(8, 16), decode_widths=(1, 3))
    long, short = text(6, [5, 2, 7]), text(4, [3, 4])
    long.drafted = short.drafted = drafted([90, 91])
    work = (Work(long, 5, 3, True, 2), Work(short, 3, 2, True, 1), Work(text(7, [8]), 0, 2, True))
    (each,) = passes(batch(*work), wide)
    shape = each.shape(wide)
    assert shape == Shape(2, 1, 2, 8, 3)
    assert list(each.placed(shape)) == [(work[0], 0, 0), (work[1], 3, 3), (work[2], 6, 6)]
    rows = rows_of(each, shape, POOL)
    assert rows.rectangles[0].ids.tolist() == [[105, 90, 91], [103, 90, 0]]
    assert rows.rectangles[0].positions.tolist() == [[5, 6, 7], [3, 4, 0]]
    assert rows.rectangles[0].slot_mapping.tolist() == [[9, 10, 11], [15, 16, 36]]
    assert rows.scored.tolist() == [0, 1, 2, 3, 4, 5, 7]


def test_rows_score_their_own_last_token():
    wide = Buckets(decodes=(1,), prompts=3, widths=(4,), contexts=(8,))
    work = [Work(text(n, [0]), 0, n, True) for n in (3, 1)]
    (each,) = passes(batch(*work, padded_tokens=3), wide)
    assert rows_of(each, each.shape(wide), POOL).scored.tolist() == [2, 4, 8]


def test_a_request_without_text_cannot_run():
    request = Request(prompt_tokens=3, max_tokens=2)
    (each,) = passes(batch(Work(request, 0, 3, True)), BUCKETS)
    with pytest.raises(TypeError, match="an engine runs TextRequests, got Request"):
        rows_of(each, each.shape(BUCKETS), POOL)
