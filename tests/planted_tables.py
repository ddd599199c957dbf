"""Wrong answers about tables of servers as learners write them, with the mistake to be named.

The name is "" where no listed mistake fits. Written without the package's own list of mistakes, so
that one can be held against the other.
"""

from __future__ import annotations

import numpy as np


def too_many_bytes(rows, weights, memory):
    return [i for i, row in enumerate(rows) if row[0] * memory < weights]


def twins_alone(rows, weights, memory):
    labels = {}
    for chips, *run in rows:
        labels.setdefault(tuple(run), set()).add(chips)
    return [i for i, (_, *run) in enumerate(rows) if len(labels[tuple(run)]) > 1]


def either(rows, weights, memory, twin):
    fits = [weights <= row[0] * memory for row in rows]
    return [i for i, row in enumerate(rows) if not fits[i] or twin(i, row)]


def listed_twice(rows, weights, memory):
    runs = [row[1:] for row in rows]
    return either(rows, weights, memory, lambda i, row: runs.count(row[1:]) > 1)


def second_of_two(rows, weights, memory):
    seen = {}
    found = []
    for i, (chips, *run) in enumerate(rows):
        labels = seen.setdefault(tuple(run), set())
        if chips * memory < weights or labels - {chips}:
            found.append(i)
        labels.add(chips)
    return found


def by_the_time_a_token(rows, weights, memory):
    def twin(i, row):
        return any(row[0] != r[0] and row[3] == r[3] for r in rows)

    return either(rows, weights, memory, twin)


def by_times(rows, weights, memory):
    def twin(i, row):
        return any(row[0] != r[0] and row[2:] == r[2:] for r in rows)

    return either(rows, weights, memory, twin)


def by_closeness(rows, weights, memory):
    def twin(i, row):
        return any(r[0] != row[0] and np.allclose(r[1:], row[1:], rtol=0.01) for r in rows)

    return either(rows, weights, memory, twin)


def on_one_chip(rows, weights, memory):
    twins = twins_alone(rows, weights, memory)
    return [i for i in range(len(rows)) if weights > memory or i in twins]


def only_when_it_does_not_fit(rows, weights, memory):
    doubtful = either(rows, weights, memory, lambda i, row: False)
    return [i for i in doubtful if i in twins_alone(rows, weights, memory)]


def whole_rows(rows, weights, memory):
    return [rows[i] for i in right_rows(rows, weights, memory)]


def right_rows(rows, weights, memory):
    twins = twins_alone(rows, weights, memory)
    return either(rows, weights, memory, lambda i, row: i in twins)


def twins_of_what_fits(rows, weights, memory):
    """Acquit the twin of a row whose weights do not fit."""
    possible = [row for row in rows if weights <= row[0] * memory]
    twins = [row for row in possible if any(r[0] != row[0] and r[1:] == row[1:] for r in possible)]
    return either(rows, weights, memory, lambda i, row: row in twins)


def faster(rows, seconds):
    return [i for i, row in enumerate(rows) if row[4] / 1e3 < seconds(*row[:4])]


def without_caches(rows, rate):
    return faster(rows, lambda n, w, u, c: w / (n * rate))


def a_cache(rows, rate):
    return faster(rows, lambda n, w, u, c: (w + c) / n / rate)


def on_each_chip(rows, rate):
    return faster(rows, lambda n, w, u, c: (w + u * c) / rate)


def caches_not_cut(rows, rate):
    return faster(rows, lambda n, w, u, c: w / n / rate + u * c / rate)


def of_every_user(rows, rate):
    return faster(rows, lambda n, w, u, c: sum(w + c for _ in range(u)) / (n * rate))


def in_seconds(rows, rate):
    return [i for i, (n, w, u, c, t) in enumerate(rows) if t < (w + u * c) / (n * rate)]


def per_user(rows, rate):
    return faster(rows, lambda n, w, u, c: (w + u * c) / (n * rate) / u)


def the_longer(rows, rate):
    return faster(rows, lambda n, w, u, c: max(w / n / rate, u * c / n / rate))


def the_slower(rows, rate):
    slow = set(range(len(rows))) - set(faster(rows, lambda n, w, u, c: (w + u * c) / n / rate))
    return sorted(slow)


def caches_alone(rows, rate):
    return faster(rows, lambda n, w, u, c: u * c / (n * rate))


def near_the_floor(rows, rate):
    return faster(rows, lambda n, w, u, c: 1.5 * (w + u * c) / (n * rate))


PLANTED = {
    "17.1": [
        ("twins are believed", too_many_bytes),
        ("weights that do not fit are believed", twins_alone),
        ("a copy is taken for a contradiction", listed_twice),
        ("only one of two twins", second_of_two),
        ("one time is enough for a twin", by_the_time_a_token),
        ("other users, and yet the same run", by_times),
        ("nearly equal is not equal", by_closeness),
        ("all weights on one chip", on_one_chip),
        ("both reasons are asked for", only_when_it_does_not_fit),
        ("", whole_rows),
        ("a twin is acquitted by the other", twins_of_what_fits),
    ],
    "17.2": [
        ("the caches are free", without_caches),
        ("one cache for all", a_cache),
        ("one chip reads for all", on_each_chip),
        ("only the weights are shared out", caches_not_cut),
        ("weights read for every user", of_every_user),
        ("milliseconds taken for seconds", in_seconds),
        ("a step shared among the users", per_user),
        ("the larger of the two", the_longer),
        ("the rows that can be", the_slower),
        ("", caches_alone),
        ("", near_the_floor),
    ],
}
