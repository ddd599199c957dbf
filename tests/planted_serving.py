"""Wrong answers about production serving.

The name is that of the mistake that must be named, "" where no listed one fits. Written without the
package's own list of mistakes, so that one can be held against the other.
"""

from __future__ import annotations

import math


def finder(*, step=None, last=True, keep=True, own=False, gap=False, count=False):
    """Answer the first exercise with one thing done otherwise."""

    def answer(prompts, size):
        known, found = set(), []
        for prompt in prompts:
            width = step or size
            ends = range(width, len(prompt) + 1, width)
            names = [
                tuple(prompt[end - width : end]) if own else (end, tuple(prompt[:end]))
                for end in ends
            ]
            if gap:
                names = [(end, tuple(prompt[end - width : end])) for end in ends]
            hits = 0
            for name, end in zip(names, ends, strict=True):
                usable = name in known and (end < len(prompt) or not last)
                if usable:
                    hits += 1 if count else width
                elif not gap:
                    break
            known = known | set(names) if keep else set(names)
            found.append(hits)
        return found

    return answer


def chunk(*, users=1, more=0, least=True, steps=None):
    """Answer the second exercise with one thing done otherwise."""

    def answer(prompt, waiting, limit, rate):
        room = math.floor(limit * rate) + more - users * waiting
        piece = min(prompt, room) if least else room
        count = steps(prompt, piece) if steps else math.ceil(prompt / piece)
        return [piece, count]

    return answer


def sent(layers=True, both=2, ports=True, unit=8, billion=1e9):
    """Answer the third exercise with one thing done otherwise."""

    def answer(n, heads, width, tokens, bits, gbit, lines):
        size = both * (n if layers else 1) * heads * width * tokens * bits / 8
        return size / (gbit * billion / unit) / (lines if ports else 1)

    return answer


def tiers_by(rule):
    """Answer the fourth exercise by a rule for latency, saved time and the time of a token."""
    return lambda kv, token, tiers: [rule(late, token - kv / rate, token) for rate, late in tiers]


def never_else(rule):
    return tiers_by(lambda late, saved, token: rule(late, saved) if saved > 0 else 0)


def route(key, *, full=lambda load, limit: load >= limit, spill=None):
    """Answer the fifth exercise by another order."""

    def answer(cached, loads, limit):
        places = range(len(loads))
        free = [i for i in places if not full(loads[i], limit)]
        if not free:
            rule = spill or (lambda i, cached, loads: (loads[i], i))
            return min(places, key=lambda i: rule(i, cached, loads))
        return min(free, key=lambda i: key(i, cached, loads))

    return answer


def longest(i, cached, loads):
    return (-cached[i], loads[i], i)


def hosts(held, rounded=math.ceil):
    """Answer the sixth exercise by another room for users."""

    def answer(users, chips, memory, weights, cache):
        return rounded(users / held(chips, memory, weights, cache))

    return answer


def right_room(chips, memory, weights, cache):
    return (chips * memory - weights) // cache


def replicas(*, read=None, write=True, many=True, rounded=math.ceil):
    """Answer the seventh exercise with a part of it left out."""

    def answer(rate, new, prefix, hit, token, output, step, batch):
        tokens = read(new, prefix, hit) if read else new + (1 - hit) * prefix
        busy = tokens * token
        if write:
            busy += output * step / (batch if many else 1)
        return rounded(rate * busy)

    return answer


