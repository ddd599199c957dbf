import pytest

from tokenworks.serving.buckets import Buckets
from tokenworks.serving.engine_sizes import engine_buckets, engine_pool
from tokenworks.serving.policy import Policy
from tokenworks.speculation import PromptLookup, Speculation


def ahead(gamma):
    return Speculation(PromptLookup(262), gamma)


def test_the_default_pool_holds_the_longest_sequence_or_a_usual_one_for_each_place():
    assert engine_pool(Policy(max_batch=8), None, 16, context_tokens=2048).tokens == 8 * 1024
    assert engine_pool(Policy(max_batch=1), None, 16, context_tokens=2048).tokens == 2048
    assert engine_pool(Policy(max_batch=3), None, 16, context_tokens=40).tokens == 128
    with pytest.raises(ValueError, match="2 blocks of 16 tokens cannot hold one sequence of 40"):
        engine_pool(Policy(max_batch=3), 2, 16, context_tokens=40)


def test_given_buckets_must_hold_every_step_drafts_included():
    policy = Policy(max_batch=2)
    given = Buckets(decodes=(2,), prompts=1, widths=(16,), contexts=(40,), decode_widths=(4,))
    assert engine_buckets(given, policy, 40, speculation=ahead(3)) is given
    assert engine_buckets(None, policy, 40, speculation=ahead(3)).decode_widths == (1, 4)
    with pytest.raises(ValueError, match="largest of decode_widths is 4; a step may need 5"):
        engine_buckets(given, policy, 40, speculation=ahead(4))
