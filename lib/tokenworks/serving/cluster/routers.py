"""Which replica a request is sent to: each router ranks them, one rule spills over.

Source of the policies: https://docs.nvidia.com/dynamo (KV-aware), https://docs.sglang.ai
(cache-aware by a radix tree), https://arxiv.org/abs/1608.01350 (consistent hashing with a bound on
the load, whose excess goes to the next in order).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Protocol, TypeVar, runtime_checkable

from tokenworks.number import make_whole
from tokenworks.serving.cluster.radix_tree import RadixTree
from tokenworks.serving.request import Request


@runtime_checkable
class Target(Protocol):
    """A replica as a router sees it; its number is its own for ever."""

    @property
    def number(self) -> int: ...  # noqa: D102
    @property
    def load(self) -> int: ...  # noqa: D102  # requests sent there and not finished
    @property
    def block_size(self) -> int: ...  # noqa: D102
    @property
    def blocks(self) -> int: ...  # noqa: D102  # of its KV cache
    def cached_blocks(self, request: Request) -> int: ...  # noqa: D102  # full ones, now


T = TypeVar("T", bound=Target)


@dataclass(kw_only=True)
class Router:
    """Sends each request to the best of the replicas that are not saturated.

    `saturation` requests at a replica, or more, send the next one on to the one ranked after it:
    it spills over. Where all are saturated, the least loaded takes it. None never spills.
    A saturation below 1 raises ValueError.
    """

    saturation: int | None = None
    spilled: int = field(default=0, init=False)  # requests that the first choice did not get

    def __post_init__(self) -> None:
        if self.saturation is not None:
            make_whole(self, "saturation")

    def ranking(self, request: Request, targets: Sequence[T]) -> Iterable[T]:
        """Return the replicas, the one that should have the request first."""
        raise NotImplementedError

    def sent(self, request: Request, target: Target) -> None:
        """Take note of where a request went."""

    def forget(self, number: int) -> None:
        """Take note that a replica is gone, and its cache with it."""

    def route(self, request: Request, targets: Sequence[T]) -> T:
        """Return the replica that gets a request; none to choose from raises ValueError."""
        if not targets:
            raise ValueError("no replica is ready: keep the request until one is")
        limit, first, chosen = self.saturation, None, None
        for target in self.ranking(request, targets):
            first = first or target
            if limit is None or target.load < limit:
                chosen = target
                break
        chosen = chosen or min(targets, key=_load)
        self.spilled += chosen is not first
        self.sent(request, chosen)
        return chosen


def _load(target: Target) -> tuple[int, int]:
    return target.load, target.number


@dataclass(kw_only=True)
class RoundRobin(Router):
    """One after the other, whoever asks."""

    last: int = field(default=-1, init=False)

    def ranking(self, request: Request, targets: Sequence[T]) -> Iterable[T]:
        """Return the replicas in turn, from the one after the last that was chosen."""
        return sorted(targets, key=lambda each: (each.number <= self.last, each.number))

    def sent(self, request: Request, target: Target) -> None:
        """Go on after this one."""
        self.last = target.number


@dataclass(kw_only=True)
class LeastRequest(Router):
    """Whoever has the fewest requests, waiting and running."""

    def ranking(self, request: Request, targets: Sequence[T]) -> Iterable[T]:
        """Return the replicas by load: the first alone, as nobody is less saturated."""
        return (min(targets, key=_load),)


@dataclass(kw_only=True)
class PrefixAware(Router):
    """By a hash of the prompt's first blocks: an equal beginning goes to an equal place.

    Each replica draws a number from the hash, and the highest gets the request: when one comes or
    goes, nobody else's prefixes move. A prompt shorter than a block goes where the load is least.
    Source: https://doi.org/10.1109/90.663936 (highest random weight, rendezvous hashing).
    """

    prefix_blocks: int = 16  # of the prompt; those after them may differ

    def __post_init__(self) -> None:
        super().__post_init__()
        make_whole(self, "prefix_blocks")

    def ranking(self, request: Request, targets: Sequence[T]) -> Iterable[T]:
        """Return the replicas by what each draws from the hash, the highest first."""
        keys = request.block_keys(targets[0].block_size, self.prefix_blocks)
        if not keys:
            return (min(targets, key=_load),)
        return sorted(targets, key=lambda each: _drawn(keys[-1], each), reverse=True)


def _drawn(key: bytes, target: Target) -> bytes:
    return sha256(key + target.number.to_bytes(8, "big")).digest()


@dataclass(kw_only=True)
class KVAware(Router):
    """Where most of the prompt's blocks are cached, as the router's own radix tree tells.

    The tree predicts: it notes what was sent where, and forgets beyond the blocks of a replica. Of
    equals the least loaded is chosen, so that a prompt that nobody knows goes there.
    """

    tree: RadixTree | None = field(default=None, init=False, repr=False)

    def ranking(self, request: Request, targets: Sequence[T]) -> Iterable[T]:
        """Return the replicas by blocks that match, then by load."""
        found = self.tree.match(_keys(request, targets[0])) if self.tree else {}
        return _by_match(targets, found)

    def sent(self, request: Request, target: Target) -> None:
        """Put the prompt's blocks into the tree."""
        self.tree = self.tree or RadixTree(target.blocks)
        self.tree.insert(_keys(request, target), target.number)

    def forget(self, number: int) -> None:
        """Take a replica out of the tree."""
        if self.tree:
            self.tree.remove(number)


