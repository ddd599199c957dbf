"""Wrong answers about rules that decide while a server runs.

The name is that of the mistake that must be named, "" where no listed one fits. Written without the
package's own list of mistakes, so that one can be held against the other.
"""

from __future__ import annotations

import math


def router(key, *, full=lambda count, seats: count >= seats):
    """Answer the first exercise by another order."""

    def answer(unread, found, sent, seats):
        places = [i for i in range(len(unread)) if not full(sent[i], seats)]
        places = places or list(range(len(unread)))
        return min(places, key=lambda i: key(unread[i], found[i], sent[i], i))

    return answer


def soonest(unread, found, sent, i):
    return (unread - found, sent, i)


def door(limit=lambda most, paid: most if paid else most / 2, *, own=1, others=1, late=False):
    """Answer the second exercise with one thing done otherwise."""

    def answer(unread, prompt, paid, rate, most):
        seconds = (others * unread + own * prompt) / rate
        bound = limit(most, paid)
        return seconds < bound if late else seconds <= bound

    return answer


def scaler(expected=lambda inside, before: max(inside, 2 * inside - before), rounded=math.ceil):
    """Answer the third exercise with one thing done otherwise."""

    def answer(inside, before, target, least, most):
        count = rounded(expected(inside, before) / target)
        return min(most, max(least, count))

    return answer


class Breaker:
    """Answer the fourth exercise with one thing done otherwise."""

    def __init__(self, *, more=0, again=True, strict=False, forget=True, once=True, first=False):
        self.more, self.again, self.strict = more, again, strict
        self.forget, self.once, self.first = forget, once, first

    def over(self, waited, pause):
        return self.again and (waited > pause if self.strict else waited >= pause)

    def answer(self, requests, most, pause):
        told, row, last = [], 0, 0
        for now, well in requests:
            is_open = row >= most + self.more
            if is_open and not self.over(now - last, pause):
                told.append(0)
                continue
            if is_open and not self.once:
                row = 0
            told.append(1)
            if well:
                row, last = (0, last) if self.forget else (row, now)
            else:
                begins = not self.first or row == 0 or row >= most
                last = now if begins else last
                row = min(most, row + 1) if self.first else row + 1
        return told


def unsent_counted(requests, most, pause):
    told, row, last = [], 0, 0
    for now, well in requests:
        told.append(1 if row < most or now - last >= pause else 0)
        row = 0 if well else row + 1
        last = now
    return told


def breaker(**options):
    return lambda *case: Breaker(**options).answer(*case)


def filler(price=lambda rate, rent: rent / rate, *, full=False, minus=True, order=True):
    """Answer the fifth exercise with one thing done otherwise."""

    def answer(rate, pools, filled):
        rates, left = [0.0 for _ in pools], rate
        places = list(range(len(pools)))
        if order:
            places.sort(key=lambda i: price(*pools[i]))
        for i in places:
            rates[i] = min(left, pools[i][0] * (1 if full else filled))
            left -= rates[i] if minus else 0
        return rates

    return answer


PLANTED = {
    "16.1": [
        ("what is found is read", router(lambda u, f, n, i: (u, n, i))),
        (
            "the longest prefix first",
            router(lambda u, f, n, i: (-f, n, i)),
        ),
        ("the fewest requests first", router(lambda u, f, n, i: (n, u - f, i))),
        ("seats do not matter", router(soonest, full=lambda n, seats: False)),
        ("one seat too many", router(soonest, full=lambda n, seats: n > seats)),
        ("equals by their number", router(lambda u, f, n, i: (u - f, i))),
        ("", lambda unread, found, sent, seats: 0),
        ("", lambda unread, found, sent, seats: sent.index(max(sent))),
    ],
    "16.2": [
        ("the own prompt left out", door(own=0)),
        ("those before left out", door(others=0)),
        ("nobody before others", door(lambda most, paid: most)),
        ("the other way round", door(lambda most, paid: most / 2 if paid else most)),
        ("on the limit is too late", door(late=True)),
        (
            "tokens for seconds",
            lambda u, p, paid, rate, most: u + p <= (most if paid else most / 2),
        ),
        ("", lambda u, p, paid, rate, most: u <= p),
        ("", lambda u, p, paid, rate, most: paid),
    ],
    "16.3": [
        ("too late", scaler(lambda inside, before: inside)),
        ("a fall goes on", scaler(lambda inside, before: 2 * inside - before)),
        ("rounded down", scaler(rounded=math.floor)),
        ("a replica too many", scaler(rounded=lambda x: math.floor(x) + 1)),
        ("growth alone", scaler(lambda inside, before: max(0, inside - before))),
        ("growth twice", scaler(lambda inside, before: max(inside, 3 * inside - 2 * before))),
        ("", lambda inside, before, target, least, most: most),
    ],
    "16.4": [
        ("failures are never forgotten", breaker(forget=False)),
        ("one failure more", breaker(more=1)),
        ("never tried again", breaker(again=False)),
        ("the pause never ends in time", breaker(strict=True)),
        ("all at once", breaker(once=False)),
        ("the pause since the first failure", breaker(first=True)),
        ("those that were not sent", unsent_counted),
        ("", lambda requests, most, pause: [1 for _ in requests]),
        ("", lambda requests, most, pause: [well for _, well in requests]),
    ],
    "16.5": [
        ("the lowest rent first", filler(lambda rate, rent: rent)),
        ("the dearest first", filler(lambda rate, rent: -rent / rate)),
        ("filled to the brim", filler(full=True)),
        ("rest not counted", filler(minus=False)),
        ("in the order of the list", filler(order=False)),
        ("", lambda rate, pools, filled: [rate / len(pools) for _ in pools]),
        ("", lambda rate, pools, filled: [filled * most for most, _ in pools]),
    ],
}
