"""A finished request as a client saw it, for the library's metrics."""

import pytest

from tokenworks.serving.client import Stream


@pytest.fixture
def seen():
    def stream(arrival: float, tokens: list[float], prompt_tokens: int = 1) -> Stream:
        return Stream(
            arrival_seconds=arrival,
            opened_seconds=tokens[0],
            chunks=tuple((at, 1) for at in tokens),
            finished_seconds=tokens[-1],  # the last token ends the answer
            prompt_tokens=prompt_tokens,
        )

    return stream
