"""Rows that are faster than the bytes of their labels."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.model_vs_reality.labels import marked_rows, strangers
from tokenworks.checks.plain import Case

BANDWIDTHS = (0.819e12, 2.039e12, 3.35e12, 4.8e12, 8e12)


def _served(rng: Random) -> Case:
    bytes_per_s, rows = rng.choice(BANDWIDTHS), []
    for _ in range(rng.randrange(7, 11)):
        chips, users = rng.choice([1, 2, 4, 8]), rng.choice([2, 8, 16, 64])
        weights = rng.randrange(50, 1500) * 1e8
        cache = rng.uniform(0.2, 1.5) * weights / users
        # between what a step takes and what it would take by some slip: the row shows that slip
        right = weights + users * cache
        other = rng.choice(
            [weights, weights + cache, chips * right, users * weights, right / users]
        )
        between = (right * (other if other != right else 3 * right)) ** 0.5
        rows.append([chips, weights, users, round(cache), between / chips / bytes_per_s * 1000])
    return ([[*row, round(tpot, 4)] for *row, tpot in rows], bytes_per_s)


STEP, FLOOR = "weight_bytes + users * cache_bytes", "1000 * step_bytes / (chips * bytes_per_s)"


@exercise(
    2,
    examples=(
        Example(
            ([[1, 40e9, 2, 5e9, 45.0], [2, 40e9, 2, 5e9, 30.0]], 1e12),
            "[0]",
            shows=(
                ("50 GB", lambda rows, _: rows[0][1] + rows[0][2] * rows[0][3]),
                ("50 ms", lambda rows, rate: (rows[0][1] + 2 * rows[0][3]) / rate),
                ("25 ms", lambda rows, rate: (rows[1][1] + 2 * rows[1][3]) / 2 / rate),
            ),
        ),
    ),
    cases=(
        (
            [
                [1, 8.03e9, 112, 65.536e6, 3.1],
                [1, 8.03e9, 112, 65.536e6, 3.3],
                [1, 8.03e9, 1, 65.536e6, 1.9],
                [1, 8.03e9, 32, 262.144e6, 2.4],
                [1, 8.03e9, 128, 262.144e6, 21.99],
                [1, 8.03e9, 128, 262.144e6, 6.2],
                [1, 8.03e9, 128, 262.144e6, 7.5],
            ],
            4.8e12,
        ),
        (
            [
                [8, 141e9, 64, 1.34e9, 9.2],
                [8, 141e9, 64, 1.34e9, 7.9],
                [8, 141e9, 1, 1.34e9, 5.1],
                [4, 141e9, 16, 0.335e9, 10.6],
                [4, 141e9, 16, 0.335e9, 11.4],
                [2, 141e9, 4, 0.335e9, 20.9],
                [2, 141e9, 4, 0.335e9, 22.5],
            ],
            3.35e12,
        ),
        ([[4, 40e9, 8, 2e9, 15.0], [4, 40e9, 8, 2e9, 6.5], [1, 40e9, 8, 2e9, 27.0]], 2.039e12),
        ([[8, 337e9, 32, 0.5e9, 5.2], [8, 337e9, 256, 0.5e9, 7.1], [1, 9e9, 1, 1e9, 1.2]], 8e12),
        ([[1, 2e9, 1, 0.25e9, 30.0], [4, 8e9, 16, 0.5e9, 9.0]], 0.819e12),
    ),
    draw=_served,
    mistakes=(
        Mistake(
            "the caches are free",
            (" + users * cache_bytes", ""),
            "A step reads the cache of every sequence, on top of the weights.",
        ),
        Mistake(
            "one cache for all",
            ("users * cache_bytes", "cache_bytes"),
            "The weights are read once for all, the caches are not: each user has one.",
        ),
        Mistake(
            "weights read for every user",
            (STEP, "users * (weight_bytes + cache_bytes)"),
            "One reading of the weights serves all users; that is the whole point of a batch.",
        ),
        Mistake(
            "one chip reads for all",
            ("(chips * bytes_per_s)", "bytes_per_s"),
            "Each chip reads its part at the same time, so their rates add up.",
        ),
        Mistake(
            "only the weights are shared out",
            (FLOOR, "1000 * (weight_bytes / chips + users * cache_bytes) / bytes_per_s"),
            "The caches lie on all chips, too: each reads its part of both.",
        ),
        Mistake(
            "milliseconds taken for seconds",
            ("1000 * ", ""),
            "Bytes over a rate are seconds, and the table has milliseconds.",
        ),
        Mistake(
            "a step shared among the users",
            ("tpot_ms < floor_ms", "tpot_ms < floor_ms / users"),
            "Every user waits for the whole step. Only the server's rate counts them together.",
        ),
        Mistake(
            "the larger of the two",
            (STEP, "max(weight_bytes, users * cache_bytes)"),
            "Weights and caches come through the same memory one after the other: add them.",
        ),
        Mistake(
            "the rows that can be",
            ("tpot_ms < floor_ms", "tpot_ms > floor_ms"),
            "Slower than the floor is what every real server is. Look for the faster ones.",
        ),
        Mistake(
            "counted from 1",
            ("append(i)", "append(i + 1)"),
            "The first row is row 0.",
        ),
    ),
    unit="rows",
    distance=strangers,
    tolerance=0.0,
    picture=marked_rows,
)
def impossible_rows(rows, bytes_per_s):
    """The impossible row.

    A table has a row `[chips, weight_bytes, users, cache_bytes, tpot_ms]` for each server. In a
    step its chips read the weights once and, for each of the users, a cache of `cache_bytes`; then
    each user has one more token. Weights and caches lie evenly on all chips, and each chip reads
    `bytes_per_s`. The measured time a token is in milliseconds. Return the places of the rows that
    are faster than this reading, counted from 0, in rising order. What such a server did is not
    what its label says: it may guess several tokens a step, or keep fewer bytes.

    Example: two users with 5 GB each and weights of 40 GB, 50 GB in all, at 1 TB/s a chip. One chip
    reads for 50 ms, and its row says 45. Two chips read for 25 ms, and theirs says 30: `[0]`.
    """
    found = []
    for i, (chips, weight_bytes, users, cache_bytes, tpot_ms) in enumerate(rows):
        step_bytes = weight_bytes + users * cache_bytes
        floor_ms = 1000 * step_bytes / (chips * bytes_per_s)
        if tpot_ms < floor_ms:
            found.append(i)
    return found
