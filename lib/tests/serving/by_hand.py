"""Requests, schedulers and steps of traces small enough to follow by hand; blocks hold four."""

from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.policy import Policy
from tokenworks.serving.request import Request
from tokenworks.serving.scheduler import Scheduler


def ask(prompt=10, most=2, **more):
    """Return a request: a prompt of so many tokens 0, 1, 2 ..., or of these."""
    ids = list(range(prompt)) if isinstance(prompt, int) else prompt
    return Request(prompt_tokens=len(ids), prompt_ids=ids, max_tokens=most, **more)


def scheduler(*requests, blocks=64, host=None, **policy):
    policy = {"max_batch": 4, "share_prefixes": True, **policy}
    made = Scheduler(Policy(**policy), BlockPool(blocks, 4), host)
    for request in requests:
        made.add(request)
    return made


def step(made):
    """Run one step; return what it computed, (start, tokens) by request, and what it copied."""
    batch = made.schedule(0.0)
    ran = {work.request: (work.start, work.tokens) for work in batch.work}
    made.postprocess(batch, [1.0])
    return ran, batch.copies
