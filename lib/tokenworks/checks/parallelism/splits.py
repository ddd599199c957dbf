"""Choosing how to divide a model: what fits, and what of it is fastest."""

from __future__ import annotations

from itertools import pairwise
from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.paged_attention.copy_on_write import differences
from tokenworks.checks.plain import Case

RATES = (1e12, 2e12, 3.35e12)


def _step(case: Case, tensor: int, seconds: float) -> float:
    devices, layers, weights, cache, _, rate, _ = case
    return (weights / tensor + cache / devices) / rate + 2 * layers * seconds


def _apart(case: Case) -> bool:
    """Whether no two numbers of tensor-parallel devices are equally fast, to a thousandth."""
    steps = sorted(_step(case, tensor, seconds) for tensor, seconds in case[-1])
    return all(b > 1.001 * a for a, b in pairwise(steps))


def _server(rng: Random) -> Case:
    while True:
        devices, layers = (
            rng.choice([4, 6, 6, 8, 12, 12, 16]),
            rng.choice([32, 36, 61, 80, 94, 126]),
        )
        memory, rate = rng.choice([24e9, 40e9, 80e9]), rng.choice(RATES)
        weights = memory * devices * rng.choice([0.05, 0.1, 0.2, 0.4, 0.75, 0.75, 0.9, 1.1])
        cache = memory * devices * rng.choice([0.05, 0.15, 0.25, 0.25, 0.4])
        sums = [[1, 0.0]]
        for tensor in (2, 4, 8):  # each about as long as what its devices save in reading
            saved = weights / tensor / rate / 2 / layers
            took = sums[-1][1] + saved * rng.choice([0.1, 0.6, 0.7, 0.8, 1.1, 1.5])
            sums.append([tensor, round(took, 8)])
        case = (devices, layers, weights, cache, memory, rate, sums[: rng.choice([1, 2, 3, 4])])
        if _apart(case):
            return case


FAST = [[1, 0.0], [2, 8e-06], [4, 9e-06], [8, 1.1e-05]]
SLOW = [[1, 0.0], [2, 0.0004], [4, 0.0008], [8, 0.0016]]
HELD = "weight_bytes / (tensor * stages) + cache_bytes / devices"


@exercise(
    6,
    examples=(
        Example(
            (4, 6, 120e9, 40e9, 80e9, 1e12, [[1, 0.0], [2, 1e-05], [4, 0.003]]),
            "[2, 1, 2]",
            shows=(
                ("70", lambda *case: 70),
                ("130", lambda *case: 1000 * _step(case, *case[-1][0])),
                ("70.12", lambda *case: 1000 * _step(case, *case[-1][1])),
                ("76", lambda *case: 1000 * _step(case, *case[-1][2])),
            ),
        ),
    ),
    cases=(
        (8, 80, 141e9, 86e9, 83e9, 3.35e12, FAST),
        (8, 80, 141e9, 86e9, 83e9, 3.35e12, SLOW),
        (16, 126, 812e9, 120e9, 83e9, 3.35e12, FAST),
        (16, 126, 812e9, 60e9, 83e9, 3.35e12, SLOW),
        (8, 126, 812e9, 60e9, 83e9, 3.35e12, FAST),
        (12, 36, 200e9, 120e9, 40e9, 2e12, SLOW),
        (6, 61, 100e9, 30e9, 40e9, 1e12, FAST),
        (8, 32, 16e9, 320e9, 60e9, 2e12, SLOW[:2]),
        (4, 32, 240e9, 80e9, 80e9, 3.35e12, [[1, 0.0]]),
        (6, 36, 7.2e9, 57.6e9, 24e9, 2e12, [[1, 0.0], [2, 2e-05]]),
        (6, 32, 57.6e9, 36e9, 24e9, 1e12, [[1, 0.0], [2, 0.000315]]),
    ),
    draw=_server,
    mistakes=(
        Mistake(
            "without a look at the memory",
            ("held <= memory_bytes and ", ""),
            "A way that does not fit is none, however fast it would be.",
        ),
        Mistake(
            "the cache takes no memory",
            (HELD, "weight_bytes / (tensor * stages)"),
            "Weights and cache lie in the same memory.",
        ),
        Mistake(
            "stages do not divide the weights",
            (HELD, "weight_bytes / tensor + cache_bytes / devices"),
            "A device has the weights of its stage alone.",
        ),
        Mistake(
            "stages make a token faster",
            ("read = weight_bytes / tensor +", "read = weight_bytes / (tensor * stages) +"),
            "A token passes all stages, one after the other: together they read the weights of "
            "the whole model, each with its `tensor` devices.",
        ),
        Mistake(
            "sums cost nothing",
            (" + 2 * n_layers * sum_seconds", ""),
            "Every layer waits for two sums.",
        ),
        Mistake(
            "one sum a layer",
            ("2 * n_layers", "n_layers"),
            "There are two sums in a layer: after attention, and after the feed-forward part.",
        ),
        Mistake(
            "layers that do not divide",
            (" or n_layers % stages", ""),
            "Every stage has the same number of whole layers.",
        ),
        Mistake(
            "more stages than it takes",
            ("step < fastest", "step <= fastest"),
            "Stages make nothing faster here. Of ways that are equally fast the one with the "
            "fewest stages is wanted.",
        ),
        Mistake(
            "the slowest",
            (('[], float("inf")', "[], 0.0"), ("step < fastest", "step > fastest")),
            "Of the ways that fit the one with the shortest step is wanted.",
        ),
        Mistake(
            "devices of one copy for the copies",
            ("devices // (tensor * stages)]", "tensor * stages]"),
            "The last number is how many copies of the model the devices hold.",
        ),
    ),
    unit="numbers",
    distance=differences,
    tolerance=0.0,
    answer_unit="",
)
def best_split(devices, n_layers, weight_bytes, cache_bytes, memory_bytes, bytes_per_s, sums):
    """The fastest way that fits.

    A model of `n_layers` layers and `weight_bytes` of weights is to run on `devices` devices, each
    with `memory_bytes` of memory that it reads at `bytes_per_s`. `tensor` devices share a matrix,
    `stages` share the layers (each has as many whole ones), and what devices are left hold further
    copies. `cache_bytes` is what the caches of all sequences take; they are spread evenly over all
    devices. `sums` has for each possible `tensor` a row `[tensor, seconds]`: what one sum takes.

    A token passes all layers. In each, `tensor` devices read their parts of the weights and wait
    for two sums. All the stages together read a device's part of the cache once. Hand-overs
    between stages take no time. Return `[tensor, stages, copies]` with the shortest step of those
    that fit and that use all devices, of equally fast ones that with the fewest stages; or an empty
    list where nothing fits.

    Example: 4 devices, 6 layers, 120 GB of weights, 40 GB of cache, 80 GB of memory read at 1 TB/s,
    and rows `[1, 0.0]`, `[2, 0.00001]`, `[4, 0.003]`. A copy on one device does not fit. With two
    stages it does, 70 GB on each, and a token takes 130 ms. Two devices to a matrix take 70.12 ms,
    four 76: `[2, 1, 2]`.
    """
    best, fastest = [], float("inf")
    for tensor, sum_seconds in sums:
        for stages in range(1, devices // tensor + 1):
            if devices % (tensor * stages) or n_layers % stages:
                continue
            held = weight_bytes / (tensor * stages) + cache_bytes / devices
            read = weight_bytes / tensor + cache_bytes / devices
            step = read / bytes_per_s + 2 * n_layers * sum_seconds
            if held <= memory_bytes and step < fastest:
                best, fastest = [tensor, stages, devices // (tensor * stages)], step
    return best
