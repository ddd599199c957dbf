"""Wrong answers to chapter 07 about one step and its costs, with the mistake of each."""

from __future__ import annotations

import math


def full_budget(decodes, prompts, budget):
    out = []
    for prompt in prompts:
        take = prompt if prompt < budget else budget
        out.append(take)
        budget -= take
    return out


def uncut(decodes, prompts, budget):
    left, out = budget - decodes, []
    for prompt in prompts:
        out.append(prompt if prompt <= left else 0)
        left -= out[-1]
    return out


def beyond(decodes, prompts, budget):
    left, out = budget - decodes, []
    for prompt in prompts:
        out.append(prompt if left > 0 else 0)
        left -= prompt
    return out


def fair(decodes, prompts, budget):
    share = (budget - decodes) // len(prompts)
    return [min(share, prompt) for prompt in prompts]


def smallest_first(decodes, prompts, budget):
    left, out = budget - decodes, [0] * len(prompts)
    for i in sorted(range(len(prompts)), key=prompts.__getitem__):
        out[i] = min(left, prompts[i])
        left -= out[i]
    return out


def _choice(recompute, swap):
    name = "recompute" if recompute < swap else "swap"
    return (name, min(recompute, swap))


def once_over_the_link(tokens, parameters, kv, *rates):
    return _choice(2 * parameters * tokens / rates[0], kv * tokens / rates[1])


def half_the_arithmetic(tokens, parameters, kv, *rates):
    return _choice(parameters * tokens / rates[0], 2 * kv * tokens / rates[1])


def the_slower(tokens, parameters, kv, *rates):
    pairs = [
        (2 * parameters * tokens / rates[0], "recompute"),
        (2 * kv * tokens / rates[1], "swap"),
    ]
    return list(max(pairs))[::-1]


def one_tokens_cache(tokens, parameters, kv, *rates):
    return _choice(2 * parameters * tokens / rates[0], 2 * kv / rates[1])


def _fit(weights, kv, bandwidth, *limits):
    memory, ms = limits
    return (ms / 1000 * bandwidth - weights) / kv, (memory - weights) / kv


PLANTED = {
    "07.6": [
        ("the decodes are forgotten", full_budget),
        ("a prompt is never cut", uncut),
        ("the last prompt goes beyond the budget", beyond),
        ("equal shares", fair),
        ("the shortest prompt first", smallest_first),
    ],
    "07.7": [
        ("one way only", once_over_the_link),
        ("a multiply-add counted once", half_the_arithmetic),
        ("the dearer of the two", the_slower),
        ("the cache of one token", one_tokens_cache),
    ],
    "07.8": [
        ("the memory is endless", lambda *case: max(0, int(_fit(*case)[0]))),
        ("the time is endless", lambda *case: int(_fit(*case)[1])),
        ("the looser of the two", lambda *case: int(max(_fit(*case)))),
        ("fewer than no sequences", lambda *case: int(min(_fit(*case)) // 1)),
        ("rounded up", lambda *case: max(0, math.ceil(min(_fit(*case))))),
        (
            "the weights for every sequence",
            lambda w, kv, b, m, ms: min(int(ms / 1e3 * b // (w + kv)), int((m - w) // kv)),
        ),
    ],
}
