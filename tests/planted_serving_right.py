"""Right answers about production serving in the styles that learners have: loops, NumPy, search."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import count

import numpy as np


def by_compare(prompts, size):
    """Hold each prompt against every earlier one, token by token."""
    found = []
    for number, prompt in enumerate(prompts):
        best = 0
        for old in prompts[:number]:
            alike = 0
            while alike < min(len(old), len(prompt)) and old[alike] == prompt[alike]:
                alike += 1
            best = max(best, alike // size)
        found.append(size * min(best, (len(prompt) - 1) // size))
    return found


def by_hash(prompts, size):
    """Name each block by the hash of the name before it and its tokens."""
    known, found = set(), []
    for prompt in prompts:
        name, names = 0, []
        for start in range(0, len(prompt) - size + 1, size):
            name = hash((name, tuple(prompt[start : start + size])))
            names.append(name)
        hits = 0
        while hits < len(names) and names[hits] in known and (hits + 1) * size < len(prompt):
            hits += 1
        known.update(names)
        found.append(hits * size)
    return found


def by_search(prompt, users, limit, rate):
    best = 1
    for piece in range(1, prompt + 1):
        if (piece + users) / rate > limit:
            break
        best = piece
    left, steps = prompt, 0
    while left > 0:
        left, steps = left - best, steps + 1
    return [best, steps]


def by_floor(prompt, users, limit, rate):
    room = int(np.floor(limit * rate)) - users
    piece = room if room < prompt else prompt
    return np.array([piece, math.ceil(prompt / piece)])


def bit_by_bit(layers, heads, width, tokens, bits, gbit, ports):
    return float(Fraction(layers * heads * width * tokens * bits * 2, gbit * ports * 10**9))


def token_by_token(layers, heads, width, tokens, bits, gbit, ports):
    one = layers * (heads * width * bits + heads * width * bits) / 8
    return tokens * one * 8 / (gbit * 10**9) / ports


def least(kv, token, rate, latency):
    """Search by doubling, then by halving, with exact sums."""
    kv, token, rate, latency = map(Fraction, (kv, token, rate, latency))
    saved = token - kv / rate
    if saved <= 0:
        return 0
    high = 1
    while latency >= high * saved:
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if latency >= middle * saved else (low, middle)
    return high


def by_doubling(kv, token, tiers):
    return [least(kv, token, rate, latency) for rate, latency in tiers]


def by_arrays(kv, token, tiers):
    rates, waits = np.array(tiers, dtype=float).T
    saved = token - kv / rates
    safe = np.where(saved > 0, saved, 1.0)
    return np.where(saved > 0, np.floor(waits / safe).astype(int) + 1, 0)


def by_sorting(cached, loads, limit):
    rows = [(load >= limit, i) for i, load in enumerate(loads)]
    free = [i for full, i in rows if not full]
    if free:
        return sorted(free, key=lambda i: (-cached[i], loads[i]))[0]
    return loads.index(min(loads))


def by_loop(cached, loads, limit):
    best = None
    for i, (blocks, load) in enumerate(zip(cached, loads, strict=True)):
        if load >= limit:
            continue
        if best is None or (blocks, -load) > (cached[best], -loads[best]):
            best = i
    return int(np.argmin(loads)) if best is None else best


def one_user_after_another(users, chips, memory, weights, cache):
    held, used = 0, weights
    while used + cache <= chips * memory:
        held, used = held + 1, used + cache
    return math.ceil(users / held)


def server_by_server(users, chips, memory, weights, cache):
    held, servers = int((chips * memory - weights) / cache), 0
    while users > 0:
        users, servers = users - held, servers + 1
    return servers


def weighted(rate, new, prefix, hit, token, output, step, batch):
    reading = hit * new * token + (1 - hit) * (new + prefix) * token
    return math.ceil(rate * (reading + output / batch * step))


def enough(rate, new, prefix, hit, token, output, step, batch):
    busy = rate * ((new + (1 - hit) * prefix) * token + output * step / batch)
    return next(n for n in count(1) if n >= busy)


RIGHT = {
    "13.1": [("compare", by_compare), ("hash", by_hash)],
    "13.2": [("search", by_search), ("floor", by_floor)],
    "13.3": [("bits", bit_by_bit), ("tokens", token_by_token)],
    "13.4": [("doubling", by_doubling), ("arrays", by_arrays)],
    "13.5": [("sorting", by_sorting), ("loop", by_loop)],
    "13.6": [("users", one_user_after_another), ("servers", server_by_server)],
    "13.7": [("weighted", weighted), ("enough", enough)],
}
