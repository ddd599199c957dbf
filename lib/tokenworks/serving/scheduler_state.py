"""What a scheduler knows: who waits, who runs, and which blocks they hold."""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping

from tokenworks.serving.batch import Moves
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.kv_memory import KVMemory
from tokenworks.serving.policy import Policy
from tokenworks.serving.request import Request
from tokenworks.serving.sharing import Sharing
from tokenworks.serving.waiting import WaitingQueue


class SchedulerState:
    """Requests on their way from the queue into the batch, and out of it.

    `memory`, `queue` and `closed` are for those who form batches; others look at the rest.
    """

    def __init__(self, policy: Policy, pool: BlockPool, host_pool: BlockPool | None = None) -> None:
        self.policy, self.pool = policy, pool
        self.memory = KVMemory(pool, host_pool)
        self.sharing = Sharing(self.memory, by_key=policy.share_prefixes, by_fork=policy.joins)
        self.running: list[Request] = []  # in the order of their places in the queue
        self.queue = WaitingQueue(policy.order, forks_wait=policy.joins)
        self.drafted: Mapping[Request, int] = {}  # tokens guessed to follow, for the next step
        self.closed = False
        self.begun: dict[Request, int] = {}  # tokens that a padded batch's requests began with

    @property
    def waiting(self) -> int:
        """Requests in the queue, preempted ones included, and forks that wait for a prompt."""
        return len(self.queue)

    @property
    def free_slots(self) -> int:
        """Places in the batch that nobody holds."""
        return self.policy.max_batch - len(self.running)

    def admit(self, now: float, moves: Moves) -> Request | None:
        """Let the head of the queue in, if its blocks are free; nobody overtakes it."""
        request = self.queue.head()
        if request is None:
            return None
        longest = request.prompt_tokens + request.max_tokens
        room = longest if self.policy.reserves else request.known_tokens
        if not self.sharing.allocate(request, room, moves):
            return None
        self.queue.pop()
        request.status = "running"
        if request.scheduled_seconds is None:
            request.scheduled_seconds = now
        insort(self.running, request, key=self.queue.key)
        return request

    def preempt(self, victim: Request, moves: Moves) -> None:
        """Put a running request back into the queue; its cache goes to the host or is dropped.

        What was guessed to follow is forgotten.
        """
        self.running.remove(victim)
        victim.preemptions += 1
        moves.preempted.append(victim)
        swap = self.memory.swap_out(victim) if self.policy.preemption == "swap" else None
        if swap is None:
            victim.status, victim.computed = "waiting", 0
            self.memory.free(victim)
        else:
            victim.status = "swapped"
            moves.out.append(swap)
        self.queue.push(victim)
        self.queue.release_forks(victim)

    def finish(self, request: Request, now: float) -> None:
        """Hand a request over and free its blocks."""
        request.status, request.finished_seconds = "finished", now
        self.memory.free(request)
        self.queue.release_forks(request)
        self.queue.forget(request)
