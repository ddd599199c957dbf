"""One run over keys and values through a memory that counts: what every walk is made of."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from tokenworks.cost.attention_call import AttentionCall, Tiles, query_tiles
from tokenworks.kernels.hbm import Hbm


class Rows(NamedTuple):
    """What is kept of the scores seen so far; O is not yet divided by l."""

    m: Float[np.ndarray, "rows G"]
    l: Float[np.ndarray, "rows G"]
    o: Float[np.ndarray, "rows G D"]

    @property
    def result(self) -> Float[np.ndarray, "rows G D"]:
        """The attention of the rows, if they have seen all of their scores."""
        return self.o / self.l[..., None]


class Step(NamedTuple):
    """One tile of scores, −∞ where masked, and its rows before and after it.

    `heads` are the query heads of the group, `queries` and `keys` the rows of Q and of K and V.
    """

    batch: int
    heads: range
    queries: range
    keys: range
    scores: Float[np.ndarray, "rows G keys"]
    before: Rows
    after: Rows


@dataclass(frozen=True)
class Stream:
    """A run over the keys and values of one KV head, for the query heads that share it."""

    hbm: Hbm
    call: AttentionCall
    batch: int
    heads: range

    @property
    def kv(self) -> int:
        """The KV head."""
        return self.heads.start * self.call.kv_heads // self.call.heads

    def at(self, name: str, rows: range) -> tuple[int | slice, ...]:
        """Return where rows stand in an array with heads, [B, T, H, …] or [B, S, K, …]."""
        own = slice(self.heads.start, self.heads.stop)
        return self.batch, slice(rows.start, rows.stop), self.kv if name in ("K", "V") else own

    def read(self, name: str, rows: range) -> np.ndarray:
        """Bring rows of an array to the chip, which computes with accumulators."""
        return self.hbm.read(name, self.at(name, rows)).astype(accumulator(self.call))

    def write(self, name: str, rows: range, part: np.ndarray) -> None:
        """Bring rows of an array back."""
        self.hbm.write(name, part, self.at(name, rows))

    def finish(self, queries: range, rows: Rows) -> None:
        """Write the attention of queries that have seen all of their scores."""
        self.write("O", queries, rows.result.astype(self.hbm["Q"].dtype))

    def start(self, rows: int) -> Rows:
        """Return rows that have seen no score."""
        shape, form = (rows, len(self.heads)), accumulator(self.call)
        o = np.zeros((*shape, self.call.d_head), form)
        return Rows(np.full(shape, -np.inf, form), np.zeros(shape, form), o)

    def scores(
        self,
        q: Float[np.ndarray, "rows G D"],
        k: Float[np.ndarray, "keys D"],
        *,
        queries: range,
        keys: range,
    ) -> Float[np.ndarray, "rows G keys"]:
        """Return the scores of some queries and keys, −∞ where a query must not look."""
        product = self.hbm.multiply(q, k.T) / math.sqrt(self.call.d_head)
        return np.where(hidden(self.call, queries, keys)[:, None], -np.inf, product)

    def step(
        self,
        q: Float[np.ndarray, "rows G D"],
        kv: tuple[Float[np.ndarray, "keys D"], Float[np.ndarray, "keys D"]],
        at: tuple[range, range, Rows],
    ) -> Step:
        """Take a tile of keys and values into the rows of a tile of queries.

        m' = max(m, max s);  α = exp(m − m');  p = exp(s − m');  l' = αl + Σp;  O' = αO + pV
        Source: https://arxiv.org/abs/2307.08691 (algorithm 1).
        """
        queries, keys, before = at
        scores = self.scores(q, kv[0], queries=queries, keys=keys)
        m = np.maximum(before.m, scores.max(axis=-1))
        α, p = np.exp(before.m - m), np.exp(scores - m[..., None])
        o = α[..., None] * before.o + self.hbm.multiply(p, kv[1])
        after = Rows(m, α * before.l + p.sum(axis=-1), o)
        return Step(self.batch, self.heads, queries, keys, scores, before, after)


def accumulator(call: AttentionCall) -> np.dtype:
    """Return the format of what is added up on the chip."""
    return np.dtype(f"f{call.accumulator_bytes}")


def streams(hbm: Hbm, call: AttentionCall) -> Iterator[Stream]:
    """Yield the runs over K and V: with `share_kv` one for each KV head, else for each head."""
    for batch in range(call.batch):
        for head in range(0, call.heads, call.group):
            yield Stream(hbm, call, batch, range(head, head + call.group))


def hidden(call: AttentionCall, queries: range, keys: range) -> Bool[np.ndarray, "rows keys"]:
    """Return which keys a query must not see: its future, and what is beyond the end."""
    key, row = np.array(keys)[None], np.array(queries)[:, None]
    future = key > row + call.keys - call.queries
    return (future & call.causal) | (key >= call.keys)


def query_spans(call: AttentionCall, tiles: Tiles) -> list[tuple[range, int]]:
    """Return the rows of every query tile, and how many key tiles it looks at."""
    starts = range(0, call.queries, tiles.q)
    pairs = zip(starts, query_tiles(call, tiles), strict=True)
    return [(range(start, start + tile.rows), tile.tiles_seen) for start, tile in pairs]
