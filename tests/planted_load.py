"""Wrong answers about rates, goodput and its knee, with the mistake of each."""

from __future__ import annotations

from itertools import pairwise


def counts_for_rates(requests, begin, end):
    done = [r for r in requests if begin <= r[1][-1] < end]
    return [len(done), sum(r[2] for r in done), sum(len(r[1]) for r in done)]


def from_zero(requests, begin, end):
    return [count / end for count in counts_for_rates(requests, begin, end)]


def whole_log(requests, begin, end):
    return _rates(requests, end - begin)


def by_arrival(requests, begin, end):
    return _rates([r for r in requests if begin <= r[0] < end], end - begin)


def end_included(requests, begin, end):
    return _rates([r for r in requests if begin <= r[1][-1] <= end], end - begin)


def _rates(done, seconds):
    counts = len(done), sum(r[2] for r in done), sum(len(r[1]) for r in done)
    return [count / seconds for count in counts]


def gaps_as_output(requests, begin, end):
    done = [r for r in requests if begin <= r[1][-1] < end]
    s = end - begin
    return [len(done) / s, sum(r[2] for r in done) / s, sum(len(r[1]) - 1 for r in done) / s]


def _good(requests, ttft, tpot):
    return sum(
        t[0] - a <= ttft and (len(t) == 1 or (t[-1] - t[0]) / (len(t) - 1) <= tpot)
        for a, t in requests
    )


def or_for_and(requests, *limits):
    ttft, tpot, window = limits
    good = 0
    for a, t in requests:
        if t[0] - a <= ttft or len(t) == 1 or (t[-1] - t[0]) / (len(t) - 1) <= tpot:
            good += 1
    return good / window


def strictly_below(requests, *limits):
    ttft, tpot, window = limits
    good = 0
    for a, t in requests:
        later = (t[-1] - t[0]) / (len(t) - 1) if len(t) > 1 else 0
        good += t[0] - a < ttft and later < tpot
    return good / window


def busy_window(requests, *limits):
    seconds = max(t[-1] for _, t in requests) - min(a for a, _ in requests)
    return _good(requests, *limits[:2]) / seconds


def clock_of_the_test(requests, *limits):
    return _good([(0, tokens) for _, tokens in requests], *limits[:2]) / limits[2]


def no_guard(requests, *limits):
    ttft, tpot, window = limits
    tpots = [(t[-1] - t[0]) / (len(t) - 1) for _, t in requests]
    pairs = zip(requests, tpots, strict=True)
    return sum(t[0] - a <= ttft and later <= tpot for (a, t), later in pairs) / window


def one_token_fails(requests, *limits):
    ttft, tpot, window = limits
    good = [
        1
        for a, t in requests
        if len(t) > 1 and t[0] - a <= ttft and (t[-1] - t[0]) / (len(t) - 1) <= tpot
    ]
    return len(good) / window


def any_that_passes(points, share):
    return max([x for x, y in points if y / x >= share] or [0])


def in_their_order(points, share):
    best = 0
    for x, y in points:
        if y >= share * x:
            best = x
        else:
            return best
    return best


def peak(points, share):
    return sorted(points, key=lambda p: p[1])[-1][0]


def height_of_the_knee(points, share):
    best = 0
    for x, y in sorted(points):
        if y < share * x:
            break
        best = y
    return best


def first_failure(points, share):
    for x, y in sorted(points):
        if y < share * x:
            return x
    return 0


def no_gap_too_long(requests, *limits):
    ttft, tpot, window = limits
    good = 0
    for arrival, t in requests:
        slow = [k for k in range(1, len(t)) if t[k] - t[k - 1] > tpot]
        good += t[0] - arrival <= ttft and not slow
    return good / window


def above_the_share(points, share):
    passed = 0
    for x, y in sorted(points):
        if y <= share * x:
            break
        passed = x
    return passed


