"""Answers about merges and streamed text as learners write them: right in other styles, and wrong.

A wrong one stands with the mistake that the grader must name, or "" where it must only fail.
Written without the package's own list of mistakes, so that one can be held against the other.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import partial
from itertools import groupby

# ruff: noqa: B905, RUF005, RUF007


def replaced(ids, new_id, *, pair):
    out, i = [], 0
    while i < len(ids):
        hit = tuple(ids[i : i + 2]) == tuple(pair)
        out, i = [*out, new_id if hit else ids[i]], i + (2 if hit else 1)
    return out


def counted(ids, new_id):
    pair, _ = Counter(zip(ids, ids[1:])).most_common(1)[0]
    return replaced(ids, new_id, pair=pair)


def earliest_of_the_best(ids, new_id):
    counts = {}
    for i in range(len(ids) - 1):
        counts[ids[i], ids[i + 1]] = counts.get((ids[i], ids[i + 1]), 0) + 1
    best = max(counts.values())
    a, b = next(pair for pair in zip(ids, ids[1:]) if counts[pair] == best)
    out = []
    for token in ids:  # the last one may wait for its partner
        if token == b and out and out[-1] == (a,):
            out[-1] = new_id
        else:
            out.append((a,) if token == a else token)
    return [float(token[0] if isinstance(token, tuple) else token) for token in out]


def first_hit_only(ids, new_id):
    pair, _ = Counter(zip(ids, ids[1:])).most_common(1)[0]
    i = list(zip(ids, ids[1:])).index(pair)
    return ids[:i] + [new_id] + ids[i + 2 :]


def largest_of_ties(ids, new_id):
    counts = Counter(zip(ids, ids[1:]))
    return replaced(ids, new_id, pair=sorted(counts, key=lambda p: (counts[p], p))[-1])


def smallest_of_ties(ids, new_id):
    counts = Counter(zip(ids, ids[1:]))
    return replaced(ids, new_id, pair=min(counts, key=lambda p: (-counts[p], p)))


def tokens_used_twice(ids, new_id):
    a, b = Counter(zip(ids, ids[1:])).most_common(1)[0][0]
    out = []
    for i, token in enumerate(ids):
        out.append(new_id if token == a and ids[i + 1 : i + 2] == [b] else token)
    return out


def from_the_right(ids, new_id):
    a, b = Counter(zip(ids, ids[1:])).most_common(1)[0][0]
    out, i = [], len(ids) - 1
    while i >= 0:
        if i and ids[i - 1] == a and ids[i] == b:
            out.insert(0, new_id)
            i -= 2
        else:
            out.insert(0, ids[i])
            i -= 1
    return out


def runs_count_by_twos(ids, new_id):
    text = "".join(map(chr, ids))
    pairs = [text[i : i + 2] for i in range(len(text) - 1)]
    best = max(pairs, key=text.count)
    return [*map(ord, text.replace(best, chr(new_id)))]


def either_order(ids, new_id):
    pair = Counter(frozenset(p) for p in zip(ids, ids[1:])).most_common(1)[0][0]
    out, i = [], 0
    while i < len(ids):
        hit = i + 1 < len(ids) and frozenset(ids[i : i + 2]) == pair
        out, i = [*out, new_id if hit else ids[i]], i + (2 if hit else 1)
    return out


def pairs_side_by_side(ids, new_id):
    pair, _ = Counter(zip(ids[::2], ids[1::2])).most_common(1)[0]
    return replaced(ids, new_id, pair=pair)


def pieces_joined_first(pieces, stops):
    for n in range(len(pieces) + 1):
        text = "".join(pieces[:n])
        ends = [text.index(stop) for stop in stops if stop in text]
        if ends:
            return text[: min(ends)]
    return text


def by_pattern(pieces, stops):
    pattern, shown = re.compile("|".join(map(re.escape, stops))), ""
    for piece in pieces:
        shown += piece
        if hit := pattern.search(shown):
            return shown[: hit.start()]
    return shown


def window_of_the_longest(pieces, stops):
    reach, out = max(map(len, stops)) - 1, ""
    for piece in pieces:
        start, out = max(0, len(out) - reach), out + piece
        found = sorted(out.find(stop, start) for stop in stops)
        if found[-1] >= 0:
            return out[: next(at for at in found if at >= 0)]
    return out


def stop_included(pieces, stops):
    out = ""
    for piece in pieces:
        out += piece
        ends = [(out.index(s), len(s)) for s in stops if s in out]
        if ends:
            return out[: sum(min(ends))]
    return out


def piecewise_stop(pieces, stops):
    out = ""
    for piece in pieces:
        for stop in stops:
            if stop in piece:
                return out + piece.split(stop)[0]
        out += piece
    return out


def endswith_only(pieces, stops):
    out = ""
    for piece in pieces:
        out += piece
        for stop in stops:
            if out.endswith(stop):
                return out.removesuffix(stop)
    return out


def last_piece_dropped(pieces, stops):
    out = ""
    for piece in pieces:
        if any(stop in out + piece for stop in stops):
            break
        out += piece
    return out


def two_pieces_at_a_time(pieces, stops):
    out = last = ""
    for piece in pieces:
        out += piece
        if any(stop in last + piece for stop in stops):
            return out[: min(out.index(stop) for stop in stops if stop in out)]
        last = piece
    return out


def as_listed(pieces, stops, find=str.find):
    out = ""
    for piece in pieces:
        out += piece
        for stop in stops:
            if stop in out:
                return out[: find(out, stop)]
    return out


def look_back(pieces, stops, reach):
    out = ""
    for piece in pieces:
        seen, out = out[-reach:] + piece, out + piece
        found = [seen.find(stop) for stop in stops if stop in seen]
        if found:
            return out[: len(out) - len(seen) + min(found)]
    return out


def half_a_stop_held_back(pieces, stops):
    out = by_pattern(pieces, stops)
    tails = [n for stop in stops for n in range(1, len(stop)) if out.endswith(stop[:n])]
    return out[: len(out) - max(tails, default=0)]


def at_the_very_end(pieces, stops):
    text = "".join(pieces)
    for stop in sorted(stops, key=lambda stop: text.find(stop) % (len(text) + 1)):
        text = text.split(stop)[0]
    return text


RIGHT = {
    "02.1": [("Counter", counted), ("dictionary, floats", earliest_of_the_best)],
    "02.5": [
        ("prefixes", pieces_joined_first),
        ("regular expression", by_pattern),
        ("window", window_of_the_longest),
    ],
}

PLANTED = {
    "02.1": [
        ("only the first occurrence", first_hit_only),
        ("ties go to the largest pair", largest_of_ties),
        ("merged tokens used twice", tokens_used_twice),
        ("overlapping pairs merged from the right", from_the_right),
        ("overlapping pairs counted once", runs_count_by_twos),
        ("ties go to the smallest pair", smallest_of_ties),
        ("", either_order),
        ("every second pair left out", pairs_side_by_side),
        ("", lambda ids, new_id: counted(ids, max(ids) + 1)),
        ("", lambda ids, new_id: [k for k, _ in groupby(counted(ids, new_id))]),
    ],
    "02.5": [
        ("each token checked alone", piecewise_stop),
        ("the stop string is sent", stop_included),
        ("only the end of the text is searched", endswith_only),
        ("text before the stop is lost", last_piece_dropped),
        ("stop strings are ignored", lambda pieces, stops: "".join(pieces)),
        ("the first stop of the list", as_listed),
        ("", lambda pieces, stops: as_listed(pieces, stops, str.rfind)),
        ("the look-back is too short", two_pieces_at_a_time),
        *[("the look-back is too short", partial(look_back, reach=n)) for n in (10, 16, 20)],
        ("", half_a_stop_held_back),
        ("tokens read that were never made", at_the_very_end),
        ("", lambda pieces, stops: by_pattern(pieces, stops).strip()),
        ("", lambda pieces, stops: by_pattern(pieces, stops[:1])),
    ],
}
