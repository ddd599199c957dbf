"""Attention in tiles: what one needs on the chip, and what all of them move through HBM."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.picture import named_bars
from tokenworks.checks.plain import Case, apart, list_apart


def _needed(rows: int, d_head: int, value_bytes: int) -> int:
    return rows * (3 * d_head * value_bytes + 4 * (d_head + rows + 2))


def _memory(rng: Random) -> Case:
    d_head, value_bytes = rng.choice([40, 64, 72, 80, 96, 128, 192, 256]), rng.choice([1, 2])
    full = -(-_needed(rng.choice([8, 64, 128, 256]), d_head, value_bytes) // 1024)
    return (d_head, value_bytes, full + rng.choice([-1, 0, 0, 0, rng.randrange(full)]))


FLOAT32 = "o, the scores, and both m and l are added up in float32: 4 bytes an element."
ACCUMULATORS = "4 * (d_head + b + 2)"


@exercise(
    2,
    examples=(
        Example(
            (2, 2, 1),
            "[8, 480]",
            shows=(
                ("16 too much", lambda *case: 2 * largest_tile(*case)[0]),
                ("1,472", lambda *case: _needed(2 * largest_tile(*case)[0], *case[:2])),
            ),
        ),
    ),
    cases=(
        (128, 2, 163),
        (64, 2, 320),
        (128, 2, 225),
        (256, 1, 128),
        (512, 2, 24),
        (96, 2, 500),
    ),
    draw=_memory,
    mistakes=(
        Mistake(
            "the tile of scores is forgotten",
            ("d_head + b + 2", "d_head + 2"),
            "The scores of the tile have to be somewhere too: B rows of B scores.",
        ),
        *(
            Mistake("accumulators as narrow as the values", (ACCUMULATORS, narrow), FLOAT32)
            for narrow in (
                "value_bytes * (d_head + b + 2)",
                "(value_bytes * d_head + 4 * (b + 2))",
                "(4 * (d_head + b) + value_bytes * 2)",
                "(4 * (d_head + 2) + value_bytes * b)",
            )
        ),
        Mistake(
            "one of Q, K and V is forgotten",
            ("3 * d_head", "2 * d_head"),
            "B queries, B keys and B values are on the chip, each a row of d_head elements.",
        ),
        Mistake(
            "the output is forgotten",
            ("d_head + b + 2", "b + 2"),
            "The output of the tile's queries is added up on the chip: B rows of d_head elements.",
        ),
        Mistake(
            "m and l are forgotten",
            ("d_head + b + 2", "d_head + b"),
            "Each row carries its maximum and its sum: two elements of 4 bytes.",
        ),
        Mistake("KB for KiB", ("1024", "1000"), "A KiB is 1,024 bytes."),
        Mistake(
            "exactly full does not count",
            ("<=", "<"),
            "A tile that fills the memory to the last byte fits.",
        ),
        Mistake(
            "the first that does not fit",
            (("max(tile for", "min(tile for"), ("<=", ">")),
            "When a size no longer fits, the one before it is the answer.",
        ),
        Mistake(
            "not a power of two",
            ("[2**step for step in range(20)]", "range(1, 2000)"),
            "Double the rows until they do not fit: 1, 2, 4, 8 and so on.",
        ),
        Mistake(
            "scores and probabilities side by side",
            ("d_head + b + 2", "d_head + 2 * b + 2"),
            "The probabilities overwrite the scores: there is one such tile.",
        ),
    ),
    unit="bytes",
    distance=lambda expected, got: apart(expected[1], got[1]),
    length=2,
    tolerance=0.0,
    answer_unit="",
    picture=named_bars(("rows", "bytes"), ""),
)
def largest_tile(d_head, value_bytes, sram_kib):
    """The largest tile that fits.

    A flash kernel works on B queries and B keys at once. On the chip lie, at the same time: the
    tile's queries, keys and values (each B rows of `d_head` elements of `value_bytes` bytes), its
    unfinished output (B rows of `d_head` elements), the scores (B rows of B elements; the
    probabilities take their place), and `m` and `l` (an element for each query). Output, scores,
    `m` and `l` have 4 bytes an element. B is a power of two: 1, 2, 4 and so on. The chip has
    `sram_kib` KiB. Return a list of two: the largest B that fits, and the bytes that it needs.

    Example: `d_head` 2, 2 bytes, 1 KiB. B = 8 needs 96 + 64 + 256 + 64 = 480 bytes, B = 16 too much
    with 1,472: `[8, 480]`.
    """
    sizes = [2**step for step in range(20)]
    tiles = [[b, b * (3 * d_head * value_bytes + 4 * (d_head + b + 2))] for b in sizes]
    return max(tile for tile in tiles if tile[1] <= 1024 * sram_kib)


def _attention(rng: Random) -> Case:
    q_tile, rest = rng.choice([64, 100, 128, 192, 256]), rng.choice([0, 0, 1, 17, 50])
    tokens = q_tile * rng.randrange(3, 40) + rest
    d_head, heads = rng.choice([64, 96, 128]), rng.choice([8, 32, 40, 64])
    return (tokens, d_head, heads, rng.choice([8, 16]), q_tile)


BOTH_MATRICES = "S is written and read, P is written and read: count both matrices both ways."
LOADS = "-(-tokens // q_tile)"


@exercise(
    3,
    examples=(
        Example(
            (4, 2, 1, 16, 2),
            "[192, 96]",
            shows=(
                ("16 bytes", lambda tokens, d_head, *_: tokens * d_head * 2),
                ("32: naive", lambda tokens, *_: tokens * tokens * 2),
                ("64 + 128 bytes", lambda tokens, d_head, *_: 4 * tokens * d_head * 2),
                ("128 bytes", lambda tokens, *_: 4 * tokens * tokens * 2),
            ),
        ),
    ),
    cases=(
        (4096, 128, 64, 16, 128),
        (1000, 64, 8, 16, 128),
        (16384, 128, 32, 8, 256),
        (129, 64, 12, 16, 128),
        (2048, 96, 16, 32, 64),
    ),
    draw=_attention,
    mistakes=(
        Mistake("three passes for four", ("4 * matrix", "3 * matrix"), BOTH_MATRICES),
        Mistake("two passes for four", ("4 * matrix", "2 * matrix"), BOTH_MATRICES),
        Mistake(
            "one head only",
            (("array = heads * ", "array = "), ("matrix = heads * ", "matrix = ")),
            "Every head has queries, keys, values and scores of its own.",
        ),
        Mistake(
            "keys and values read once",
            (" * loads", ""),
            "The chip holds one tile of keys at a time: they pass by again for each query tile.",
        ),
        Mistake(
            "keys without values",
            ("2 * array * loads", "array * loads"),
            "Each query tile needs all keys and all values.",
        ),
        Mistake(
            "keys and values for every query",
            (LOADS, "tokens"),
            "All rows of a query tile share one reading: divide by the rows of a tile.",
        ),
        Mistake(
            "a last tile is lost",
            (LOADS, "tokens // q_tile"),
            "A last query tile that is not full reads all keys and values too.",
        ),
        Mistake(
            "a tile too many",
            (LOADS, "tokens // q_tile + 1"),
            "Where the tiles come out even, nothing is left over: round up, do not add one.",
        ),
        Mistake(
            "a part of a tile",
            (LOADS, "tokens / q_tile"),
            "A last query tile that is not full reads all keys and values too: round up.",
        ),
        Mistake(
            "only the scores",
            ("4 * array + ", ""),
            "Naive attention also reads Q, K and V and writes O, once each.",
        ),
        Mistake(
            "bits for bytes",
            (("d_head * bits / 8", "d_head * bits"), ("tokens * bits / 8", "tokens * bits")),
            "The width is in bits and the answer in bytes.",
        ),
        Mistake(
            "flash before naive",
            (
                ("[4 * array", "[2 * array + 2 * array * loads, 4 * array"),
                (", 2 * array + 2 * array * loads]", "]"),
            ),
            "First the bytes of naive attention, then those of flash attention.",
        ),
    ),
    unit="bytes",
    distance=list_apart,
    length=2,
    picture=named_bars(("naive", "flash"), "bytes"),
)
def hbm_bytes(tokens, d_head, heads, bits, q_tile):
    """Bytes through HBM: naive and flash.

    All `tokens` of a sequence attend to all (no mask). There are `heads` heads of `d_head`
    elements, each head with queries, keys, values and an output of its own, and each element has
    `bits` bits. Naive attention runs three kernels for each head: the first reads Q and K and
    writes the score matrix S, the second reads S and writes the probabilities P, the third reads P
    and V and writes O. Flash attention takes `q_tile` queries at a time: it reads them once, reads
    all keys and values, and writes their output; S and P stay on the chip. A last tile of fewer
    queries costs as many keys and values. Return a list of two: the bytes that naive and that flash
    attention move.

    Example: 4 tokens, 1 head of 2 elements, 16 bits, 2 queries a tile. Q, K, V and O have 16 bytes
    each, S and P 32: naive moves 64 + 128 bytes. Flash moves 32 for Q and O, and K and V twice:
    `[192, 96]`.
    """
    array = heads * tokens * d_head * bits / 8
    matrix = heads * tokens * tokens * bits / 8
    loads = -(-tokens // q_tile)
    return [4 * array + 4 * matrix, 2 * array + 2 * array * loads]
