from tokenworks.serving.request import Request
from tokenworks.serving.waiting import Waiting


def ask(arrival=0.0, priority=0):
    return Request(prompt_tokens=1, max_tokens=1, arrival_seconds=arrival, priority=priority)


def test_first_come_first_served_whatever_the_priority():
    line, late, early = Waiting("fcfs"), ask(2.0, priority=-5), ask(1.0)
    line.push(late)
    line.push(early)
    assert [line.pop(), line.pop()] == [early, late]


def test_lower_priority_numbers_go_first_and_equals_by_arrival():
    line = Waiting("priority")
    last, first, second = ask(0.0, 1), ask(1.0, 0), ask(2.0, 0)
    for request in (last, second, first):
        line.push(request)
    assert [line.pop() for _ in range(3)] == [first, second, last]


def test_who_is_put_back_keeps_the_place():
    line, first, second = Waiting("fcfs"), ask(), ask()
    line.push(first)
    line.push(second)
    line.push(line.pop())
    assert line.head() is first


def test_a_dropped_request_is_not_counted_and_never_comes_out():
    line, first, second = Waiting("fcfs"), ask(3.0), ask(4.0)
    line.push(first)
    line.push(second)
    line.drop(first)
    assert len(line) == 1
    assert line.oldest_seconds() == 4.0
    assert line.pop() is second
    assert line.head() is None
    assert len(line) == 0
