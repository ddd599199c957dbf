"""`tokenworks serve`: the real model behind OpenAI's HTTP interface."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tokenworks.commands.arguments import natural, positive, size
from tokenworks.serving.policy import DEFAULT_POLICY, Policy
from tokenworks.speculation.named_drafts import DRAFTS

HELP = """examples:
  tokenworks serve --port 8080
  tokenworks serve --port 0 --max-batch 4 --context 512 --json
  tokenworks serve --speculate prompt-lookup --speculative-tokens 4

  curl http://127.0.0.1:8080/v1/chat/completions -H 'content-type: application/json' \\
    -d '{"messages": [{"role": "user", "content": "Why is the sky blue?"}], "stream": true}'

Also /v1/completions, /v1/models, /tokenize, /version, /health and /metrics; 503 until a short
request can run. What longer ones and full batches need is compiled when nobody waits; a step that
needs it before waits for it, and a line on stderr says so. --compile-all does all of it first.
SIGTERM or Ctrl-C: what runs may finish for --drain-seconds, new requests get 503; a second one
ends it at once."""


def add_serve(command: Callable[..., Any]) -> None:
    """Add the command; `command` makes one."""
    sub = command("serve", "an OpenAI-compatible server for the real model", epilog=HELP)
    add = sub.add_argument
    add("--host", default="127.0.0.1", metavar="ADDRESS", help="to listen on (default 127.0.0.1)")
    add("--port", type=_port, default=8080, metavar="N", help="0 is any free one (default 8080)")
    batch, budget = DEFAULT_POLICY.max_batch, DEFAULT_POLICY.max_batch_tokens
    told = f"requests a step (default {batch})"
    add("--max-batch", type=positive, default=batch, metavar="N", help=told)
    add("--max-waiting", type=natural, default=64, metavar="N", help="then 503 (default 64)")
    add(
        "--context", type=positive, default=4096, metavar="N", help="prompt + answer (default 4096)"
    )
    add("--blocks", type=positive, metavar="N", help="of 16 tokens (default: by --max-batch)")
    told = f"a step (default {budget}, or --max-batch)"
    add("--max-batch-tokens", type=positive, metavar="N", help=told)
    add("--no-prefix-caching", action="store_true", help="read every prompt from its start")
    add("--fair", action="store_true", help="turns between clients, by key or else by `user`")
    add("--precision", metavar="NAME", help="of products: default, high or highest")
    add("--kv-dtype", metavar="NAME", help="of the cache: float32 or bfloat16")
    add("--speculate", type=_draft, metavar="DRAFT", help=f"guess ahead: {', '.join(DRAFTS)}")
    told = "guessed at most, a request and step (default 4)"
    add("--speculative-tokens", type=positive, metavar="N", help=told)
    add("--drain-seconds", type=size, default=30.0, metavar="S", help="on the way out (default 30)")
    add("--compile-all", action="store_true", help="every shape of a step before the first answer")
    add("--api-key", action="append", default=[], metavar="KEY", help="asked for under /v1")
    add("--log-requests", action="store_true", help="one line of JSON each, to stderr")
    add("--json", action="store_true", help="say where it listens as one object")
    sub.set_defaults(run=_run, extra="serve")


def _port(text: str) -> int:
    value = natural(text)
    if value > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to 65535")
    return value


def _draft(text: str) -> str:
    if text not in DRAFTS:
        raise argparse.ArgumentTypeError(f"{text!r} is no draft: take {', '.join(DRAFTS)}")
    return text


def _run(options: argparse.Namespace) -> None:
    if options.speculative_tokens and not options.speculate:
        raise ValueError("--speculative-tokens needs a draft: add --speculate prompt-lookup")
    from tokenworks.serving.server.listener import bind
    from tokenworks.serving.server.service import Options, Server

    with bind(options.host, options.port) as listener:
        host = f"[{options.host}]" if ":" in options.host else options.host
        url = f"http://{host}:{listener.getsockname()[1]}"

        def tell() -> None:
            shown = {"url": url, "model": server.model, "context_tokens": options.context}
            plain = f"{server.model} listens on {url}/v1"
            print(json.dumps(shown) if options.json else plain, flush=True)

        server = Server(
            _engine(options),
            Options(
                max_waiting=options.max_waiting,
                drain_seconds=options.drain_seconds,
                api_keys=tuple(options.api_key),
                on_ready=tell,
            ),
        )
        logging.basicConfig(format="%(message)s")
        logging.getLogger("tokenworks.compiling").setLevel(logging.INFO)
        if options.log_requests:
            logging.getLogger("tokenworks.requests").setLevel(logging.INFO)
        server.run([listener])
    if server.failed:
        raise SystemExit("tokenworks: the engine has died")
    if server.worker.state == "warming":
        sys.stdout.flush()
        os._exit(0)  # compilers run in threads that cannot be stopped, and crash at a slow exit


def _policy(options: argparse.Namespace) -> Policy:
    usual = max(options.max_batch, DEFAULT_POLICY.max_batch_tokens or 0)
    return replace(
        DEFAULT_POLICY,
        max_batch=options.max_batch,
        max_batch_tokens=options.max_batch_tokens or usual,
        share_prefixes=not options.no_prefix_caching,
        order="fair" if options.fair else DEFAULT_POLICY.order,
    )


def _speculation(options: argparse.Namespace, lm: Any) -> Any:
    if not options.speculate:
        return None
    from tokenworks.speculation import Speculation, named_draft

    draft = named_draft(options.speculate, lm)
    return Speculation(draft, options.speculative_tokens or Speculation.gamma)


def _engine(options: argparse.Namespace) -> Any:
    policy = _policy(options)
    from tokenworks.model import load  # JAX takes a second to import; a busy port is found first
    from tokenworks.serving.engine import Engine

    lm = load()
    engine = Engine(
        lm,
        policy,
        context_tokens=options.context,
        blocks=options.blocks,
        precision=options.precision,
        kv_dtype=options.kv_dtype,
        compile_idle=not options.compile_all,
        speculation=_speculation(options, lm),
    )
    every = len(list(engine.buckets.shapes()))
    first = len(engine.buckets.first_shapes()) if engine.compile_idle else every
    some = f"{first} of {every}" if first < every else every
    sys.stderr.write(f"compiling {some} shapes of a step\n")
    return engine
