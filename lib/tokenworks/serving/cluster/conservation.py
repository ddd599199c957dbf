"""What no cluster may break: nobody is lost, no token is made twice, no block stays taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from tokenworks.serving.cluster.cluster_run import ClusterRun
from tokenworks.serving.cluster.replica import RunningReplica
from tokenworks.serving.request import Request


def broken_laws(run: ClusterRun, sent: Sequence[Request]) -> list[str]:
    """Return what a run broke, in words; `sent` are the requests that should be in it, each once.

    A request is done (whole, turned away, or given up by its client), or it waits in exactly one
    place: at a replica, or for one. Tokens that steps made are those that requests got, at times
    that grow. A replica runs one step at a time, and keeps no block of a request that is gone.
    """
    found = [*_lost(run, sent), *_tokens(run)]
    configs = [replica.config for replica in run.replicas]
    guessed = any(config.drafts for config in configs)  # several tokens come at once
    held = not all(config.policy.joins for config in configs)  # until the batch has ended
    for request in run.requests:
        found += _request(request, guessed=guessed, held=held)
    keep = {replica for pool in run.pools for _, replica in pool.room if replica}
    for replica in run.replicas:
        found += _replica(replica, keeps=replica in keep)
    return found


def _lost(run: ClusterRun, sent: Sequence[Request]) -> Iterator[str]:
    if Counter(run.requests) != Counter(sent):
        yield f"{len(sent)} requests were sent, {len(run.requests)} are in the run, or others"
    rooms = (request for pool in run.pools for request, _ in pool.room)
    here = Counter([*rooms, *(request for each in run.replicas for request in each.assigned)])
    for request in run.requests:
        if request.done and here[request]:
            yield f"request {request.id!r} is gone and has a place"
        if not request.done and here[request] != 1:
            yield f"request {request.id!r} is not done and in {here[request]} places"


def _tokens(run: ClusterRun) -> Iterator[str]:
    made = sum(each.made for replica in run.replicas for each in replica.log.segments)
    had = sum(request.generated for request in run.requests)
    if made != had:
        yield f"steps made {made} tokens, requests have {had}"


def _request(request: Request, *, guessed: bool, held: bool) -> Iterator[str]:
    times, name = request.token_seconds, f"request {request.id!r}"
    if request.generated != len(times) or request.generated > request.limit:
        yield f"{name} has {request.generated} tokens at {len(times)} moments of {request.limit}"
    if any(
        before > after or (before == after and not guessed) for before, after in pairwise(times)
    ):
        yield f"{name} has two tokens of one moment, or in another order"
    if (request.blocks and request.done) or request.host_blocks:
        yield f"{name} is gone and keeps blocks"
    if times and not request.arrival_seconds <= (request.scheduled_seconds or 0.0) < times[0]:
        yield f"{name} has a token before it ran, or ran before it came"
    end, last = request.finished_seconds or 0.0, (times or [0.0])[-1]
    whole = request.limit == request.generated and (end == last or (held and end > last))
    if request.stop_reason in ("length", "eos") and not whole:
        yield f"{name} ended before its last token, or after it"


def _replica(replica: RunningReplica, *, keeps: bool) -> Iterator[str]:
    name, pool = f"replica {replica.number}", replica.scheduler.pool
    host = replica.scheduler.memory.host_pool
    if replica.empty == keeps:
        yield f"{name} has somebody at the end, or lost whom it keeps"
    if replica.empty and pool.free_blocks != pool.blocks:
        yield f"{name} leaks {pool.blocks - pool.free_blocks} blocks"
    if host and host.free_blocks != host.blocks:
        yield f"{name} leaks {host.blocks - host.free_blocks} blocks of the host"
    spans = [(each.start_seconds, each.end_seconds) for each in replica.log.segments]
    if any(before[1] > after[0] for before, after in pairwise(spans)):
        yield f"{name} ran two steps at once"