PLANTED = {
    "13.1": [
        ("blocks that are not full", finder(step=1)),
        ("the last token is found", finder(last=False)),
        ("a block by its own tokens", finder(own=True)),
        ("on past a gap", finder(gap=True)),
        ("the latest prompt alone", finder(keep=False)),
        ("blocks counted", finder(count=True)),
        ("", lambda prompts, size: [size + hits for hits in finder()(prompts, size)]),
        ("", lambda prompts, size: [0 for _ in prompts]),
    ],
    "13.2": [
        ("the users take no part", chunk(users=0)),
        ("rounded down", chunk(steps=lambda prompt, piece: prompt // piece)),
        ("a step too many", chunk(steps=lambda prompt, piece: prompt // piece + 1)),
        ("longer than the prompt", chunk(least=False)),
        ("the limit is passed", chunk(more=1)),
        ("tokens of the users twice", chunk(users=2)),
        ("", chunk(more=-1)),
        ("", lambda *case: chunk()(*case)[::-1]),
    ],
    "13.3": [
        ("bytes for bits", sent(unit=1)),
        ("keys without values", sent(both=1)),
        ("one layer only", sent(layers=False)),
        ("one port", sent(ports=False)),
        ("binary billions", sent(billion=1024**3)),
        ("", lambda *case: 1000 * sent()(*case)),
        ("", sent(both=4)),
    ],
    "13.4": [
        ("as soon is sooner", never_else(lambda late, saved: math.ceil(late / saved))),
        ("rounded to the nearest", never_else(lambda late, saved: round(late / saved))),
        ("fetching itself is free", tiers_by(lambda late, saved, token: int(late / token) + 1)),
        ("no latency", never_else(lambda late, saved: 1)),
        (
            "always some day",
            tiers_by(lambda late, saved, _: math.floor(late / saved) + 1 if saved > 0 else 1),
        ),
        ("", never_else(lambda late, saved: math.floor(late / saved) + 2)),
        ("", lambda kv, token, tiers: [16 for _ in tiers]),
    ],
    "13.5": [
        ("nobody is ever full", route(longest, full=lambda load, limit: False)),
        ("one more than the limit", route(longest, full=lambda load, limit: load > limit)),
        (
            "the least loaded first",
            route(
                lambda i, cached, loads: (loads[i], -cached[i], i),
                spill=lambda i, cached, loads: (loads[i], -cached[i], i),
            ),
        ),
        ("equals by their number", route(lambda i, cached, loads: (-cached[i], i))),
        ("the longest prefix of the full", route(longest, spill=longest)),
        ("the shortest prefix", route(lambda i, cached, loads: (cached[i], loads[i], i))),
        ("", lambda cached, loads, limit: route(longest)(cached, loads, limit) + 1),
        ("", lambda cached, loads, limit: len(loads) - 1),
    ],
    "13.6": [
        ("one chip holds all", hosts(lambda n, b, w, kv: (b - w / n) // kv)),
        ("each chip counted", hosts(lambda n, b, w, kv: n * (n * b - w) // kv)),
        ("weights left out", hosts(lambda n, b, w, kv: n * b // kv)),
        ("weights on every chip", hosts(lambda n, b, w, kv: n * (b - w) // kv)),
        ("rounded down", hosts(right_room, math.floor)),
        ("a server too many", hosts(right_room, lambda x: math.floor(x) + 1)),
        ("a part of a user", hosts(lambda n, b, w, kv: (n * b - w) / kv)),
        ("", hosts(right_room, lambda x: 2 * math.ceil(x))),
        ("", lambda users, n, *rest: n * hosts(right_room)(users, n, *rest)),
    ],
    "13.7": [
        ("hits counted as misses", replicas(read=lambda new, prefix, hit: new + hit * prefix)),
        ("new tokens found", replicas(read=lambda new, prefix, hit: (1 - hit) * (new + prefix))),
        ("every prefix read", replicas(read=lambda new, prefix, hit: new + prefix)),
        ("answers left out", replicas(write=False)),
        ("one answer at a time", replicas(many=False)),
        ("rounded down", replicas(rounded=math.floor)),
        ("a replica too many", replicas(rounded=lambda x: math.floor(x) + 1)),
        ("", replicas(rounded=lambda x: math.ceil(x) + 1)),
        ("", replicas(read=lambda new, prefix, hit: 0)),
    ],
}
