"""Wrong answers about where the parts of a model lie, with the mistake that must be named.

As in planted_parallelism.
"""

from __future__ import annotations

import math
from itertools import pairwise, permutations

import numpy as np


def ways(devices, layers):
    for tensor in range(1, devices + 1):
        for stages in range(1, devices + 1):
            if devices % (tensor * stages) == 0:
                yield tensor, stages


def chosen(devices, layers, weights, cache, memory, rate, sums, *, fits, step, whole=True):
    """Return the fastest way by these two functions."""
    found = []
    for tensor, stages in ways(devices, layers):
        if tensor in dict(sums) and not (whole and layers % stages) and fits(tensor, stages):
            found.append((step(tensor, stages, dict(sums)[tensor]), stages, tensor))
    if not found:
        return []
    _, stages, tensor = min(found)
    return [tensor, stages, devices // tensor // stages]


def by_speed_alone(devices, layers, weights, cache, memory, rate, sums):
    def step(tensor, stages, took):
        return (weights / tensor + cache / devices) / rate + 2 * layers * took

    case = (devices, layers, weights, cache, memory, rate, sums)
    return chosen(*case, fits=lambda t, s: True, step=step)


def weights_alone_fit(devices, layers, weights, cache, memory, rate, sums):
    case = (devices, layers, weights, cache, memory, rate, sums)
    return chosen(
        *case,
        fits=lambda t, s: weights / t / s <= memory,
        step=lambda t, s, took: (weights / t + cache / devices) / rate + 2 * layers * took,
    )


def silent(devices, layers, weights, cache, memory, rate, sums):
    case = (devices, layers, weights, cache, memory, rate, sums)
    return chosen(
        *case,
        fits=lambda t, s: weights / t / s + cache / devices <= memory,
        step=lambda t, s, took: weights / t / rate,
    )


def broken_layers(devices, layers, weights, cache, memory, rate, sums):
    case = (devices, layers, weights, cache, memory, rate, sums)
    return chosen(
        *case,
        fits=lambda t, s: weights / t / s + cache / devices <= memory,
        step=lambda t, s, took: (weights / t + cache / devices) / rate + 2 * layers * took,
        whole=False,
    )


def one_sum(devices, layers, weights, cache, memory, rate, sums):
    case = (devices, layers, weights, cache, memory, rate, sums)
    return chosen(
        *case,
        fits=lambda t, s: weights / t / s + cache / devices <= memory,
        step=lambda t, s, took: (weights / t + cache / devices) / rate + layers * took,
    )


def most_tensor(devices, layers, weights, cache, memory, rate, sums):
    """Take as many devices to a matrix as there can be."""
    for tensor, _ in sums[::-1]:
        for stages in range(1, devices + 1):
            held = weights / tensor / stages + cache / devices
            if devices % (tensor * stages) == 0 == layers % stages and held <= memory:
                return [tensor, stages, devices // tensor // stages]
    return []


def least_tensor(devices, layers, weights, cache, memory, rate, sums):
    """Take as few devices to a matrix as there can be."""
    return most_tensor(devices, layers, weights, cache, memory, rate, sums[::-1])


def megatron(widths):
    return ["row" if at % 2 else "column" for at in range(len(widths) - 1)]


def columns(widths):
    return ["column"] * (len(widths) - 1)


def tall_or_wide(widths):
    return ["row" if after > before else "column" for before, after in pairwise(widths)]


def rows(widths):
    return ["row"] * (len(widths) - 1)


def open_end(widths):
    """Leave the last output in parts where that is cheaper."""
    whole, split = (0, []), (math.inf, [])
    for before, after in pairwise(widths):
        start, fewer = min(whole, (split[0] + before, split[1])), min(whole, split)
        split, whole = (
            (start[0], start[1] + ["column"]),
            (fewer[0] + 2 * after, fewer[1] + ["row"]),
        )
    return min(whole, split)[1]


def in_order(tokens, experts, devices):
    return np.repeat(np.arange(devices), experts // devices)


def like_cards(tokens, experts, devices):
    return [expert % devices for expert in range(experts)]


def where_asked_most(tokens, experts, devices):
    """Put each expert where most of its tokens live, without a look at the room."""
    found = []
    for expert in range(experts):
        homes = [home for home, chosen in tokens if expert in chosen] or [0]
        found.append(max(range(devices), key=homes.count))
    return found


def groups(tokens, experts, devices):
    """List the experts of each device, in place of the devices of each expert."""
    each = experts // devices
    return [list(range(d * each, d * each + each)) for d in range(devices)]


def fewest_devices(tokens, experts, devices):
    """Keep the experts of a token together, wherever the token lives."""

    def touched(where):
        return sum(len({where[e] for e in chosen}) for _, chosen in tokens)

    places = [place // (experts // devices) for place in range(experts)]
    return min(permutations(places), key=touched)


PLANTED = {
    "12.6": [
        ("without a look at the memory", by_speed_alone),
        ("the cache takes no memory", weights_alone_fit),
        ("sums cost nothing", silent),
        ("layers that do not divide", broken_layers),
        ("one sum a layer", one_sum),
        ("sums cost nothing", most_tensor),
        ("", least_tensor),
    ],
    "12.7": [
        ("column and row by turns", megatron),
        ("everything by columns", columns),
        ("every matrix for itself", tall_or_wide),
        ("the end may stay in parts", open_end),
        ("", rows),
    ],
    "12.8": [
        ("the experts in their order", in_order),
        ("the experts dealt like cards", like_cards),
        ("a device holds too many experts", where_asked_most),
        ("not one device for each expert", groups),
        ("more is sent than need be", fewest_devices),
    ],
}