def own_times(requests, begin, end):
    """Count each token by its own time, and the prompts of those that ended."""
    done = [r for r in requests if begin <= r[1][-1] < end]
    written = sum(begin <= at < end for _, tokens, _ in requests for at in tokens)
    s = end - begin
    return [len(done) / s, sum(r[2] for r in done) / s, written / s]


def wholly_inside(requests, begin, end):
    return _rates([r for r in requests if begin <= r[0] and r[1][-1] < end], end - begin)


def first_token_decides(requests, begin, end):
    return _rates([r for r in requests if begin <= r[1][0] < end], end - begin)


def with_a_gap(pick):
    """Take one number for the TPOT, picked from a request's gaps."""

    def goodput(requests, *limits):
        ttft, tpot, window = limits
        good = 0
        for arrival, tokens in requests:
            gaps = [later - earlier for earlier, later in pairwise(tokens)]
            good += tokens[0] - arrival <= ttft and (not gaps or pick(gaps) <= tpot)
        return good / window

    return goodput


def end_to_end_over_tokens(requests, *limits):
    ttft, tpot, window = limits
    good = [r for r in requests if r[1][0] - r[0] <= ttft]
    return sum((t[-1] - a) / len(t) <= tpot for a, t in good) / window


def over_all_tokens(requests, *limits):
    ttft, tpot, window = limits
    ok = [t[0] - a <= ttft and (t[-1] - t[0]) / len(t) <= tpot for a, t in requests]
    return ok.count(True) / window


def from_the_top(points, share):
    for x, y in sorted(points, reverse=True):
        if y >= share * x:
            return x
    return 0


def most_lost(points, share):
    return max((x for x, y in points if x - y <= 1 - share), default=0)


def none_where_all_pass(points, share):
    last = 0
    for x, y in sorted(points):
        if y / x < share:
            return last
        last = x
    return None


PLANTED = {
    "06.4": [
        ("counts called rates", counts_for_rates),
        ("divided by the window's end", from_zero),
        ("requests outside the window count", whole_log),
        ("the arrival decides", by_arrival),
        ("the window's end belongs to it", end_included),
        ("the first token is no output", gaps_as_output),
        ("tokens counted by their own times", own_times),
        ("", wholly_inside),
        ("", first_token_decides),
    ],
    "06.5": [
        ("a count called a rate", lambda r, ttft, tpot, window: _good(r, ttft, tpot)),
        ("a share called a rate", lambda r, ttft, tpot, w: _good(r, ttft, tpot) / len(r)),
        ("throughput", lambda r, ttft, tpot, window: len(r) / window),
        ("one limit is enough", or_for_and),
        ("at the limit is too late", strictly_below),
        ("a window of its own", busy_window),
        ("one token is never good", one_token_fails),
        ("the clock starts at 0", clock_of_the_test),
        ("one token divides by zero", no_guard),
        ("every gap has to keep the limit", no_gap_too_long),
        ("not all gaps count", with_a_gap(lambda gaps: gaps[0])),
        ("not all gaps count", with_a_gap(lambda gaps: gaps[-1])),
        ("not all gaps count", with_a_gap(min)),
        ("", with_a_gap(lambda gaps: sum(gaps) / (len(gaps) + 2))),
        ("not all gaps count", with_a_gap(lambda gaps: (gaps[0] + gaps[-1]) / 2)),
        ("", with_a_gap(lambda gaps: sum(gaps))),
        ("tokens counted instead of gaps", over_all_tokens),
        ("the first wait is in the TPOT", end_to_end_over_tokens),
    ],
    "06.6": [
        ("a lucky point beyond the knee", any_that_passes),
        ("the points as they are listed", in_their_order),
        ("the highest goodput", peak),
        ("goodput for the offered rate", height_of_the_knee),
        ("the first rate that fails", first_failure),
        ("just at the share is too little", above_the_share),
        ("no answer where all pass", none_where_all_pass),
        ("a lucky point beyond the knee", from_the_top),
        ("", most_lost),
        ("", lambda points, share: sum(y >= share * x for x, y in points)),
    ],
}
