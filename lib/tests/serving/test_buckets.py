import pytest

from tokenworks.serving.buckets import Buckets, Shape, buckets_for
from tokenworks.serving.policy import Policy

POLICIES = [
    Policy(max_batch=6),
    Policy(max_batch=1),
    Policy(max_batch=4, max_batch_tokens=40),
    Policy(max_batch=6, batching="static"),
    Policy(max_batch=1, batching="static"),
]


def test_sizes_double_and_end_with_what_can_occur():
    buckets = buckets_for(Policy(max_batch=6), 600)
    assert buckets.decodes == (1, 2, 4, 6)
    assert buckets.widths == (16, 32, 64, 128, 256, 512)
    assert buckets.contexts == (256, 512, 600)
    assert buckets_for(Policy(max_batch=4, max_batch_tokens=40), 48).widths == (16, 32, 64)
    assert buckets_for(Policy(max_batch=6), 48).contexts == (48,)


def test_prompts_are_read_one_by_one_or_as_a_whole_batch():
    assert buckets_for(Policy(max_batch=6), 48).prompts == 1
    assert buckets_for(Policy(max_batch=6, batching="static"), 48).prompts == 6


def test_a_step_gets_the_smallest_shape_that_holds_it():
    buckets = Buckets(decodes=(1, 2, 4), prompts=1, widths=(16, 32), contexts=(64, 128))
    assert buckets.shape(3, 0, width=0, context=64) == Shape(4, 0, 0, 64)
    assert buckets.shape(1, 0, width=0, context=65) == Shape(1, 0, 0, 128)
    assert buckets.shape(0, 1, width=16, context=16) == Shape(0, 1, 16, 64)
    assert buckets.shape(1, 1, width=17, context=128) == Shape(4, 1, 32, 128)


def test_with_drafts_a_decode_row_is_one_token_or_all_of_them():
    buckets = buckets_for(Policy(max_batch=2), 48, drafts=4)
    assert buckets.decode_widths == (1, 5)
    assert buckets.shape(1, 0, width=0, context=9, decode_width=3) == Shape(1, 0, 0, 48, 5)
    assert buckets.shape(0, 1, width=9, context=9) == Shape(0, 1, 16, 48)
    shapes, plain = set(buckets.shapes()), set(buckets_for(Policy(max_batch=2), 48).shapes())
    assert plain < shapes
    assert {s.decode_width for s in shapes - plain} == {5}
    assert len(shapes) - len(plain) == 2 + len(buckets.widths)
    assert str(Shape(2, 1, 16, 48, 5)) == "2 × 5 decode rows, 1 × 16 of prompts, context 48"


@pytest.mark.parametrize("policy", POLICIES, ids=str)
@pytest.mark.parametrize("context_tokens", [20, 300, 700])
def test_whatever_a_step_needs_is_among_the_shapes_and_they_are_few(policy, context_tokens):
    buckets = buckets_for(policy, context_tokens)
    shapes = list(buckets.shapes())
    assert len(set(shapes)) == len(shapes) <= 50
    needed = set()
    edges = [n + by for n in (1, *buckets.contexts, *buckets.widths) for by in (-1, 0, 1)]
    for end in (n for n in edges if 1 <= n <= context_tokens):
        for rows in range(1, policy.max_batch + 1):
            needed.add(buckets.shape(rows, 0, width=0, context=end))
        for width in (n for n in edges if 2 <= n <= min(end, buckets.widths[-1])):
            for rows in {0, policy.max_batch - 1} if policy.joins else {0}:
                needed.add(buckets.shape(rows, 1, width=width, context=end))
    assert needed <= set(shapes)
    if policy.max_batch > 1:
        assert needed == set(shapes)  # nothing is compiled for nothing
