"""Engines on the tiny model, traffic for them, and what each text would be alone."""

import dataclasses
from contextlib import contextmanager
from functools import cache

import jax
import numpy as np

from serving.drawn import BLOCK_SIZE
from tokenworks.model import GREEDY, Sampling, generate
from tokenworks.serving.engine import Engine
from tokenworks.serving.policy import Policy
from tokenworks.serving.text_requests import TextRequest

STRATEGIES = [
    {"max_batch": 4},
    {"max_batch": 4, "max_batch_tokens": 6},
    {"max_batch": 4, "max_batch_tokens": 21},
    {"max_batch": 4, "preemption": "swap"},
    {"max_batch": 4, "preemption": "swap", "max_batch_tokens": 6},
    {"max_batch": 4, "reserve": True},
    {"max_batch": 4, "batching": "static"},
    {"max_batch": 4, "batching": "dynamic", "window_seconds": 0.5},
]
HOT = Sampling(temperature=3.0, top_p=0.95, seed=7)


def engine_of(lm, strategy, *, blocks=12, context_tokens=40, **more):
    policy = strategy if isinstance(strategy, Policy) else Policy(**strategy)
    host = 8 if policy.preemption == "swap" else 0
    sizes = {"blocks": blocks, "block_size": BLOCK_SIZE, "context_tokens": context_tokens}
    return Engine(lm, policy, **sizes, host_blocks=host, **more)


def prompt(seed, tokens):
    return np.random.default_rng(seed).integers(3, 262, tokens).tolist()


def traffic(count=10, *, ignore_eos=True):
    """Requests of mixed lengths, every other one sampled, close together."""
    rng = np.random.default_rng(5)
    return [
        TextRequest(
            prompt_ids=prompt(i, int(rng.integers(1, 22))),
            max_tokens=int(rng.integers(1, 19)),
            sampling=dataclasses.replace(HOT, seed=i) if i % 2 else GREEDY,
            ignore_eos=ignore_eos,
            arrival_seconds=i * 0.1,
        )
        for i in range(count)
    ]


def family(count=6, *, answers=3):
    """Requests that begin alike and come close together; of every other one several answers."""
    rng, start, rows = np.random.default_rng(9), prompt(99, 10), []
    for i in range(count):
        ids = start[: int(rng.integers(7, 11))] + prompt(i, int(rng.integers(1, 9)))
        for number in range(answers if i % 2 else 1):
            rows.append(
                TextRequest(
                    prompt_ids=ids,
                    max_tokens=int(rng.integers(2, 15)),
                    sampling=dataclasses.replace(HOT, seed=number) if i % 3 else GREEDY,
                    ignore_eos=True,
                    arrival_seconds=i * 1.5,
                    fork_of=rows[-number] if number else None,
                )
            )
    return rows


class Ticks:
    """A clock that moves by one second each time it is read."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        self.seconds += 1.0
        return self.seconds


@cache
def alone(lm, ids, **settings):
    return generate(lm, list(ids), **settings)


def same_as_alone(lm, rows):
    for r in rows:
        asked = {"max_tokens": r.max_tokens, "sampling": r.sampling, "stop": r.stop}
        wanted = alone(lm, tuple(r.prompt_ids), ignore_eos=r.ignore_eos, **asked)
        assert (r.output_ids, r.text) == (wanted.ids, wanted.text)
        assert (r.stop_reason, r.generated) == (wanted.stop_reason, len(wanted.ids))


@contextmanager
def compilations():
    """Give the list to which every compilation and every trace is added."""
    seen = []

    def listen(name, seconds, **_):
        if "compile" in name or "trace" in name:
            seen.append(name)

    jax.monitoring.register_event_duration_secs_listener(listen)
    try:
        yield seen
    finally:
        jax.monitoring.unregister_event_duration_listener(listen)
