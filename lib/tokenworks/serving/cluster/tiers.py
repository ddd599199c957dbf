"""Where blocks of a prefix go when the chip's memory forgets them: DRAM, NVMe, a remote store.

Every full block of a finished request is written to the first tier, in the background; what a tier
has no room for moves on to the next. A request that comes back is loaded from the fastest tier
that holds it, and waits for that.
Source: https://docs.lmcache.ai (tiers of an offloaded KV cache, and when they are written).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tokenworks.cost.alpha_beta import Line
from tokenworks.data.chip_memory import level
from tokenworks.number import Number, make_bounded
from tokenworks.serving.cluster.ports import Port, link_wire, wire


@dataclass(frozen=True, kw_only=True)
class Tier:
    """One memory below the chip's: bytes for blocks, and what reading them takes.

    A `shared` one is the same for all replicas, its line too. No bytes at all raise ValueError.
    """

    name: str
    capacity_bytes: Number
    line: Line
    shared: bool = False

    def __post_init__(self) -> None:
        make_bounded(self, "capacity_bytes", above=True)


def host_tiers(
    chip: str,
    *,
    dram_bytes: Number,
    nvme_bytes: Number,
    remote_bytes: Number = 0,
    network: str = "ethernet-100",
) -> tuple[Tier, ...]:
    """Return the tiers of one chip's replica at the rates of the tables; 0 bytes leave one out.

    The rates are those of the data sheets (PCIe one way, one drive, one port), so that a load is a
    floor. A latency that nobody publishes counts as 0. An unknown chip or network raises KeyError.
    Source: `data/memory_levels.csv` and `data/links.csv`, row by row.
    """
    found = []
    for name, row, size in (("DRAM", "host", dram_bytes), ("NVMe", "ssd", nvme_bytes)):
        if size:
            memory = level(f"{chip}-{row}")
            if memory.bytes_per_s is None:
                raise ValueError(f"no rate of {memory.label} of {chip} is known: make a Tier")
            latency = memory.latency_seconds or 0.0
            rate = wire(memory.bytes_per_s, latency_seconds=latency)
            found.append(Tier(name=name, capacity_bytes=size, line=rate))
    if remote_bytes:
        rate = link_wire(network)
        found.append(Tier(name="remote", capacity_bytes=remote_bytes, line=rate, shared=True))
    return tuple(found)


@dataclass
class Store:
    """A tier in use: the keys it holds, the least recently used first, and its port."""

    tier: Tier
    block_bytes: Number
    port: Port = field(init=False)
    keys: dict[bytes, None] = field(default_factory=dict, init=False)
    loaded_blocks: int = field(default=0, init=False)
    written_blocks: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        make_bounded(self, "block_bytes", above=True)
        self.port = Port(self.tier.line)

    @property
    def blocks(self) -> int:
        """Blocks for which there is room."""
        return int(self.tier.capacity_bytes // self.block_bytes)

    def put(self, key: bytes) -> bytes | None:
        """Take a block in, or note that it was used; return the key that had to leave, if any."""
        if key in self.keys:
            del self.keys[key]
        else:
            self.written_blocks += 1
        self.keys[key] = None
        if len(self.keys) <= self.blocks:
            return None
        oldest = next(iter(self.keys))
        del self.keys[oldest]
        return oldest


@dataclass
class Offload:
    """The stores of one replica, the fastest first; shared ones are those of all replicas.

    What is loaded is counted at the store it came from.
    """

    stores: Sequence[Store]

    def put(self, keys: Iterable[bytes]) -> None:
        """Write the blocks of a prefix, its end first: it is the first to be forgotten."""
        for key in reversed(list(keys)):
            moving: bytes | None = key
            for store in self.stores:
                moving = store.put(moving)
                if moving is None:
                    break

    def find(self, key: bytes) -> Store | None:
        """Return the fastest store that holds a block, or None."""
        return next((store for store in self.stores if key in store.keys), None)

    def stored(self, keys: Sequence[bytes]) -> list[Store]:
        """Return where the first of these blocks are, up to one that no store holds."""
        found: list[Store] = []
        for key in keys:
            store = self.find(key)
            if store is None:
                break
            found.append(store)
        return found

    def load(self, keys: Sequence[bytes], now: float) -> float:
        """Send the first blocks that are stored to the chip; return when the last is there.

        The stores send at once, each in its own line; what was loaded is as if just written.
        """
        found = self.stored(keys)
        end = now
        for store in dict.fromkeys(map(id, found)):
            from_it = [each for each in found if id(each) == store]
            from_it[0].loaded_blocks += len(from_it)
            size = len(from_it) * from_it[0].block_bytes
            end = max(end, from_it[0].port.send(float(size), now))
        self.put(keys[: len(found)])
        return end
