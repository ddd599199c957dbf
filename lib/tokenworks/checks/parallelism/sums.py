"""What a device sends: in one all-reduce, and in a step of a tensor-parallel model."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case

TWICE = (
    "It goes round twice: first each device adds up one share, then it sends that sum to the "
    "others. An all-gather alone would be half of it."
)
OWN = "Each device keeps a share that it need not send: n - 1 of n shares go on, each time."
ALL = "This is what all devices send together. Asked for is what one of them sends."


def _array(rng: Random) -> Case:
    return (rng.randrange(1, 5000) * 1000, rng.choice([2, 3, 4, 5, 6, 8, 16, 64]))


@exercise(
    1,
    examples=(Example((1000, 4), "1,500 bytes", shows=(("250", lambda size, n: size / n),)),),
    cases=((1_000_000, 8), (524_288, 2), (12_000, 3), (98_304, 16), (5000, 1)),
    draw=_array,
    mistakes=(
        Mistake("round once", ("2 * ", ""), TWICE),
        Mistake("its own share is sent, too", ("(devices - 1)", "devices"), OWN),
        Mistake("all devices together", (" / devices", ""), ALL),
        Mistake(
            "everything to everybody",
            ("2 * (devices - 1) / devices * size_bytes", "(devices - 1) * size_bytes"),
            "That is the way in one step, with the whole array to each of the others. In a ring a "
            "device sends shares, and only to its neighbour.",
        ),
        Mistake(
            "one share",
            ("2 * (devices - 1) / devices", "2 / devices"),
            "A share goes on in each step, and there are n - 1 steps a round.",
        ),
    ),
    unit="bytes",
)
def ring_bytes(size_bytes, devices):
    """Bytes that a device sends in a ring.

    Each of `devices` devices has an array of `size_bytes` bytes, and each is to have the sum of all
    of them. They stand in a ring and cut the array into as many shares as there are devices. In
    every step a device sends one share to the next. After one round each has the sum of one share,
    after another round each has all sums. Return the bytes that one device sends in all.

    Example: 1000 bytes on 4 devices are shares of 250 bytes, and 1,500 bytes are sent.
    """
    return 2 * (devices - 1) / devices * size_bytes


def _model(rng: Random) -> Case:
    return (
        rng.randrange(12, 127),
        rng.choice([1024, 2048, 4096, 5120, 8192, 16384]),
        rng.choice([1, 3, 8, 12, 64, 100]),
        rng.choice([2, 3, 4, 8, 16]),
        rng.choice([4, 8, 16, 32]),
    )


@exercise(
    2,
    examples=(
        Example(
            (2, 8, 3, 4, 16),
            "360 bytes",
            shows=(
                ("48", lambda layers, width, batch, n, bits: batch * width * bits // 8),
                ("72", lambda layers, width, batch, n, bits: 2 * 3 / 4 * batch * width * bits / 8),
                ("5", lambda layers, *_: 2 * layers + 1),
            ),
        ),
    ),
    cases=(
        (80, 8192, 32, 8, 16),
        (32, 4096, 1, 2, 16),
        (126, 16384, 64, 16, 8),
        (30, 576, 5, 3, 32),
        (12, 1024, 9, 1, 16),
    ),
    draw=_model,
    mistakes=(
        Mistake(
            "one sum a layer",
            ("2 * n_layers", "n_layers"),
            "Attention ends in a matrix that is cut by rows, and the feed-forward part does, too.",
        ),
        Mistake(
            "the embedding is forgotten",
            (" + 1", ""),
            "The table of the vocabulary is cut by words: a token's vector is on one device, and "
            "the others need it. That is one more sum.",
        ),
        Mistake(
            "one sequence",
            ("batch * ", ""),
            "Every sequence has a vector in the sum.",
        ),
        Mistake("round once", ("sent = 2 * ", "sent = "), TWICE),
        Mistake("its own share is sent, too", ("(devices - 1)", "devices"), OWN),
        Mistake("all devices together", (" / devices", ""), ALL),
        Mistake(
            "bits for bytes",
            (" / 8", ""),
            "The width of a value is in bits and the answer in bytes.",
        ),
    ),
    unit="bytes",
)
def step_bytes(n_layers, d_model, batch, devices, bits_per_value):
    """What a tensor-parallel step sends.

    A model is cut over `devices` devices: in each layer first attention, by heads, then the
    feed-forward part, by columns and rows, and before all layers the embedding, by words. Each of
    these parts ends in one all-reduce of the vectors of `batch` sequences, which have `d_model`
    values of `bits_per_value` bits. The all-reduces go round a ring. Return the bytes that one
    device sends in a step of decode, in which each sequence gets one token.

    Example: 2 layers, vectors of 8 values, 3 sequences, 4 devices, 16 bits. The array has 48 bytes,
    of which a device sends 72, and there are 5 sums: 360 bytes.
    """
    size = batch * d_model * bits_per_value / 8
    sent = 2 * (devices - 1) / devices * size
    return (2 * n_layers + 1) * sent
