"""Thousands of bad and good requests to the server: none may be its own mistake.

Each request is a right one with up to three changes, drawn with a seed: values of another type or
size, fields that nobody knows, fields gone, bytes cut or flipped; one in ten is broken HTTP. What
is looked for: an answer of 500, a refusal that is not in OpenAI's shape, a connection that closes
without having said so, a request that stays unanswered, blocks that stay taken.

    python -m benchmarks.fuzz_server [--requests 5000] [--seed 0]
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.provenance import provenance

RESULT = Path(__file__).parent / "results" / "fuzz_server.json"
WAIT_SECONDS = 60
CONTEXT = 256
PATHS = {"/v1/completions": False, "/v1/chat/completions": True}
NAMES = (
    "model", "prompt", "messages", "max_tokens", "max_completion_tokens", "temperature",
    "top_p", "top_k", "min_p", "n", "seed", "stop", "ignore_eos", "logprobs", "top_logprobs",
    "stream", "stream_options", "echo", "suffix", "best_of", "user", "metadata", "store",
    "service_tier", "logit_bias", "presence_penalty", "repetition_penalty", "min_tokens",
    "stop_token_ids", "skip_special_tokens", "tools", "tool_choice", "response_format",
    "priority", "chat_template_kwargs", *("tools", "tool_choice", "response_format") * 2,
)  # fmt: skip


def deep(levels: int) -> Any:
    """Return a list in a list in a list."""
    found: Any = []
    for _ in range(levels):
        found = [found]
    return found


def schema(value: Any) -> Any:
    """Return the format that asks for JSON by a schema."""
    return {"type": "json_schema", "json_schema": {"name": "a", "schema": value}}


PARTS: tuple[Any, ...] = (
    {}, {"type": "object"}, {"enum": ["a", "b"]}, {"type": "integer", "minimum": 3, "maximum": 2},
    {"$ref": "#"}, {"$ref": "#/none"}, {"pattern": "(?=a)"}, {"pattern": "(a|b)*c{900}"},
    {"type": "array", "items": deep(80)}, {"const": "\ud800"}, {"const": "x" * 70_000}, True, 17,
    [], {"not": {}},
)  # fmt: skip
SCHEMAS = [schema(each) for each in PARTS]
TOOLS = [
    [{"type": "function", "function": {"name": "f", "parameters": each}}] * count
    for each in PARTS
    for count in (1, 2)
]
VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 17, 2**31, 2**63, -(2**63), 10**30, 0.5, 5.0, -0.0, 1e308, -1e308,
    float("nan"), float("inf"), "", "a", "auto", "none", "\ud800", "\x00", "é😀" * 9, "x" * 70_000,
    "<|im_end|>", [], [[]], [None], ["a", 1], [1, 2], ["\udfff"], {}, {"a": 1}, {"\ud800": 1},
    {"type": "json_object"}, {"include_usage": True}, {"include_usage": "yes"}, [{"role": []}],
    [{"role": "user", "content": "hi", "strange": {}}], [{"role": "user", "content": [{}]}],
    [{"role": "user", "content": [{"type": "text", "text": None}]}], ["a"] * 20_000, [5] * 20_000,
    deep(200), deep(900), *SCHEMAS, *TOOLS, "required",
    {"type": "function", "function": {"name": "f"}},
)  # fmt: skip
HEADS = (
    b"GET / HTTP/1.1\r\n\r\n",
    b"POST /v1/completions HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
    b"POST /v1/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 1e3\r\n\r\n",
    b"POST /v1/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\n",
    b"POST /v1/completions HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    b"POST /v1/completions HTTP/1.1\r\nhost: x\r\ntransfer-encoding: gzip\r\n\r\n",
    b"GET /health HTTP/9.9\r\nhost: x\r\n\r\n",
    b"GET /%ff%fe HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    b"GET /v1/models/%2e%2e%2f HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    b"GET /health HTTP/1.1\r\nhost: x\r\nx-long: " + b"a" * 100_000 + b"\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\n",
    b"DELETE /v1/models HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    b"GET /health HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade, close\r\n\r\n",
)


@dataclass(frozen=True)
class Drawn:
    """One request: a body for a path, or bytes that are a connection's all."""

    path: str
    raw: bytes


def requests(seed: int, count: int) -> Iterator[Drawn]:
    """Yield that many requests, the same for the same seed."""
    rng = random.Random(seed)
    for _ in range(count):
        if rng.random() < 0.1:
            yield Drawn("", rng.choice(HEADS))
            continue
        path = rng.choice(list(PATHS))
        yield Drawn(path, _body(rng, chat=PATHS[path]))


