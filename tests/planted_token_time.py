"""Wrong answers about the time a token and its error, with the mistake that must be named.

The name is "" where no listed mistake fits. Written without the package's own list of mistakes, so
that one can be held against the other.
"""

from __future__ import annotations

import statistics

import numpy as np


def times(kernels, peak, rate):
    """Return calls, seconds of multiplying, seconds of moving and launches, a column each."""
    calls, flops, moved, compute, memory, launch = np.array(kernels, dtype=float).T
    return calls, flops / compute / peak, moved / memory / rate, launch


def others(users, prompt, tokens):
    return (users - 1) * prompt / tokens


def both_added(kernels, peak, rate, *load):
    calls, a, b, launch = times(kernels, peak, rate)
    return float(calls @ (a + b + launch)) + others(*load)


def shorter(kernels, peak, rate, *load):
    calls, a, b, launch = times(kernels, peak, rate)
    return float(calls @ (np.minimum(a, b) + launch)) + others(*load)


def one_roof_for_all(kernels, peak, rate, *load):
    calls, a, b, launch = times(kernels, peak, rate)
    return float(max(calls @ a, calls @ b) + calls @ launch) + others(*load)


def bytes_only(kernels, peak, rate, *load):
    calls, _, b, launch = times(kernels, peak, rate)
    return float(calls @ (b + launch)) + others(*load)


def no_launch(kernels, peak, rate, *load):
    calls, a, b, _ = times(kernels, peak, rate)
    return float(calls @ np.maximum(a, b)) + others(*load)


def launched_once(kernels, peak, rate, *load):
    calls, a, b, launch = times(kernels, peak, rate)
    return float(calls @ np.maximum(a, b) + launch.sum()) + others(*load)


def once(kernels, peak, rate, *load):
    _, a, b, launch = times(kernels, peak, rate)
    return float(np.sum(np.maximum(a, b) + launch)) + others(*load)


def at_peak(kernels, peak, rate, *load):
    step = sum(n * (max(f / peak, b / rate) + t) for n, f, b, _, _, t in kernels)
    return step + others(*load)


def multiplied_by_shares(kernels, peak, rate, *load):
    step = sum(n * (max(f / peak * c, b / rate * m) + t) for n, f, b, c, m, t in kernels)
    return step + others(*load)


def alone(kernels, peak, rate, users, prompt, tokens):
    return both(kernels, peak, rate)


def both(kernels, peak, rate):
    calls, a, b, launch = times(kernels, peak, rate)
    return float(calls @ (np.maximum(a, b) + launch))


def with_my_own(kernels, peak, rate, users, prompt, tokens):
    return both(kernels, peak, rate) + users * prompt / tokens


def one_prompt(kernels, peak, rate, users, prompt, tokens):
    return both(kernels, peak, rate) + prompt / tokens


def at_every_token(kernels, peak, rate, users, prompt, tokens):
    return both(kernels, peak, rate) + (users - 1) * prompt


def divided(kernels, peak, rate, users, prompt, tokens):
    return both(kernels, peak, rate) + (users - 1) * prompt / tokens / users


def steps_for_each(kernels, peak, rate, users, prompt, tokens):
    """Take a step for every user."""
    return users * both(kernels, peak, rate) + others(users, prompt, tokens)


def whole_answer(kernels, peak, rate, users, prompt, tokens):
    return tokens * both(kernels, peak, rate) + (users - 1) * prompt


def spread(errors):
    return [float(np.percentile(errors, q)) for q in (50, 90)]


def relative(rows):
    return [abs(p - m) / m for p, m, _ in rows]


def clean(rows):
    return [row for row in rows if row[2] == "ok"]


def flagged(rows):
    return [row for row in rows if row[2] != "ok"]


def signs_kept(rows):
    return [v for part in (clean(rows), rows) for v in spread([p / m - 1 for p, m, _ in part])]


def upside_down(rows):
    return [v for part in (clean(rows), rows) for v in spread([abs(m / p - 1) for p, m, _ in part])]


def ratios(rows):
    return [v for part in (clean(rows), rows) for v in spread([p / m for p, m, _ in part])]


def absolute(rows):
    return [v for part in (clean(rows), rows) for v in spread([abs(p - m) for p, m, _ in part])]


def in_one_go(rows):
    return spread(relative(rows)) * 2


def good_news_only(rows):
    return spread(relative(clean(rows))) * 2


def good_and_bad(rows):
    return spread(relative(clean(rows))) + spread(relative(flagged(rows) or rows))


def other_order(rows):
    return spread(relative(rows)) + spread(relative(clean(rows)))


def mean_and_tail(rows):
    found = []
    for part in (clean(rows), rows):
        errors = relative(part)
        found += [statistics.fmean(errors), float(np.percentile(errors, 90))]
    return found


def no_place_between(rows):
    found = []
    for part in (clean(rows), rows):
        errors = sorted(relative(part))
        found += [errors[int(q * (len(errors) - 1))] for q in (0.5, 0.9)]
    return found


def worst_for_tail(rows):
    found = []
    for part in (clean(rows), rows):
        errors = relative(part)
        found += [statistics.median(errors), max(errors)]
    return found


def exclusive(rows):
    found = []
    for part in (clean(rows), rows):
        errors = relative(part)
        found += [statistics.median(errors), statistics.quantiles(errors, n=10)[-1]]
    return found


def error_of_the_middle(rows):
    """Take the error of the median ratio, which hides all scatter."""
    found = []
    for part in (clean(rows), rows):
        found.append(abs(statistics.median(p / m for p, m, _ in part) - 1))
        found.append(float(np.percentile(relative(part), 90)))
    return found


PLANTED = {
    "17.5": [
        ("multiplying and moving added", both_added),
        ("the shorter of the two", shorter),
        ("the larger of the sums", one_roof_for_all),
        ("memory alone", bytes_only),
        ("launches forgotten", no_launch),
        ("one launch for all calls", launched_once),
        ("every kernel called once", once),
        ("the floor", at_peak),
        ("the shares upside down", multiplied_by_shares),
        ("nobody's prompt", alone),
        ("everybody's prompt", with_my_own),
        ("one other user", one_prompt),
        ("whole prompts at every token", at_every_token),
        ("prompts shared out among the users", divided),
        ("", steps_for_each),
        ("", whole_answer),
    ],
    "17.6": [
        ("errors that cancel", signs_kept),
        ("a part of what was predicted", upside_down),
        ("the ratio in place of its error", ratios),
        ("milliseconds in place of a ratio", absolute),
        ("no row is left out", in_one_go),
        ("only the clean rows are scored", good_news_only),
        ("the rows in doubt for all rows", good_and_bad),
        ("all rows first", other_order),
        ("the mean for the median", mean_and_tail),
        ("one of the errors, never between two", no_place_between),
        ("the largest error", worst_for_tail),
        ("", exclusive),
        ("", error_of_the_middle),
    ],
}
