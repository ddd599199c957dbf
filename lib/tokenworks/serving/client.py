"""A streaming client that writes down when everything came: what a load generator is inside.

Only the standard library, so that nothing hides what is timed and the client stays light.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

OPTIONS = {
    "stream": True,
    "stream_options": {"include_usage": True, "continuous_usage_stats": True},
}


@dataclass(frozen=True, kw_only=True)
class Stream:
    """One streamed answer as its client saw it, in seconds of the client's clock.

    `chunks` are the events with new tokens: when each came, and how many tokens it brought.
    `opened_seconds` is the first event of all, which in a chat says who speaks and no token.
    """

    arrival_seconds: float  # sent by the client, due at the server
    opened_seconds: float
    chunks: tuple[tuple[float, int], ...]
    finished_seconds: float
    prompt_tokens: int
    text: str = ""

    @property
    def token_seconds(self) -> list[float]:
        """When each token came; those of one chunk came together."""
        return [at for at, tokens in self.chunks for _ in range(tokens)]

    @property
    def generated(self) -> int:
        """How many tokens came."""
        return sum(tokens for _, tokens in self.chunks)


def stream_chat(
    url: str, body: Mapping[str, Any], *, clock: Callable[[], float] = time.perf_counter
) -> Stream:
    """Send one chat request to an OpenAI-compatible server and time its stream.

    `url` is the server's, such as http://127.0.0.1:8000; another kind raises ValueError. `body` is
    the request without `stream`. An answer that is no stream raises ConnectionError.
    """
    server = urlsplit(url)
    if server.scheme != "http" or server.path not in {"", "/"}:
        raise ValueError(f"a server's url is http://host:port, got {url!r}")
    headers = {"Content-Type": "application/json"}
    with closing(http.client.HTTPConnection(server.netloc, timeout=120)) as connection:
        connection.connect()
        sent = clock()
        connection.request("POST", "/v1/chat/completions", json.dumps({**body, **OPTIONS}), headers)
        response = connection.getresponse()
        if response.status != 200:
            raise ConnectionError(f"{response.status}: {response.read().decode(errors='replace')}")
        events = [(clock(), event) for event in _events(response)]
    if not events or not events[-1][1].get("usage"):
        raise ConnectionError("the stream ended without its usage")
    chunks, before = [], 0
    for at, event in events:
        total = (event.get("usage") or {}).get("completion_tokens", 0)
        if total > before:
            chunks.append((at, total - before))
            before = total
    pieces = [choice["delta"].get("content") for _, e in events for choice in e.get("choices", ())]
    return Stream(
        arrival_seconds=sent,
        opened_seconds=events[0][0],
        chunks=tuple(chunks),
        finished_seconds=chunks[-1][0] if chunks else events[-1][0],
        prompt_tokens=events[-1][1]["usage"]["prompt_tokens"],
        text="".join(piece or "" for piece in pieces),
    )


def stream_chats(url: str, bodies: Sequence[Mapping[str, Any]]) -> list[Stream]:
    """Send all requests at once, each from a thread of its own, and time their streams."""
    with ThreadPoolExecutor(len(bodies)) as threads:
        return list(threads.map(lambda body: stream_chat(url, body), bodies))


def _events(response: http.client.HTTPResponse) -> Iterator[dict[str, Any]]:
    """Yield the events of a stream until its end mark; an error event raises ConnectionError."""
    for line in response:
        data = line.removeprefix(b"data: ").strip()
        if data == b"[DONE]":
            return
        if data:
            event = json.loads(data)
            if "error" in event:
                raise ConnectionError(event["error"]["message"])
            yield event
    raise ConnectionError("the stream ended before its end mark")