def _body(rng: random.Random, *, chat: bool) -> bytes:
    body: dict[str, Any] = {"max_tokens": rng.randint(1, 3), "temperature": rng.choice([0, 1])}
    body |= {"messages": [{"role": "user", "content": "hi"}]} if chat else {"prompt": "hi there"}
    for _ in range(rng.randint(0, 3)):
        change = rng.random()
        if change < 0.65:
            body[rng.choice(NAMES)] = rng.choice(VALUES)
        elif change < 0.8:
            name = "".join(rng.choices("abcdefgh_\ud800é\x00", k=rng.choice([0, 1, 9, 60_000])))
            body[name] = rng.choice(VALUES)
        elif change < 0.9 and chat and isinstance(body.get("messages"), list):
            keys = ("role", "content", "name", "tool_calls", "refusal", "strange")
            body["messages"] = [{"role": "user", "content": "hi"} | {
                rng.choice(keys): rng.choice(VALUES)
            }]  # fmt: skip
        elif body:
            del body[rng.choice(list(body))]
    raw = json.dumps(body, ensure_ascii=rng.random() < 0.5).encode("utf-8", "backslashreplace")
    if rng.random() < 0.1:
        at = rng.randrange(len(raw))
        raw = rng.choice((raw[:at], raw[:at] + bytes([rng.randrange(256)]) + raw[at + 1 :]))
    return raw


def run(address: tuple[str, int], drawn: Iterator[Drawn]) -> tuple[Counter[str], list[str]]:
    """Send them all; return how often each status came, and what was wrong."""
    statuses: Counter[str] = Counter()
    wrong: list[str] = []
    connection = http.client.HTTPConnection(*address, timeout=WAIT_SECONDS)
    with closing(connection):
        for each in drawn:
            found = _bare(address, each.raw) if not each.path else _asked(connection, each)
            status, complaint = found
            statuses[str(status)] += 1
            if complaint:
                wrong.append(f"{complaint}: {each.path} {each.raw[:300]!r}")
    return statuses, wrong


def _asked(connection: http.client.HTTPConnection, drawn: Drawn) -> tuple[int, str]:
    try:
        connection.request("POST", drawn.path, drawn.raw)
        with connection.getresponse() as response:
            return response.status, _complaint(response.status, response.read())
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        return 0, f"{type(error).__name__} {error}"


def _bare(address: tuple[str, int], raw: bytes) -> tuple[int, str]:
    """Send bytes, and let the server end the connection: each of these makes it do so."""
    with socket.create_connection(address, timeout=WAIT_SECONDS) as bare:
        try:
            bare.sendall(raw)
            bare.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: bare.recv(65536), b""))
        except ConnectionError:
            return 0, ""  # it was refused before all of it was sent
        except TimeoutError:
            return 0, "not answered"
    if not answer:
        return 0, ""
    head, _, body = answer.partition(b"\r\n\r\n")
    status = int(head.split()[1])
    return status, "" if status < 400 else _complaint(status, body)


def _complaint(status: int, body: bytes) -> str:
    if status >= 500:
        return f"{status} {body[:200]!r}"
    if body.startswith(b"data: "):
        return "" if body.endswith(b"data: [DONE]\n\n") else "a stream without its end"
    try:
        found = json.loads(body)
    except ValueError:
        return f"{status} without JSON"
    if status >= 400 and set(found["error"]) != {"message", "type", "param", "code"}:
        return f"{status} in another shape"
    return "a refusal as long as what it refuses" if status >= 400 and len(body) > 2000 else ""


def main() -> None:
    """Run it against the real model, print and record."""
    from tokenworks.model import load
    from tokenworks.serving import local_server
    from tokenworks.serving.engine import Engine
    from tokenworks.serving.policy import Policy

    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--requests", type=int, default=5000)
    options.add_argument("--seed", type=int, default=0)
    chosen = options.parse_args()
    engine = Engine(load(), Policy(max_batch=8, max_batch_tokens=64), context_tokens=CONTEXT)
    with local_server(engine) as url:
        host, port = url.removeprefix("http://").split(":")
        found = run((host, int(port)), requests(chosen.seed, chosen.requests))
    statuses, wrong = found
    free = engine.scheduler.pool.free_blocks == engine.scheduler.pool.blocks
    record = {
        "provenance": provenance(
            f"python -m benchmarks.fuzz_server --seed {chosen.seed}", ("starlette", "uvicorn")
        ),
        "requests": chosen.requests,
        "seed": chosen.seed,
        "statuses": dict(sorted(statuses.items())),
        "wrong": wrong[:20],
        "all_blocks_free": free,
    }
    RESULT.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(record, indent=1))
    if wrong or not free:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
