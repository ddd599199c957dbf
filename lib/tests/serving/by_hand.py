"""Requests, schedulers and steps of traces small enough to follow by hand; blocks hold four."""

from serving import plain
from tokenworks.serving.request import Request


def ask(prompt=10, most=2, **more):
    """Return a request: a prompt of so many tokens 0, 1, 2 ..., or of these."""
    ids = list(range(prompt)) if isinstance(prompt, int) else prompt
    return Request(prompt_tokens=len(ids), prompt_ids=ids, max_tokens=most, **more)


def scheduler(*requests, **given):
    return plain.scheduler(*requests, **({"max_batch": 4, "share_prefixes": True} | given))


def step(made):
    """Run one step; return what it computed, (start, tokens) by request, and what it copied."""
    batch = made.schedule(0.0)
    ran = {work.request: (work.start, work.tokens) for work in batch.work}
    made.postprocess(batch, [1.0])
    return ran, batch.copies
