import asyncio

import loops
import pytest

from tokenworks.serving.server.errors import ApiError
from tokenworks.serving.server.stream import Stream
from tokenworks.serving.server.tokens import Delta
from tokenworks.serving.text_requests import TextRequest


def requests(count):
    return [TextRequest(prompt_ids=[5], max_tokens=9) for _ in range(count)]


@pytest.fixture
def stream(ask):
    return lambda choices: Stream(ask(n=choices), requests(choices))


def test_what_nobody_reads_is_one_delta_a_choice(stream):
    async def lag():
        unread = stream(2)
        for i in range(1000):
            unread.put(i % 2, Delta(["x"], 1))
        return await anext(unread)

    taken = loops.run(lag())
    assert [(choice, delta.text, delta.tokens) for choice, delta in taken.items()] == [
        (0, "x" * 500, 500),
        (1, "x" * 500, 500),
    ]


def test_it_ends_when_every_choice_has_ended_and_is_read(stream):
    async def read():
        ending = stream(2)
        ending.put(0, Delta(["a"], 1, stop_reason="stop"))
        first = await anext(ending)
        ending.put(1, Delta(["b"], 1, stop_reason="length"))
        rest = [deltas async for deltas in ending]
        return first, rest

    first, rest = loops.run(read())
    assert (first[0].text, [deltas[1].text for deltas in rest]) == ("a", ["b"])


def test_a_reader_waits_for_the_next_token(stream):
    async def wait():
        empty = stream(1)
        reader = asyncio.ensure_future(anext(empty))
        await asyncio.sleep(0)
        assert not reader.done()
        empty.put(0, Delta(["a"], 1))
        return await reader

    assert loops.run(wait())[0].text == "a"


def test_a_failure_reaches_the_reader_before_what_is_unread(stream):
    async def fail():
        broken = stream(1)
        broken.put(0, Delta(["a"], 1))
        broken.fail(ApiError("broken", status=500))
        await anext(broken)

    with pytest.raises(ApiError, match="broken"):
        loops.run(fail())


def test_prompts_are_counted_once_each(ask):
    assert Stream(ask(prompt=["abc", "de"], n=3), requests(6)).prompt_tokens == 5
