"""Right answers about batching in the styles that learners have: loops, NumPy, floats, tuples."""

from __future__ import annotations

import heapq
import math

import numpy as np


def by_rows(prompts, outputs):
    padding = idle = 0
    for prompt in prompts:
        padding += max(prompts) - prompt
    for step in range(1, max(outputs)):
        idle += len([tokens for tokens in outputs if tokens <= step])
    return padding, idle


def by_arrays(prompts, outputs):
    arrays = np.array(prompts), np.array(outputs)
    return np.array([array.max() * array.size - array.sum() for array in arrays])


def popped(outputs, slots):
    waiting, done, now = list(outputs), [], 0.0
    while waiting:
        batch, waiting = waiting[:slots], waiting[slots:]
        now += max(batch)
        done.extend(now for _ in batch)
    return tuple(done)


def by_index(outputs, slots):
    ends = np.cumsum([max(outputs[at : at + slots]) for at in range(0, len(outputs), slots)])
    return [ends[i // slots] for i in range(len(outputs))]


def at_or_before(arrivals, slots, ms):
    """Close a window for whoever comes at its end or later."""
    starts, line = [], []
    for at in arrivals:
        if line and at >= line[0] + ms / 1000:
            starts.append(line[0] + ms / 1000)
            line = []
        line.append(at)
        if len(line) == slots:
            starts.append(at)
            line = []
    return starts + [line[0] + ms / 1000 for _ in line[:1]]


def in_whole_milliseconds(arrivals, slots, ms):
    times, starts = [round(1000 * at) for at in arrivals], []
    while times:
        batch = [at for at in times[:slots] if at <= times[0] + ms]
        starts.append(batch[-1] if len(batch) == slots else batch[0] + ms)
        times = times[len(batch) :]
    return np.array(starts) / 1000


def by_waits(arrivals, slots, ms):
    """Compare how long the first has waited, not the clock."""
    starts, first, waiting = [], None, 0
    for at in arrivals:
        if waiting and at - first > ms * 1e-3:
            starts.append(first + ms * 1e-3)
            waiting = 0
        if not waiting:
            first = at
        waiting += 1
        if waiting == slots:
            starts.append(at)
            waiting = 0
    return tuple(starts + ([first + ms * 1e-3] if waiting else []))


def by_heap(outputs, slots):
    ends = [0] * slots
    for tokens in outputs:
        heapq.heapreplace(ends, ends[0] + tokens)
    batches = [outputs[at : at + slots] for at in range(0, len(outputs), slots)]
    return (float(sum(map(max, batches))), float(max(ends)))


def step_by_step(outputs, slots):
    static = [max(outputs[at : at + slots]) for at in range(0, len(outputs), slots)]
    line, running, steps = list(outputs), [], 0
    while line or running:
        while line and len(running) < slots:
            running.append(line.pop(0))
        steps += 1
        running = [left - 1 for left in running if left > 1]
    return [sum(static), steps]


def admitted(requests, slots, room, *, order):
    """Write the timetable row by row: note at once in which steps a request runs."""
    steps, line = [], sorted(range(len(requests)), key=order(requests))
    used, memory, now = {}, {}, 0
    for i in line:
        arrival, prompt, output = requests[i]
        now = max(now, arrival)
        span = range(output)
        while any(
            used.get(now + k, 0) >= slots or memory.get(now + k, 0) + prompt + output > room
            for k in span
        ):
            now += 1
        for k in span:
            used[now + k] = used.get(now + k, 0) + 1
            memory[now + k] = memory.get(now + k, 0) + prompt + output
            steps += [[] for _ in range(now + k + 1 - len(steps))]
            steps[now + k].append(i)
    return steps


def by_rows_of_steps(*case):
    return admitted(*case, order=lambda requests: lambda i: i)


def short_answers_first(*case):
    """Of those that arrive in the same step, take the shortest answer first."""
    return admitted(*case, order=lambda requests: lambda i: (requests[i][0], requests[i][2]))


def newest_first_among_equals(*case):
    steps = admitted(*case, order=lambda requests: lambda i: (requests[i][0], -i))
    return tuple(tuple(reversed(step)) for step in steps)


def by_cumulated_sums(decodes, prompts, budget):
    ends = np.minimum(np.cumsum(prompts), budget - decodes)
    return np.diff(ends, prepend=0)


def one_by_one(decodes, prompts, budget):
    read = [0] * len(prompts)
    for _ in range(budget - decodes):
        i = next((i for i, prompt in enumerate(prompts) if read[i] < prompt), None)
        if i is not None:
            read[i] += 1
    return tuple(read)


def by_minimum(tokens, parameters, kv_bytes, *rates):
    flops_per_s, link_bytes_per_s = rates
    seconds = {
        "recompute": tokens * (2 * parameters / flops_per_s),
        "swap": tokens * kv_bytes / link_bytes_per_s + tokens * kv_bytes / link_bytes_per_s,
    }
    name = min(seconds, key=seconds.get)
    return (name, np.float64(seconds[name]))


def by_ratio(tokens, parameters, kv_bytes, *rates):
    flops_per_s, link_bytes_per_s = rates
    if parameters / flops_per_s > kv_bytes / link_bytes_per_s:
        return ["swap", 2 * tokens * kv_bytes / link_bytes_per_s]
    return ["recompute", 2 * tokens * parameters / flops_per_s]


def counted_up(weights, kv, bandwidth, *limits):
    memory, ms = limits
    batch = 0
    while (weights + (batch + 1) * kv) / bandwidth * 1e3 <= ms and weights + (
        batch + 1
    ) * kv <= memory:
        batch += 1
    return batch


def by_bytes(weights, kv, bandwidth, *limits):
    memory, ms = limits
    most = min(memory, ms * 1e-3 * bandwidth)
    return float(max(math.floor((most - weights) / kv), 0))


RIGHT = {
    "07.1": [("step by step, a tuple", by_rows), ("NumPy", by_arrays)],
    "07.2": [("a shrinking list, floats, a tuple", popped), ("NumPy", by_index)],
    "07.3": [
        ("at the end or later", at_or_before),
        ("whole milliseconds", in_whole_milliseconds),
        ("the wait of the first", by_waits),
    ],
    "07.4": [("a heap, floats, a tuple", by_heap), ("step by step", step_by_step)],
    "07.5": [
        ("row by row", by_rows_of_steps),
        ("short answers first among equals", short_answers_first),
        ("newest first among equals, tuples", newest_first_among_equals),
    ],
    "07.6": [("NumPy", by_cumulated_sums), ("token by token, a tuple", one_by_one)],
    "07.7": [("a dictionary, a tuple", by_minimum), ("rates compared", by_ratio)],
    "07.8": [("counted up", counted_up), ("bytes compared, a float", by_bytes)],
}
