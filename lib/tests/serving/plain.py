"""Requests of given lengths, a scheduler for them, and one step of it; blocks hold four."""

from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.policy import Policy
from tokenworks.serving.request import Request
from tokenworks.serving.scheduler import Scheduler


def ask(prompt=3, most=2, arrival=0.0, **more):
    return Request(prompt_tokens=prompt, max_tokens=most, arrival_seconds=arrival, **more)


def scheduler(*requests, blocks=64, size=4, host=None, **policy):
    made = Scheduler(Policy(**{"max_batch": 2, **policy}), BlockPool(blocks, size), host)
    for request in requests:
        made.add(request)
    return made


def step(made, now=0.0):
    """Run one step and return what it computed: (start, tokens, emits) by request."""
    batch = made.schedule(now)
    ran = [(work.start, work.tokens, work.emits) for work in batch.work]
    return ran, made.postprocess(batch, [now + 1])
