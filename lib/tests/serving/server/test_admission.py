import asyncio

import loops
import pytest

from tokenworks.serving.server.admission import Admission
from tokenworks.serving.server.errors import ApiError


def test_no_more_than_the_limit_are_inside():
    admission = Admission(2)
    with admission, admission:
        assert admission.open == 2
        with pytest.raises(ApiError, match="2 connections are being answered") as caught, admission:
            pass
        assert (caught.value.status, caught.value.code) == (503, "overloaded")
    with admission:
        assert admission.open == 1
    assert admission.open == 0


def test_closing_lets_nobody_in_and_waits_for_those_inside():
    async def close():
        admission = Admission(2)
        with admission:
            closing = asyncio.ensure_future(admission.close(60))
            await asyncio.sleep(0)
            with pytest.raises(ApiError, match="shutting down"), admission:
                pass
            assert not closing.done()
        return await closing

    assert loops.run(close()) is True


def test_closing_gives_up_in_time():
    async def close():
        admission = Admission(2)
        with admission:
            return await admission.close(0)

    assert loops.run(close()) is False
