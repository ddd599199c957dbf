"""What the weights take, how many there are, and how many chips hold them."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case


def _stored(rng: Random) -> Case:
    return (8 * rng.randrange(1, 60_000) * 1_000_000, rng.choice([3, 4, 5, 6, 8, 16, 32]))


@exercise(
    1,
    examples=(Example((1000, 16), "2,000 bytes"),),
    cases=((70_000_000_000, 16), (8_000_000_000, 8), (70_000_000_000, 4), (134_515_008, 6)),
    draw=_stored,
    mistakes=(
        Mistake(
            "bits for bytes",
            (" / 8", ""),
            "The width is in bits and the answer in bytes: how many bits does a byte have?",
        ),
        Mistake(
            "GB for bytes",
            (" / 8", " / 8 / 1e9"),
            "The answer is in bytes; a unit such as GB only appears when a number is printed.",
        ),
        Mistake(
            "parameters in billions",
            ("return parameters", "return parameters * 1e9"),
            "The parameters arrive as a plain count, such as 70,000,000,000, and not in billions.",
        ),
        Mistake(
            "whole bytes per parameter",
            ("bits_per_parameter / 8", "(bits_per_parameter // 8)"),
            "A parameter may take half a byte: divide by 8 at the end, and not with //.",
        ),
        Mistake(
            "the width is ignored",
            ("bits_per_parameter / 8", "2"),
            "Two bytes per parameter holds for 16 bits only; use the width you are given.",
        ),
    ),
    unit="bytes",
)
def weight_bytes(parameters, bits_per_parameter):
    """Bytes of the weights.

    A model has `parameters` weights, each stored in `bits_per_parameter` bits. Return the bytes
    that all weights take. Widths below a byte exist: 4 bits, and 6. Inside the library a size is in
    bytes; GB only appears when a number is printed.

    Example: 1,000 parameters of 16 bits take 2,000 bytes.
    """
    return parameters * bits_per_parameter / 8


def _held(rng: Random) -> Case:
    hbm_gib = rng.choice([16, 24, 32, 80, 96, 141, 192, 288])
    kind = rng.random()
    if kind < 0.3:  # exactly full, and odd: a half would be rounded to the even number
        return (rng.randrange(1, 12, 2) * hbm_gib * 2**30, hbm_gib)
    if kind < 0.6:  # one chip more if it were GB
        return (rng.randrange(3, 12) * hbm_gib * 1.03e9, hbm_gib)
    return (rng.randrange(1, 900) * 1e9, hbm_gib)


@exercise(
    3,
    examples=(Example((100 * 2**30, 80), "2 chips"),),
    cases=(
        (140e9, 80),
        (16e9, 80),
        (160 * 2**30, 80),
        (164e9, 80),
        (810e9, 141),
        (500e9, 80),
        (240 * 2**30, 80),
    ),
    draw=_held,
    mistakes=(
        Mistake(
            "GB for GiB",
            ("2**30", "10**9"),
            "The memory is in GiB, which are 2^30 bytes and not 10^9.",
        ),
        Mistake(
            "rounded down",
            ("-(-weight_bytes // hbm_bytes)", "weight_bytes // hbm_bytes"),
            "What is left over needs a chip too.",
        ),
        Mistake(
            "rounded to nearest",
            ("int(-(-weight_bytes // hbm_bytes))", "round(weight_bytes / hbm_bytes)"),
            "Rounding to the nearest leaves out weights whenever the fraction is below one half.",
        ),
        Mistake(
            "one too many when exactly full",
            ("-(-weight_bytes // hbm_bytes)", "weight_bytes // hbm_bytes + 1"),
            "Weights that fill two chips to the last byte need two chips: round up, do not add 1.",
        ),
        Mistake(
            "a fraction of a chip",
            ("int(-(-weight_bytes // hbm_bytes))", "weight_bytes / hbm_bytes"),
            "Chips come whole.",
        ),
    ),
    unit="chips",
    tolerance=0.0,
)
def chips_needed(weight_bytes, hbm_gib):
    """Chips that hold the weights.

    Return the smallest whole number of chips whose memories together hold the weights. Nothing else
    needs room. The weights are given in bytes, the memory of one chip in GiB (1 GiB is 2^30 bytes).

    Example: 100 GiB of weights need 2 chips of 80 GiB.
    """
    hbm_bytes = hbm_gib * 2**30
    return int(-(-weight_bytes // hbm_bytes))


def _layer(rng: Random) -> Case:
    d_head = rng.choice([64, 96, 128])
    n_kv_heads = rng.choice([2, 3, 4, 8])
    n_heads = n_kv_heads * rng.choice([2, 3, 4, 8])
    d_model = n_heads * d_head + rng.choice([0, 0, 256])
    return (d_model, n_heads, n_kv_heads, d_head, rng.randrange(2, 9) * d_model // 2)


@exercise(
    6,
    examples=(Example((4, 2, 1, 2, 8), "152"),),
    cases=(
        (8192, 64, 8, 128, 28672),
        (576, 9, 3, 64, 1536),
        (4096, 32, 32, 128, 11008),
        (5120, 64, 8, 128, 25600),
    ),
    draw=_layer,
    mistakes=(
        Mistake(
            "keys and values as wide as queries (8x GQA)",
            ("n_kv_heads", "n_heads"),
            "Keys and values have only n_kv_heads heads: 4 x d_model x d_model is the old form.",
        ),
        Mistake(
            "values forgotten",
            ("keys_and_values = 2 * ", "keys_and_values = "),
            "Keys and values are two matrices of the same shape.",
        ),
        Mistake(
            "output projection forgotten",
            ("queries_and_output = 2 * ", "queries_and_output = "),
            "The heads' results go through a fourth matrix, back to d_model.",
        ),
        Mistake(
            "two feed-forward matrices",
            ("3 * ", "2 * "),
            "SwiGLU has three matrices: gate, up and down.",
        ),
        Mistake(
            "norms forgotten",
            (" + 2 * d_model", ""),
            "Each of the two RMSNorms has a vector of d_model weights.",
        ),
        Mistake(
            "head width taken as d_model / heads",
            (
                ("n_heads * d_head", "n_heads * (d_model // n_heads)"),
                ("n_kv_heads * d_head", "n_kv_heads * (d_model // n_heads)"),
            ),
            "d_head is given and need not be d_model / n_heads.",
        ),
    ),
    unit="params",
    tolerance=0.0,
)
def layer_parameters(d_model, n_heads, n_kv_heads, d_head, d_ff):
    """Parameters of one layer.

    Return the number of weights in one layer of a Llama. It has matrices for queries (`n_heads`
    heads of `d_head` values), keys and values (`n_kv_heads` heads each), and one from all heads'
    results back to `d_model`. Its feed-forward part has three matrices between `d_model` and
    `d_ff`: gate, up and down. Two RMSNorms have one weight for each of the `d_model` dimensions.
    Nothing has a bias.

    Example: with `d_model` 4, 2 heads, 1 KV head, `d_head` 2 and `d_ff` 8 it is 152.
    """
    queries_and_output = 2 * d_model * n_heads * d_head
    keys_and_values = 2 * d_model * n_kv_heads * d_head
    feed_forward = 3 * d_model * d_ff
    return queries_and_output + keys_and_values + feed_forward + 2 * d_model
