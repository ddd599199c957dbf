"""Wrong rejection loops as learners write them, with the mistake that must be named.

The name is "" where no listed mistake fits. Written without the package's own list of mistakes, so
that one can be held against the other.
"""

from __future__ import annotations

import random

import numpy as np


def positive(a, b):
    return np.maximum(np.array(a) - np.array(b), 0)


def pick(weights, u):
    """Walk through probabilities, most probable first, as the draw of the second chapter does."""
    weights = np.asarray(weights, dtype=float)
    weights = weights / weights.sum()
    order = np.argsort(-weights, kind="stable")
    at = int(np.searchsorted(np.cumsum(weights[order]), u, side="right"))
    return int(order[min(at, len(order) - 1)])


def play(drafts, q, p, uniforms, *, stands=None, rest=None, last=None, chance=None):
    """Play all rounds; the keywords are what may be wrong."""
    stands = stands or (lambda u, a, b: u < a / b)
    rest = rest or (lambda a, b, x: positive(a, b))
    last = p[-1] if last is None else last
    chance = chance or (lambda u, at: u[-1])
    out = []
    for draft, u in zip(drafts, uniforms, strict=True):
        at = 0
        while at < len(draft) and stands(u[at], p[at][draft[at]], q[at][draft[at]]):
            at += 1
        weights = last if at == len(draft) else rest(p[at], q[at], draft[at])
        out.append([*draft[:at], pick(weights, chance(u, at))])
    return out


def trusting(drafts, q, p, uniforms):
    return play(drafts, q, p, uniforms, stands=lambda *_: True)


def no_dice(drafts, q, p, uniforms):
    return play(drafts, q, p, uniforms, stands=lambda u, a, b: a >= b)


def inverse_ratio(drafts, q, p, uniforms):
    return play(drafts, q, p, uniforms, stands=lambda u, a, b: a == 0 or u < b / a)


def under_q(drafts, q, p, uniforms):
    return play(drafts, q, p, uniforms, stands=lambda u, a, b: u < b)


def under_p(drafts, q, p, uniforms):
    return play(drafts, q, p, uniforms, stands=lambda u, a, b: u < a)


def rejects_below(drafts, q, p, uniforms):
    return play(drafts, q, p, uniforms, stands=lambda u, a, b: u >= a / b)


def whole_p(drafts, q, p, uniforms):
    return play(drafts, q, p, uniforms, rest=lambda a, b, x: a)


def whole_q(drafts, q, p, uniforms):
    return play(drafts, q, p, uniforms, rest=lambda a, b, x: b)


def anything_else(drafts, q, p, uniforms):
    def rest(a, b, x):
        return [0 if i == x else v for i, v in enumerate(a)]

    return play(drafts, q, p, uniforms, rest=rest)


def known_listing(drafts, q, p, uniforms):
    """Keep q of the drafted token alone, and subtract that number from all of p."""

    def rest(a, b, x):
        left = positive(a, b[x])
        return left if left.any() else a

    return play(drafts, q, p, uniforms, rest=rest)


def absolute(drafts, q, p, uniforms):
    return play(drafts, q, p, uniforms, rest=lambda a, b, x: np.abs(np.array(a) - b))


def not_divided(drafts, q, p, uniforms):
    """Walk through what is left as it is, and end with the last token."""

    def rest(a, b, x):
        left = positive(a, b)
        left[-1] += 1 - left.sum()
        return left

    return play(drafts, q, p, uniforms, rest=rest)


def argmax(drafts, q, p, uniforms):
    def rest(a, b, x):
        left = positive(a, b)
        return left == left.max()

    return play(drafts, q, p, uniforms, rest=rest)


def flat(drafts, q, p, uniforms):
    return play(drafts, q, p, uniforms, rest=lambda a, b, x: positive(a, b) > 0)


def row_before(drafts, q, p, uniforms):
    return play(drafts, q, p, uniforms, last=p[-2])


