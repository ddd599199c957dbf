"""Wrong answers about parallelism, with the mistake that must be named.

The name is "" where no listed mistake fits. Written without the package's own list of mistakes, so
that one can be held against the other.
"""

from __future__ import annotations

import math


def once_round(size, n):
    return size * (n - 1) / n


def twice_the_array(size, n):
    return 2 * size


def of_all(size, n):
    return sum(2 * size * (n - 1) / n for _ in range(n))


def to_everybody(size, n):
    return size * (n - 1)


def a_share_twice(size, n):
    return size / n * 2


def one_step_more(size, n):
    """Count 2n - 1 steps of a share."""
    return (2 * n - 1) * size / n


def vectors(d_model, batch, bits):
    return d_model * batch * bits / 8


def one_a_layer(layers, d_model, batch, n, bits):
    return (layers + 1) * 2 * (n - 1) / n * vectors(d_model, batch, bits)


def layers_alone(layers, d_model, batch, n, bits):
    return 4 * layers * (n - 1) / n * vectors(d_model, batch, bits)


def one_user(layers, d_model, batch, n, bits):
    return (2 * layers + 1) * 2 * (n - 1) / n * d_model * bits / 8


def gathered(layers, d_model, batch, n, bits):
    return (2 * layers + 1) * (n - 1) / n * vectors(d_model, batch, bits)


def whole_arrays(layers, d_model, batch, n, bits):
    return (2 * layers + 1) * 2 * vectors(d_model, batch, bits)


def in_bits(layers, d_model, batch, n, bits):
    return (2 * layers + 1) * 2 * (n - 1) / n * d_model * batch * bits


def all_devices(layers, d_model, batch, n, bits):
    return (2 * layers + 1) * 2 * (n - 1) * vectors(d_model, batch, bits)


def three_a_layer(layers, d_model, batch, n, bits):
    return (3 * layers + 1) * 2 * (n - 1) / n * vectors(d_model, batch, bits)


def textbook(stages, m):
    return (len(stages) - 1) / (m + len(stages) - 1)


def all_slow(stages, m):
    total = (len(stages) + m - 1) * max(stages)
    return 1 - m * sum(stages) / len(stages) / total


def no_overlap(stages, m):
    return 1 - 1 / len(stages)


def one_more(stages, m):
    total = sum(stages) + m * max(stages)
    return 1 - m * sum(stages) / (len(stages) * total)


def at_work(stages, m):
    return m * sum(stages) / (len(stages) * (sum(stages) + (m - 1) * max(stages)))


def first_stage_paces(stages, m):
    total = sum(stages) + (m - 1) * stages[0]
    return 1 - m * sum(stages) / (len(stages) * total)


def head_bytes(layers, d_head, tokens, bits):
    return 2 * layers * d_head * tokens * bits / 8


def divided(layers, heads, d_head, tokens, bits, n, kv_cut):
    return heads * head_bytes(layers, d_head, tokens, bits) / n


def never_shared(layers, heads, d_head, tokens, bits, n, kv_cut):
    return max(1, heads // n) * head_bytes(layers, d_head, tokens, bits)


def by_all_devices(layers, heads, d_head, tokens, bits, n, kv_cut):
    tokens = math.ceil(tokens / n) if kv_cut == "sequence" else tokens
    return max(1, heads // n) * head_bytes(layers, d_head, tokens, bits)


def emptiest(layers, heads, d_head, tokens, bits, n, kv_cut):
    share = tokens // max(1, n // heads) if kv_cut == "sequence" else tokens
    return max(1, heads // n) * head_bytes(layers, d_head, share, bits)


def always_shared(layers, heads, d_head, tokens, bits, n, kv_cut):
    share = math.ceil(tokens / max(1, n // heads))
    return max(1, heads // n) * head_bytes(layers, d_head, share, bits)


def all_heads(layers, heads, d_head, tokens, bits, n, kv_cut):
    return heads * head_bytes(layers, d_head, tokens, bits)


def all_distinct(experts, active, tokens):
    return min(tokens * active, experts)


def of_one(experts, active, tokens):
    return active


def unread(experts, active, tokens):
    return experts * ((experts - active) / experts) ** tokens


def only_one_each(experts, active, tokens):
    return experts - experts * (1 - 1 / experts) ** tokens


def with_repeats(experts, active, tokens):
    return experts * (1 - (1 - 1 / experts) ** (tokens * active))


def in_percent(experts, active, tokens):
    return 100 * (1 - (1 - active / experts) ** tokens)


PLANTED = {
    "12.1": [
        ("round once", once_round),
        ("its own share is sent, too", twice_the_array),
        ("all devices together", of_all),
        ("everything to everybody", to_everybody),
        ("one share", a_share_twice),
        ("", one_step_more),
    ],
    "12.2": [
        ("one sum a layer", one_a_layer),
        ("the embedding is forgotten", layers_alone),
        ("one sequence", one_user),
        ("round once", gathered),
        ("its own share is sent, too", whole_arrays),
        ("bits for bytes", in_bits),
        ("all devices together", all_devices),
        ("", three_a_layer),
    ],
    "12.3": [
        ("as if all stages were alike", textbook),
        ("all stages are as slow as the slowest", all_slow),
        ("one micro-batch after the other", no_overlap),
        ("one micro-batch too many", one_more),
        ("the share that works", at_work),
        ("", first_stage_paces),
    ],
    "12.4": [
        ("copies that cost nothing", divided),
        ("the tokens are not shared out", never_shared),
        ("tokens shared by all devices", by_all_devices),
        ("the last tokens are left out", emptiest),
        ("copies share their tokens", always_shared),
        ("", all_heads),
    ],
    "12.5": [
        ("as if no two tokens chose the same", all_distinct),
        ("one token's experts", of_one),
        ("the experts that nobody chose", unread),
        ("one expert a token", only_one_each),
        ("a token may choose an expert twice", with_repeats),
        ("", in_percent),
    ],
}
