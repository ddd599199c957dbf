"""Wrong answers about quantization, with the mistake that must be named.

The name is "" where no listed mistake fits. Written without the package's own list of mistakes, so
that one can be held against the other.
"""

from __future__ import annotations

import math

import numpy as np


def span(weights):
    return max([*weights, 0]) - min([*weights, 0])


def sixteen_steps(weights, bits):
    step = span(weights) / 2**bits
    return [step, round(-min([*weights, 0]) / step)]


def symmetric(weights, bits):
    return (max(abs(w) for w in weights) / (2 ** (bits - 1) - 1), 0)


def from_end_to_end(weights, bits):
    step = (max(weights) - min(weights)) / (2**bits - 1)
    return [step, round(-min(weights) / step)]


def fraction_of_a_level(weights, bits):
    step = span(weights) / (2**bits - 1)
    return [step, -min([*weights, 0]) / step]


def below_zero(weights, bits):
    step = span(weights) / (2**bits - 1)
    return [step, round(min([*weights, 0]) / step)]


def floor_of_the_level(weights, bits):
    step = span(weights) / (2**bits - 1)
    return [step, math.floor(-min([*weights, 0]) / step)]


def minimum(weights, bits):
    return np.array([span(weights) / (2**bits - 1), min([*weights, 0])])


def signed_levels(weights, bits):
    """Number the levels from -2^(bits - 1), as some files do."""
    step = span(weights) / (2**bits - 1)
    return [step, round(-min([*weights, 0]) / step) - 2 ** (bits - 1)]


def parts(inputs, group):
    return math.ceil(inputs / group)


def codes_alone(inputs, bits, group, scale, zero):
    return bits


def scales_alone(inputs, bits, group, scale, zero):
    return bits + parts(inputs, group) * scale / inputs


def all_have_one(inputs, bits, group, scale, zero):
    return bits + scale + zero


def one_for_all(inputs, bits, group, scale, zero):
    return bits + (scale + zero) / inputs


def whole_groups(inputs, bits, group, scale, zero):
    return bits + math.floor(inputs / group) * (scale + zero) / inputs


def even_groups(inputs, bits, group, scale, zero):
    return bits + (scale + zero) / group


def of_the_row(inputs, bits, group, scale, zero):
    return inputs * bits + parts(inputs, group) * (scale + zero)


def in_bytes(inputs, bits, group, scale, zero):
    return (inputs * bits + parts(inputs, group) * (scale + zero)) / inputs / 8


def padded(inputs, bits, group, scale, zero):
    """Store the last group at full length."""
    groups = parts(inputs, group)
    return groups * (group * bits + scale + zero) / inputs


def vectors(tokens, layers, heads):
    return 2 * tokens * layers * heads


def keys_alone(tokens, layers, heads, d_head, bits):
    return tokens * layers * heads * ((16 - bits) * d_head - 32) / 8


def free_scales(tokens, layers, heads, d_head, bits):
    return vectors(tokens, layers, heads) * (16 - bits) * d_head / 8


def no_zero(tokens, layers, heads, d_head, bits):
    return vectors(tokens, layers, heads) * ((16 - bits) * d_head - 16) / 8


def scale_each(tokens, layers, heads, d_head, bits):
    return vectors(tokens, layers, heads) * (16 - bits - 32) * d_head / 8


def scale_a_token(tokens, layers, heads, d_head, bits):
    values = vectors(tokens, layers, heads) * d_head
    return (values * (16 - bits) - 2 * tokens * layers * 32) / 8


def in_bits(tokens, layers, heads, d_head, bits):
    return vectors(tokens, layers, heads) * ((16 - bits) * d_head - 32)


def remaining(tokens, layers, heads, d_head, bits):
    return vectors(tokens, layers, heads) * (bits * d_head + 32) / 8


def from_floats(tokens, layers, heads, d_head, bits):
    return vectors(tokens, layers, heads) * ((32 - bits) * d_head - 32) / 8


def of_a_layer(tokens, layers, heads, d_head, bits):
    return vectors(tokens, 1, heads) * ((16 - bits) * d_head - 32) / 8


def share(tokens, layers, heads, d_head, bits):
    """Return the part that is saved."""
    return 1 - (bits * d_head + 32) / (16 * d_head)


PLANTED = {
    "11.1": [
        ("a step too many", sixteen_steps),
        ("a symmetric grid", symmetric),
        ("zero may be off the grid", from_end_to_end),
        ("a zero point between two levels", fraction_of_a_level),
        ("a zero point of the wrong sign", below_zero),
        ("a zero point cut off", floor_of_the_level),
        ("the smallest weight for the zero point", minimum),
        ("", signed_levels),
    ],
    "11.2": [
        ("the codes alone", codes_alone),
        ("no zero points", scales_alone),
        ("a scale for every weight", all_have_one),
        ("one scale for the row", one_for_all),
        ("the last group forgotten", whole_groups),
        ("as if the groups came out even", even_groups),
        ("the whole row", of_the_row),
        ("bytes for bits", in_bytes),
        ("", padded),
    ],
    "11.5": [
        ("keys or values", keys_alone),
        ("scales are free", free_scales),
        ("no zero points", no_zero),
        ("a scale for every value", scale_each),
        ("one scale for all heads", scale_a_token),
        ("bits for bytes", in_bits),
        ("what is left", remaining),
        ("from 32 bits", from_floats),
        ("one layer", of_a_layer),
        ("", share),
    ],
}
