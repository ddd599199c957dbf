"""Answers about the KV cache as learners write them: right in other styles, and wrong.

A wrong one stands with the mistake that the grader must name, or "" where it must only fail.
Written without the package's own list of mistakes, so that one can be held against the other.
"""

from __future__ import annotations

import math
from bisect import bisect_left

import numpy as np


def layer_by_layer(tokens, n_layers, window, global_every):
    kept = 0
    for number in range(1, n_layers + 1):
        kept += tokens if number % global_every == 0 else min(tokens, window)
    return kept


def as_an_array(tokens, n_layers, window, global_every):
    whole = np.arange(1, n_layers + 1) % global_every == 0
    return np.where(whole, tokens, np.minimum(tokens, window)).sum()


def group_by_group(values, bits, group, scale_bits):
    return values // group * (group * bits + scale_bits) / 8


def heads_a_chip(kv_bytes, n_kv_heads, tp):
    return kv_bytes / n_kv_heads * math.ceil(n_kv_heads / tp)


def one_copy_of_each_head(kv_bytes, n_kv_heads, tp):
    copies = max(1, tp // n_kv_heads)
    return copies * kv_bytes / tp


def one_after_another(hbm_gib, chips, weight_bytes, reserved_gib, sequence_bytes):
    free, batch = chips * (hbm_gib - reserved_gib) * 1024**3 - weight_bytes, 0
    while free >= sequence_bytes:
        free -= sequence_bytes
        batch += 1
    return batch


def chip_by_chip(hbm_gib, chips, weight_bytes, reserved_gib, sequence_bytes):
    free = (hbm_gib - reserved_gib) * 2**30 - weight_bytes / chips
    return max(0, math.floor(free / (sequence_bytes / chips)))


def in_order(needed, usable, slices):
    for chips in sorted(slices):
        if chips * usable >= needed:
            return chips
    return 0


def searched(needed, usable, slices):
    slices = sorted(slices)
    at = bisect_left([chips * usable for chips in slices], needed)
    return slices[at] if at < len(slices) else 0


RIGHT = {
    "05.1": [
        ("integers", lambda layers, h, k, d, bits: layers * 2 * k * d * bits // 8),
        ("product", lambda layers, h, k, d, bits: np.prod([layers, 2, k, d]) * (bits / 8)),
    ],
    "05.2": [("loop", layer_by_layer), ("array", as_an_array)],
    "05.3": [
        ("groups", group_by_group),
        ("bits a value", lambda n, bits, group, scale: n * (bits + scale / group) / 8),
    ],
    "05.4": [
        ("integers", lambda layers, h, rank, rope, bits: layers * (rank + rope) * bits // 8),
        ("two parts", lambda n, h, r, p, bits: n * r * bits / 8 + n * p * bits / 8),
    ],
    "05.5": [("heads of a chip", heads_a_chip), ("copies", one_copy_of_each_head)],
    "05.6": [("loop", one_after_another), ("of one chip", chip_by_chip)],
    "05.7": [("sorted", in_order), ("bisection", searched)],
}


def window_never_short(tokens, layers, *rule):
    window, every = rule
    wide = layers // every
    return wide * tokens + (layers - wide) * window


def window_and_one(tokens, layers, *rule):
    window, every = rule
    total = 0
    for layer in range(1, layers + 1):
        total += tokens if layer % every == 0 else min(tokens, window + 1)
    return total


def counted_from_zero(tokens, layers, *rule):
    window, every = rule
    return sum(tokens if layer % every == 0 else min(tokens, window) for layer in range(layers))


def swapped(tokens, layers, *rule):
    window, every = rule
    return sum(
        min(tokens, window) if layer % every == 0 else tokens for layer in range(1, layers + 1)
    )


def decimal_gib(hbm, chips, weights, *rest):
    reserved, sequence = rest
    return max(0, int((chips * (hbm - reserved) * 10**9 - weights) // sequence))


def reserved_once(hbm, chips, weights, *rest):
    reserved, sequence = rest
    return max(0, int(((chips * hbm - reserved) * 2**30 - weights) // sequence))


def no_weights(hbm, chips, weights, *rest):
    reserved, sequence = rest
    return int(chips * (hbm - reserved) * 2**30 // sequence)


def one_chip(hbm, chips, weights, *rest):
    reserved, sequence = rest
    return max(0, int(((hbm - reserved) * 1024**3 - weights) // sequence))


def negative(hbm, chips, weights, *rest):
    reserved, sequence = rest
    return int((chips * (hbm - reserved) * 2**30 - weights) // sequence)


def weights_on_every_chip(hbm, chips, weights, *rest):
    reserved, sequence = rest
    return max(0, int(chips * ((hbm - reserved) * 2**30 - weights) // sequence))


def strictly_larger(needed, usable, slices):
    for chips in sorted(slices):
        if chips * usable > needed:
            return chips
    return 0


def as_listed(needed, usable, slices):
    for chips in slices:
        if chips * usable >= needed:
            return chips
    return 0


def next_power(needed, usable, slices):
    chips = 1
    while chips * usable < needed:
        chips *= 2
    return chips


def last_resort(needed, usable, slices):
    for chips in sorted(slices):
        if chips * usable >= needed:
            return chips
    return max(slices)


PLANTED = {
    "05.1": [
        ("all query heads", lambda layers, h, k, d, bits: layers * 2 * h * d * bits / 8),
        ("keys without values", lambda layers, h, k, d, bits: layers * k * d * (bits / 8)),
        ("bits for bytes", lambda layers, h, k, d, bits: layers * 2 * k * d * bits),
        ("one layer only", lambda layers, h, k, d, bits: 2 * k * d * bits / 8),
        ("whole bytes per value", lambda layers, h, k, d, bits: 2 * layers * k * d * (bits // 8)),
        ("", lambda layers, h, k, d, bits: 2 * layers * (h // k) * d * bits / 8),
    ],
    "05.2": [
        ("windows ignored", lambda tokens, layers, window, every: layers * tokens),
        ("every layer windowed", lambda t, layers, w, every: layers * (t if t < w else w)),
        ("a window is always full", window_never_short),
        ("one token too many in the window", window_and_one),
        ("an incomplete group has a global layer", counted_from_zero),
        ("global and windowed layers swapped", swapped),
        ("", lambda t, layers, w, every: layers // every * t + layers * min(t, w)),
    ],
    "05.3": [
        ("scales forgotten", lambda n, bits, group, scale: n * bits / 8),
        ("a scale for every value", lambda n, bits, group, scale: n * bits / 8 + n * scale / 8),
        ("one scale for all", lambda n, bits, group, scale: n * bits / 8 + scale / 8),
        ("bits for bytes", lambda n, bits, group, scale: n * bits + n // group * scale),
        ("the scale's bits", lambda n, bits, group, scale: n * bits / 8 + n // group * scale),
        ("", lambda n, bits, group, scale: (n * bits + 2 * n // group * scale) / 8),
    ],
    "05.4": [
        ("a latent for keys and one", lambda n, h, r, p, bits: 2 * n * (r + p) * bits / 8),
        ("a latent for every head", lambda n, h, r, p, bits: n * h * (r + p) * bits // 8),
        ("the rotated key forgotten", lambda n, h, r, p, bits: n * r * bits / 8),
        ("a rotated key for every head", lambda n, h, r, p, bits: n * (r + h * p) * bits / 8),
        ("bits for bytes", lambda n, h, r, p, bits: n * (r + p) * bits),
        ("", lambda n, h, r, p, bits: n * (2 * r + p) * bits / 8),
    ],
    "05.5": [
        ("heads cut into pieces", lambda kv, heads, tp: kv / tp),
        ("total for per-chip", lambda kv, heads, tp: kv * 1.0),
        ("always one head", lambda kv, heads, tp: kv / heads),
        ("a copy on every chip", lambda kv, heads, tp: kv / tp if heads >= tp else kv),
        ("", lambda kv, heads, tp: kv / max(heads, tp)),
    ],
    "05.6": [
        ("GB for GiB", decimal_gib),
        ("reserved once for all chips", reserved_once),
        ("weights forgotten", no_weights),
        ("one chip for all", one_chip),
        ("fewer than no sequences", negative),
        ("", weights_on_every_chip),
    ],
    "05.7": [
        ("chips that are not for rent", lambda needed, usable, slices: math.ceil(needed / usable)),
        ("rounded up to a power of two", next_power),
        ("exactly full does not count", strictly_larger),
        ("the first in the list", as_listed),
        ("the largest slice where none fits", last_resort),
        ("", lambda needed, usable, slices: min(slices, key=lambda n: abs(n * usable - needed))),
    ],
}
