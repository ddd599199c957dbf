"""Requests that come: their lengths, their shared beginnings, and a rate that changes."""

from random import Random
from statistics import fmean

import pytest

from tokenworks.cockpit.mixes import LONGEST, MEAN_TOKENS, MIXES, Call, Stream, longest_tokens
from tokenworks.cockpit.settings import CHOICES, Settings


@pytest.mark.parametrize("mix", CHOICES["mix"])
def test_no_request_is_longer_than_the_longest(mix):
    settings, stream = Settings(mix=mix, shared_prefix=2000), Stream(1, 10.0)
    calls = [stream.take(settings) for _ in range(500)]
    most = max(call.prompt_tokens + call.max_tokens for call in calls)
    assert most <= longest_tokens(settings) <= 8192
    assert all(call.limit <= call.max_tokens for call in calls)
    assert [call.number for call in calls] == list(range(500))
    gaps = calls[-1].arrival_seconds / 500
    assert gaps == pytest.approx(0.1, rel=0.1)


def test_another_rate_stretches_the_gap_that_is_left():
    stream, settings = Stream(3, 10.0), Settings()
    before = stream.at
    stream.change_rate(5.0, before / 2)
    assert stream.at == pytest.approx(before / 2 + before)
    calls = [stream.take(settings) for _ in range(2000)]
    assert calls[-1].arrival_seconds / 2000 == pytest.approx(0.2, rel=0.1)


def test_prompts_of_an_application_begin_alike_and_go_on_apart():
    one, two, other = (
        Call(number=n, application=a, prompt_tokens=48, shared_tokens=40, max_tokens=4)
        for n, a in ((0, 1), (1, 1), (2, 2))
    )
    assert one.ids(0, 40) == two.ids(0, 40)
    assert not set(one.ids(40, 8)) & set(two.ids(40, 8))
    assert one.block_keys(16, 3)[:2] == two.block_keys(16, 3)[:2]
    assert one.block_keys(16, 3)[2] != two.block_keys(16, 3)[2]
    assert not set(one.block_keys(16, 3)) & set(other.block_keys(16, 3))
    plain = Call(number=0, application=1, prompt_tokens=48, shared_tokens=40, max_tokens=4)
    plain._keys[16] = []
    assert plain.block_keys(16, 3) == one.block_keys(16, 3)


def test_the_mixes_differ_in_what_is_long():
    draws = {name: [lengths.draw(Random(i)) for i in range(300)] for name, lengths in MIXES.items()}
    means = {name: tuple(map(fmean, zip(*rows, strict=True))) for name, rows in draws.items()}
    assert max(means, key=lambda name: means[name][0]) == "long-prompts"
    assert max(means, key=lambda name: means[name][1]) == "long-answers"
    for kind, rows in draws.items():
        assert means[kind] == pytest.approx(MEAN_TOKENS[kind], rel=0.2)
        most = map(max, zip(*rows, strict=True))
        assert all(n <= limit for n, limit in zip(most, LONGEST[kind], strict=True))
