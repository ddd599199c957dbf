"""Wrong continuous schedulers as learners write them, with the rule that each of them breaks."""

from __future__ import annotations

from collections import deque


def _need(request):
    return request[1] + request[2]


def static(requests, slots, room):
    steps, waiting = [], list(range(len(requests)))
    while waiting:
        batch = []
        for i in waiting:
            fits = _need(requests[i]) + sum(_need(requests[j]) for j in batch) <= room
            if requests[i][0] > len(steps) or len(batch) == slots or not fits:
                break
            batch.append(i)
        waiting = waiting[len(batch) :]
        if not batch:
            steps.append([])
        for made in range(max((requests[i][2] for i in batch), default=0)):
            steps.append([i for i in batch if requests[i][2] > made])
    return steps


def one_a_step(requests, slots, room):
    """Admit at most one request before each step."""
    steps, running, nxt = [], {}, 0
    while nxt < len(requests) or running:
        here = nxt < len(requests) and requests[nxt][0] <= len(steps) and len(running) < slots
        if here and sum(_need(requests[i]) for i in (*running, nxt)) <= room:
            running[nxt] = requests[nxt][2]
            nxt += 1
        steps.append(list(running))
        running = {i: left - 1 for i, left in running.items() if left > 1}
    return steps


def until_the_line_is_empty(requests, slots, room):
    steps, running, line = [], {}, deque(enumerate(requests))
    while line:
        while line and len(running) < slots and line[0][1][0] <= len(steps):
            if sum(_need(requests[j]) for j in running) + _need(line[0][1]) > room:
                break
            i, request = line.popleft()
            running[i] = request[2]
        steps.append(list(running))
        running = {i: left - 1 for i, left in running.items() if left > 1}
    return steps


def stops_when_idle(requests, slots, room):
    """Return as soon as nobody runs, although more will come."""
    steps, running, line = [], {}, list(range(len(requests)))
    while True:
        while line and len(running) < slots and requests[line[0]][0] <= len(steps):
            if sum(_need(requests[j]) for j in (*running, line[0])) > room:
                break
            running[line[0]] = requests[line[0]][2]
            line.pop(0)
        if not running:
            return steps
        steps.append(list(running))
        running = {i: left - 1 for i, left in running.items() if left > 1}


def prefill_apart(requests, slots, room):
    """Read the prompt in one step and write the first token in the next."""
    longer = [[arrival, prompt - 1, output + 1] for arrival, prompt, output in requests]
    return _right(longer, slots, room)


def _right(requests, slots, room, *, need=_need, over=0, behind=0):
    steps, running, line = [], {}, list(range(len(requests)))
    while line or running:
        for i in list(line):
            held = sum(need(requests[j]) for j in running)
            if len(running) >= slots + over or requests[i][0] > len(steps):
                break
            if held + need(requests[i]) <= room:
                running[i] = requests[i][2]
                line.remove(i)
            elif not behind:
                break
        steps.append(list(running))
        running = {i: left - 1 for i, left in running.items() if left > 1}
    return steps


def no_memory(requests, slots, room):
    return _right(requests, slots, 10**9)


def growing_memory(requests, slots, room):
    """Count only the prompts, as if answers took no room."""
    return _right(requests, slots, room, need=lambda request: request[1])


def one_slot_more(requests, slots, room):
    return _right(requests, slots, room, over=1)


def looks_behind_the_first(requests, slots, room):
    return _right(requests, slots, room, behind=1)


def shortest_first(requests, slots, room):
    steps, running, line = [], {}, list(range(len(requests)))
    while line or running:
        here = sorted(
            (i for i in line if requests[i][0] <= len(steps)), key=lambda i: requests[i][2]
        )
        for i in here:
            if len(running) < slots and sum(_need(requests[j]) for j in (*running, i)) <= room:
                running[i] = requests[i][2]
                line.remove(i)
        steps.append(list(running))
        running = {i: left - 1 for i, left in running.items() if left > 1}
    return steps


def no_clock(requests, slots, room):
    """Leave out the steps in which nobody is there."""
    return [step for step in _right(requests, slots, room) if step]


def ignores_arrivals(requests, slots, room):
    return _right([[0, *rest] for _, *rest in requests], slots, room)


def round_robin(requests, slots, room):
    left, steps = {i: output for i, (_, _, output) in enumerate(requests)}, []
    line = deque(left)
    while line:
        batch = []
        for _ in range(len(line)):
            i = line.popleft()
            here = requests[i][0] <= len(steps) and len(batch) < slots
            if here and sum(_need(requests[j]) for j in (*batch, i)) <= room:
                batch.append(i)
            else:
                line.append(i)
        for i in batch:
            left[i] -= 1
        line.extend(i for i in batch if left[i])
        steps.append(batch)
    return steps


def counted_from_one(requests, slots, room):
    return [[i + 1 for i in step] for step in _right(requests, slots, room)]


def every_slot_listed(requests, slots, room):
    """Fill the empty slots of a step with the last request again."""
    steps = _right(requests, slots, room)
    return [step + step[-1:] * (slots - len(step)) for step in steps]


def one_step_at_the_end(requests, slots, room):
    steps, running, line = [], {}, list(range(len(requests)))
    while not steps or steps[-1] or line or running:
        while line and len(running) < slots and requests[line[0]][0] <= len(steps):
            if sum(_need(requests[j]) for j in (*running, line[0])) > room:
                break
            running[line[0]] = requests[line[0]][2]
            line.pop(0)
        steps.append(list(running))
        running = {i: left - 1 for i, left in running.items() if left > 1}
    return steps


def one_token_to_spare(requests, slots, room):
    """Take a memory that is full to the last token for one that is too small."""
    return _right(requests, slots, room - 1)


PLANTED = {
    "07.5": [
        ("a slot idles while a request waits", static),
        ("a slot idles while a request waits", one_a_step),
        ("a request is not finished", until_the_line_is_empty),
        ("a request is not finished", stops_when_idle),
        ("a token too many", prefill_apart),
        ("more memory than there is", no_memory),
        ("more memory than there is", growing_memory),
        ("more requests than slots", one_slot_more),
        ("a later request overtakes", looks_behind_the_first),
        ("a later request overtakes", shortest_first),
        ("served before it arrives", no_clock),
        ("served before it arrives", ignores_arrivals),
        ("a running request pauses", round_robin),
        ("a request that does not exist", counted_from_one),
        ("a request twice in a step", every_slot_listed),
        ("it goes on after the end", one_step_at_the_end),
        ("a slot idles while a request waits", one_token_to_spare),
    ],
}
