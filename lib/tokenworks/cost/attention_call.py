"""One attention: its shapes, the tiles it can be cut into, and the bytes that it moves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from tokenworks.architecture import AttentionSpec
from tokenworks.cost.domain import Count, physical
from tokenworks.number import Number, make_bounded, make_whole


@dataclass(frozen=True, kw_only=True)
class AttentionCall:
    """One layer's attention: queries [B, T, H, D] look at keys and values [B, S, K, D].

    The queries are the last `queries` of the `keys` positions. With `share_kv` the query heads of
    a group use one read of K and V; without, each head reads them for itself. Accumulators (m, ℓ,
    unfinished O) have a format of their own. Impossible shapes raise ValueError.
    """

    queries: int
    keys: int
    heads: int
    kv_heads: int
    d_head: int
    batch: int = 1
    bytes_per_value: Number = 2
    accumulator_bytes: Number = 4
    causal: bool = True
    share_kv: bool = True

    def __post_init__(self) -> None:
        make_whole(self, "queries", "keys", "heads", "kv_heads", "d_head", "batch")
        make_bounded(self, "bytes_per_value", "accumulator_bytes", above=True)
        if self.heads % self.kv_heads:
            raise ValueError(f"{self.kv_heads} KV heads do not divide {self.heads} query heads")
        if self.causal and self.keys < self.queries:
            raise ValueError(
                f"{self.queries} causal queries are the last of {self.keys} keys: too few keys"
            )

    @property
    def streams(self) -> int:
        """Runs over K and V that share nothing: one for each KV head, or for each query head."""
        return self.batch * (self.kv_heads if self.share_kv else self.heads)

    @property
    def group(self) -> int:
        """Query heads that a run over K and V serves at once."""
        return self.heads // self.kv_heads if self.share_kv else 1

    @property
    def row_bytes(self) -> Number:
        """Bytes of one row of Q, K, V or the finished O: one head of one token."""
        return self.d_head * self.bytes_per_value


@physical
def call_of(spec: AttentionSpec, queries: Count, keys: Count, *, batch: Count = 1) -> AttentionCall:
    """Return one layer's attention of a model, 2 bytes a value.

    Latent attention raises ValueError, and so does a hybrid, whose layers are not alike.
    Source: derived: the head counts and the head dimension of the table of models.
    """
    if spec.kv_lora_rank:
        raise ValueError(f"{spec.label} attends over latents, not over heads of keys and values")
    if spec.full_attention_period:
        which = f"only every {spec.full_attention_period}th layer of {spec.label} attends"
        raise ValueError(f"{which}, the others keep a state")
    return AttentionCall(
        queries=queries,
        keys=keys,
        heads=spec.n_heads,
        kv_heads=spec.n_kv_heads,
        d_head=spec.d_head,
        batch=batch,
    )


@dataclass(frozen=True)
class Traffic:
    """Bytes read from and written to HBM, by array, and the FLOP of the matrix products."""

    read: dict[str, Number] = field(default_factory=dict)
    written: dict[str, Number] = field(default_factory=dict)
    flops: Number = 0

    @property
    def bytes(self) -> Number:
        """All bytes, read and written."""
        return sum(self.read.values()) + sum(self.written.values())

    @property
    def intensity(self) -> float:
        """Operations for each byte moved, FLOP/B."""
        return self.flops / self.bytes

    def of(self, *arrays: str) -> Number:
        """Return the bytes of some arrays, read and written."""
        return sum(self.read.get(name, 0) + self.written.get(name, 0) for name in arrays)

    def times(self, count: int) -> Traffic:
        """Return the traffic of `count` equal calls, such as a model's layers."""
        read, written = ({n: count * b for n, b in d.items()} for d in (self.read, self.written))
        return Traffic(read, written, count * self.flops)

    def __add__(self, other: Traffic) -> Traffic:
        read, written = Counter(self.read), Counter(self.written)
        read.update(other.read)
        written.update(other.written)
        return Traffic(dict(read), dict(written), self.flops + other.flops)


@dataclass(frozen=True)
class Tiles:
    """Rows of a tile: `q` query positions (of each head of a group) and `kv` keys and values."""

    q: int
    kv: int

    def __post_init__(self) -> None:
        make_whole(self, "q", "kv")


class QueryTile(NamedTuple):
    """A tile of queries: its rows, and the tiles and rows of keys that it looks at."""

    rows: int
    tiles_seen: int
    keys_loaded: int


def query_tiles(call: AttentionCall, tiles: Tiles) -> Iterator[QueryTile]:
    """Yield the query tiles; a causal one skips the key tiles that are all in its future.

    Source: https://arxiv.org/abs/2307.08691 (FlashAttention-2, section 3.1: causal masking).
    """
    before = call.keys - call.queries
    for start in range(0, call.queries, tiles.q):
        stop = min(start + tiles.q, call.queries)
        visible = before + stop if call.causal else call.keys
        seen = -(-visible // tiles.kv)
        yield QueryTile(stop - start, seen, min(call.keys, seen * tiles.kv))


def matrix_bytes(call: AttentionCall) -> Number:
    """Return the bytes of the whole score matrices of a call: batch · heads · T · S values.

    Source: https://arxiv.org/abs/2205.14135 (algorithm 0: S and P are N × N for each head).
    """
    return call.batch * call.heads * call.queries * call.keys * call.bytes_per_value


def score_passes(call: AttentionCall, traffic: Traffic) -> float:
    """Return how often the score matrix goes over the bus: bytes of S and P over its size.

    Source: derived: matrix_bytes.
    """
    return traffic.of("S", "P") / matrix_bytes(call)