@dataclass(kw_only=True)
class KVReported(Router):
    """Where most of the prompt's blocks are cached, as the replicas themselves report at once."""

    def ranking(self, request: Request, targets: Sequence[T]) -> Iterable[T]:
        """Return the replicas by blocks that they hold, then by load."""
        return _by_match(targets, {each.number: each.cached_blocks(request) for each in targets})


@dataclass(kw_only=True)
class Sticky(Router):
    """Where the client was before; a new one, or one whose replica is gone, where load is least.

    A client that spills over comes back to its replica. `Request.client` says who it is; a request
    without a client is nobody's.
    """

    home: dict[str, int] = field(default_factory=dict, init=False, repr=False)

    def ranking(self, request: Request, targets: Sequence[T]) -> Iterable[T]:
        """Return the client's replica, then the others by load."""
        home = self.home.get(request.client)
        return sorted(targets, key=lambda each: (each.number != home, *_load(each)))

    def sent(self, request: Request, target: Target) -> None:
        """Remember where a client is at home, the first time."""
        if request.client:
            self.home.setdefault(request.client, target.number)

    def forget(self, number: int) -> None:
        """Let the clients of a replica find another."""
        self.home = {client: home for client, home in self.home.items() if home != number}


def _keys(request: Request, target: Target) -> list[bytes]:
    return request.block_keys(target.block_size, request.prompt_tokens // target.block_size)


def _by_match(targets: Sequence[T], found: dict[int, int]) -> Iterable[T]:
    """Yield replicas by blocks that match, the most first, then by load; sorted only on demand."""

    def rank(target: Target) -> tuple[int, int, int]:
        return -found.get(target.number, 0), target.load, target.number

    yield min(targets, key=rank)
    yield from sorted(targets, key=rank)[1:]


ROUTERS: dict[str, type[Router]] = {
    "round-robin": RoundRobin,
    "least-request": LeastRequest,
    "prefix-aware": PrefixAware,
    "kv-aware": KVAware,
    "kv-reported": KVReported,
    "sticky": Sticky,
}


def router(name: str, *, saturation: int | None = None) -> Router:
    """Return a router by name, one that has sent nothing yet; an unknown name raises KeyError."""
    if name not in ROUTERS:
        raise KeyError(f"no router {name!r}; known: {', '.join(ROUTERS)}")
    return ROUTERS[name](saturation=saturation)
