"""Wrong answers about one step and its costs, with the mistake of each."""

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


def in_proportion(decodes, prompts, budget):
    left = budget - decodes
    return [min(prompt, left * prompt // sum(prompts)) for prompt in prompts]


def last_first(decodes, prompts, budget):
    left, out = budget - decodes, []
    for prompt in reversed(prompts):
        out.insert(0, min(prompt, left))
        left -= out[0]
    return out


def stops_when_one_is_cut(decodes, prompts, budget):
    """List only the prompts that get something."""
    left, out = budget - decodes, []
    for prompt in prompts:
        if left:
            out.append(min(prompt, left))
            left -= out[-1]
    return out


def names_swapped(tokens, parameters, kv, *rates):
    name, seconds = _choice(2 * parameters * tokens / rates[0], 2 * kv * tokens / rates[1])
    return [{"swap": "recompute", "recompute": "swap"}[name], seconds]


def recompute_as_written(tokens, parameters, kv, *rates):
    """Take three times the operations, as training does."""
    return _choice(6 * parameters * tokens / rates[0], 2 * kv * tokens / rates[1])


def weights_twice(weights, kv, bandwidth, *limits):
    memory, ms = limits
    return max(0, int(min((ms / 1000 * bandwidth - weights) / kv, (memory - 2 * weights) / kv)))


def nearest(*case):
    return max(0, round(min(_fit(*case))))


PLANTED = {
    "07.6": [
        ("the decodes are forgotten", full_budget),
        ("a prompt is never cut", uncut),
        ("the last prompt goes beyond the budget", beyond),
        ("equal shares", fair),
        ("the shortest prompt first", smallest_first),
        ("", in_proportion),
        ("", last_first),
        ("", stops_when_one_is_cut),
    ],
    "07.7": [
        ("one way only", once_over_the_link),
        ("a multiply-add counted once", half_the_arithmetic),
        ("the dearer of the two", the_slower),
        ("the cache of one token", one_tokens_cache),
        ("", names_swapped),
        ("", recompute_as_written),
    ],
    "07.8": [
        ("the memory is endless", lambda *case: max(0, int(_fit(*case)[0]))),
        ("the time is endless", lambda *case: max(0, int(_fit(*case)[1]))),
        ("the looser of the two", lambda *case: max(0, int(max(_fit(*case))))),
        ("fewer than no sequences", lambda *case: int(min(_fit(*case)) // 1)),
        ("rounded up", lambda *case: max(0, math.ceil(min(_fit(*case))))),
        (
            "the weights for every sequence",
            lambda w, kv, b, m, ms: max(0, min(int(ms / 1e3 * b // (w + kv)), int((m - w) // kv))),
        ),
        ("", weights_twice),
        ("", nearest),
    ],
}
