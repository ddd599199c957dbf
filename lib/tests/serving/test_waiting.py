from tokenworks.serving.request import Request
from tokenworks.serving.waiting import Waiting


def ask(arrival=0.0, priority=0, parent=None):
    return Request(
        prompt_tokens=1,
        max_tokens=1,
        arrival_seconds=arrival,
        priority=priority,
        fork_of=parent,
    )


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


def test_a_fork_waits_beside_the_line_and_keeps_its_place_in_it():
    line, parent = Waiting("fcfs"), ask()
    fork, later = ask(parent=parent), ask()
    for request in (parent, fork, later):
        line.enter(request)
    assert (len(line), line.in_line, line.awaits_prompt) == (3, 2, True)
    assert line.pop() is parent
    line.call_forks_of([parent])
    assert line.head() is later  # the prompt is not computed yet
    parent.computed = 1
    line.call_forks_of([parent])
    assert line.awaits_prompt
    assert line.pop() is fork
    assert not line.awaits_prompt
    assert line.pop() is later
    assert (len(line), line.awaits_prompt) == (0, False)


def test_a_fork_does_not_wait_where_nobody_would_call_it():
    parent = ask()
    for forks_wait, status, computed in ((False, "waiting", 0), (True, "running", 1)):
        line = Waiting("fcfs", forks_wait)
        line.push(parent)
        parent.status, parent.computed = status, computed
        line.enter(ask(parent=parent))
        assert line.in_line == 2
    parent.status = "finished"
    line = Waiting("fcfs")
    line.enter(ask(parent=parent))
    assert line.in_line == 1


def test_a_fork_that_is_dropped_is_not_called():
    line, parent = Waiting("fcfs"), ask()
    forks = [ask(parent=parent) for _ in range(2)]
    for request in (parent, *forks):
        line.enter(request)
    line.drop(forks[0])
    assert (len(line), line.in_line) == (2, 1)
    line.call_forks(parent)
    assert [line.pop(), line.pop(), line.head()] == [parent, forks[1], None]


def test_a_place_is_known_until_it_is_forgotten():
    line, request = Waiting("fcfs"), ask()
    assert request not in line
    line.enter(request)
    line.pop()
    assert request in line
    line.forget(request)
    assert request not in line