def bonus_of_draft(drafts, q, p, uniforms):
    return play(drafts, q, p, uniforms, last=q[-1])


def one_number_for_both(drafts, q, p, uniforms):
    """Draw with the uniform that has just rejected, walking by id."""
    out = []
    for draft, u in zip(drafts, uniforms, strict=True):
        text = []
        for at, x in enumerate(draft):
            if u[at] >= p[at][x] / q[at][x]:
                sums = np.cumsum(positive(p[at], q[at]))
                text.append(int(np.searchsorted(sums / sums[-1], u[at], side="right")))
                break
            text.append(x)
        else:
            text.append(pick(p[-1], u[-1]))
        out.append(text)
    return out


def no_extra(drafts, q, p, uniforms):
    return [text[: len(drafts[0])] for text in play(drafts, q, p, uniforms)]


def cut_at_rejection(drafts, q, p, uniforms):
    whole = len(p)
    return [text if len(text) == whole else text[:-1] for text in play(drafts, q, p, uniforms)]


def only_what_stands(drafts, q, p, uniforms):
    return [text[:-1] for text in play(drafts, q, p, uniforms)]


def wrong_one_too(drafts, q, p, uniforms):
    out = []
    for draft, text in zip(drafts, play(drafts, q, p, uniforms), strict=True):
        kept = len(text) - 1
        out.append([*draft[: kept + 1], text[-1]])
    return out


def new_tokens(drafts, q, p, uniforms):
    return [text[-1:] for text in play(drafts, q, p, uniforms)]


def place_by_place(drafts, q, p, uniforms):
    """Judge every place by itself, and put another token where one is rejected."""
    out = []
    for draft, u in zip(drafts, uniforms, strict=True):
        text = []
        for at, x in enumerate(draft):
            stands = u[at] < p[at][x] / q[at][x]
            text.append(x if stands else pick(positive(p[at], q[at]), random.Random(at).random()))
        out.append([*text, pick(p[-1], u[-1])])
    return out


def those_that_stand(drafts, q, p, uniforms):
    """Keep every token that would stand by itself, also behind a rejected one."""
    out = []
    for draft, u, text in zip(drafts, uniforms, play(drafts, q, p, uniforms), strict=True):
        kept = [x for at, x in enumerate(draft) if u[at] < p[at][x] / q[at][x]]
        out.append([*kept, text[-1]])
    return out


def one_list(drafts, q, p, uniforms):
    return [token for text in play(drafts, q, p, uniforms) for token in text]


def without_drafts(drafts, q, p, uniforms):
    """Write what the model alone would write: the law is right, and nothing is accepted."""
    return [[pick(p[0], u[-1])] for u in uniforms]


PLANTED = {
    "10.2": [
        ("everything is accepted", trusting),
        ("accepted only where p is not below q", no_dice),
        ("the ratio upside down", inverse_ratio),
        ("the uniform is held against q", under_q),
        ("the uniform is held against p", under_p),
        ("", rejects_below),
        ("p after a rejection", whole_p),
        ("q after a rejection", whole_q),
        ("p without the rejected token", anything_else),
        ("one number of q for all tokens", known_listing),
        ("too much counted as too little", absolute),
        ("what is left is not scaled", not_divided),
        ("always the likeliest of what is left", argmax),
        ("what is left taken for equal", flat),
        ("the bonus token from another row", row_before),
        ("the bonus token from the draft", bonus_of_draft),
        ("the uniform that rejected draws as well", one_number_for_both),
        ("no bonus token", no_extra),
        ("nothing in the place of a rejected token", cut_at_rejection),
        ("", only_what_stands),
        ("the rejected token stays", wrong_one_too),
        ("the accepted tokens are left out", new_tokens),
        ("it goes on after a rejection", place_by_place),
        ("it goes on after a rejection", those_that_stand),
        ("not one list for each round", one_list),
        ("the accepted tokens are left out", without_drafts),
    ]
}
