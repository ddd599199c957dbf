"""Wrong answers about what a draft is worth, with the mistake that must be named.

The name is "" where no listed mistake fits. Written without the package's own list of mistakes, so
that one can be held against the other.
"""

from __future__ import annotations

import math

import numpy as np


def over(weights):
    weights = np.asarray(weights, dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        return weights / weights.sum()


def popular_listing(p, q, x):
    """Subtract the probability that the draft gave to its token, as a known listing does."""
    adjusted = np.clip(np.array(p) - q[x], 0, None)
    return adjusted / adjusted.sum() if adjusted.any() else p


def model_again(p, q, x):
    return list(p)


def model_without(p, q, x):
    kept = np.array(p)
    kept[x] = 0
    return over(kept)


def remainder_as_it_is(p, q, x):
    left = [a - b if a > b else 0.0 for a, b in zip(p, q, strict=True)]
    return left if any(left) else p


def remainder_to_the_rejected(p, q, x):
    """Give what is missing of 1 to the token that was turned down."""
    left = [max(0, a - b) for a, b in zip(p, q, strict=True)]
    left[x] += 1 - sum(left)
    return left


def distance_of_both(p, q, x):
    off = np.abs(np.array(p) - q)
    return over(off) if off.any() else p


def other_way_round(p, q, x):
    left = np.maximum(np.array(q) - p, 0)
    return over(left) if left.any() else p


def overlap(p, q, x):
    return over(np.minimum(p, q))


def no_guard(p, q, x):
    left = [max(0, a - b) for a, b in zip(p, q, strict=True)]
    return [v / sum(left) for v in left]


def no_guard_in_numpy(p, q, x):
    return over(np.maximum(np.array(p) - np.array(q), 0))


def empty_handed(p, q, x):
    left = np.maximum(np.array(p) - q, 0)
    return left / (left.sum() or 1)


def exponential(p, q, x):
    return over(np.exp(np.array(p) - q))


def series(alpha, terms):
    return math.fsum(alpha**i for i in terms)


def accepted_or_corrected(alpha, gamma):
    """Count a token of the model only where it corrects one."""
    accepted = series(alpha, range(1, gamma + 1))
    return accepted + 1 - alpha**gamma


def one_power_short(alpha, gamma):
    return (1 - alpha**gamma) / (1 - alpha)


def what_stands(alpha, gamma):
    return series(alpha, range(1, gamma + 1))


def mean_of_a_binomial(alpha, gamma):
    return 1 + gamma * alpha


def whole_draft_or_nothing(alpha, gamma):
    return alpha**gamma * (gamma + 1) + (1 - alpha**gamma)


def part_of_all(alpha, gamma):
    return alpha * (1 + gamma)


def for_ever(alpha, gamma):
    return gamma + 1 if alpha == 1 else 1 / (1 - alpha)


def closed_form(alpha, gamma):
    return (1 - alpha ** (gamma + 1)) / (1 - alpha)


def closed_form_with_a_slip(alpha, gamma):
    return gamma if alpha == 1 else (1 - alpha ** (gamma + 1)) / (1 - alpha)


def most_likely_length(alpha, gamma):
    return 1 + max(range(gamma + 1), key=lambda n: alpha**n * (1 - alpha if n < gamma else 1))


def factor(alpha, gamma, spent, plain, *, terms=None):
    return series(alpha, terms or range(gamma + 1)) * plain / spent


def slower(alpha, gamma, draft, verify, decode):
    return 1 / factor(alpha, gamma, gamma * draft + verify, decode)


def draft_in_one_go(alpha, gamma, draft, verify, decode):
    return factor(alpha, gamma, draft + verify, decode)


def no_draft_time(alpha, gamma, draft, verify, decode):
    return factor(alpha, gamma, verify, decode)


def drafts_the_bonus(alpha, gamma, draft, verify, decode):
    return factor(alpha, gamma, (gamma + 1) * draft + verify, decode)


def checks_one_by_one(alpha, gamma, draft, verify, decode):
    return factor(alpha, gamma, gamma * (draft + verify), decode)


def checks_all_one_by_one(alpha, gamma, draft, verify, decode):
    return factor(alpha, gamma, gamma * draft + verify * (gamma + 1), decode)


def check_for_free(alpha, gamma, draft, verify, decode):
    """Take the pass over many tokens for one over a single token."""
    return factor(alpha, gamma, gamma * draft + decode, decode)


def then_another_pass(alpha, gamma, draft, verify, decode):
    return factor(alpha, gamma, gamma * draft + verify + decode, decode)


def without_bonus(alpha, gamma, draft, verify, decode):
    return factor(alpha, gamma, gamma * draft + verify, decode, terms=range(gamma))


def accepted_only(alpha, gamma, draft, verify, decode):
    return factor(alpha, gamma, gamma * draft + verify, decode, terms=range(1, gamma + 1))


def optimist(alpha, gamma, draft, verify, decode):
    return (gamma + 1) * decode / (gamma * draft + verify)


def tokens_a_second(alpha, gamma, draft, verify, decode):
    return series(alpha, range(gamma + 1)) / (gamma * draft + verify)


def saved_share(alpha, gamma, draft, verify, decode):
    return 1 - 1 / factor(alpha, gamma, gamma * draft + verify, decode)


PLANTED = {
    "10.1": [
        ("one number of q for all tokens", popular_listing),
        ("drawn from p", model_again),
        ("p without the rejected token", model_without),
        ("not scaled", remainder_as_it_is),
        ("", remainder_to_the_rejected),
        ("too much counted as too little", distance_of_both),
        ("q - p", other_way_round),
        ("what p and q share", overlap),
        ("nothing left divides by 0", no_guard),
        ("nothing left divides by 0", no_guard_in_numpy),
        ("nothing left gives zeros", empty_handed),
        ("", exponential),
    ],
    "10.3": [
        ("no bonus token", accepted_or_corrected),
        ("no bonus token", one_power_short),
        ("the accepted tokens alone", what_stands),
        ("every drafted token by itself", mean_of_a_binomial),
        ("all or nothing", whole_draft_or_nothing),
        ("the longest run times alpha", part_of_all),
        ("a draft without end", for_ever),
        ("alpha = 1 divides by 0", closed_form),
        ("a perfect draft without its bonus token", closed_form_with_a_slip),
        ("", most_likely_length),
    ],
    "10.4": [
        ("upside down", slower),
        ("the draft's time once", draft_in_one_go),
        ("the draft is free", no_draft_time),
        ("one drafted token too many", drafts_the_bonus),
        ("a pass for every token", checks_one_by_one),
        ("a pass for every token", checks_all_one_by_one),
        ("checking taken for one token's pass", check_for_free),
        ("a pass more for the model's own token", then_another_pass),
        ("no bonus token", without_bonus),
        ("the accepted tokens alone", accepted_only),
        ("everything is accepted", optimist),
        ("", tokens_a_second),
        ("", saved_share),
    ],
}
